/** Writes what runs of other people's clients came to into docs/reference/compatibility.md. */
import { writeFileSync } from 'node:fs';
import { compatibilityPage } from '../test/clients/compatibility-page.ts';

writeFileSync(new URL('../docs/reference/compatibility.md', import.meta.url), compatibilityPage());
