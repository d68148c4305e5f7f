/** Writes docs/reference/resources.md from the definitions. */
import { writeFileSync } from 'node:fs';
import { resourcesPage } from '../src/resources/page.ts';

writeFileSync(new URL('../docs/reference/resources.md', import.meta.url), resourcesPage());
