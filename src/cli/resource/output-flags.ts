/** The flags for how answers are printed: format and columns. */
import { type Command, Option } from 'commander';
import { FORMATS, type Format } from '../output/render.ts';

/** What these flags say. */
export interface OutputFlags {
  format: Format;
  column: string[];
}

export const ITEM_COLUMNS = 'only this attribute';
export const LIST_COLUMNS = 'only this column, by its title or attribute';

export function addOutputFlags(command: Command, columnDoc: string): void {
  command
    .optionsGroup('Output:')
    .addOption(new Option('-f, --format <format>', 'output format').choices(FORMATS).default('table'))
    .addOption(
      new Option('-c, --column <column>', `${columnDoc}. Repeatable.`)
        .default([], 'all')
        .argParser((text: string, before: string[]) => [...before, text]),
    );
}
