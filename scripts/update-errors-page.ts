/** Writes every error that a request can end with into docs/reference/errors.md. */
import { writeFileSync } from 'node:fs';
import { errorsPage } from '../src/errors/page.ts';

writeFileSync(new URL('../docs/reference/errors.md', import.meta.url), errorsPage());
