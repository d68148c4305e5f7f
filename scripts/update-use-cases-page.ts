/** Writes what the use cases claim into docs/reference/use-cases.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { useCaseTable, withTable } from '../src/gap/report/use-case-page.ts';
import { useCases } from '../src/gap/use-cases/registry.ts';

const page = new URL('../docs/reference/use-cases.md', import.meta.url);
writeFileSync(page, withTable(readFileSync(page, 'utf8'), useCaseTable(useCases)));
