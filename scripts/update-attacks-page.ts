/** Writes the programs that attacks are tried with into docs/reference/attacks.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { toolsByUseCase } from '../src/gap/use-cases/first-hop/attack-tools/tool-catalogue.ts';
import { toolTable, withToolTable } from '../src/gap/use-cases/first-hop/attack-tools/tools-page.ts';

const page = new URL('../docs/reference/attacks.md', import.meta.url);
writeFileSync(page, withToolTable(readFileSync(page, 'utf8'), toolTable(toolsByUseCase)));
