/** Writes docs/reference/identity.md from the definitions. */
import { writeFileSync } from 'node:fs';
import { identityPage } from '../src/identity/page.ts';

writeFileSync(new URL('../docs/reference/identity.md', import.meta.url), identityPage());
