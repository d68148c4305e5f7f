/** The flags for how answers are printed: format and columns, and in which order lists are. */
import { type Command, Option } from 'commander';
import { ITEM_FORMATS, type ItemFormat, LIST_FORMATS, type ListFormat } from '../output/render.ts';

/** What the flags of one thing say. */
export interface ItemFlags {
  format: ItemFormat;
  column: string[];
}

/** What those of lists say. */
export interface ListFlags {
  format: ListFormat;
  column: string[];
}

const repeated = (text: string, before: string[]): string[] => [...before, text];

function addOutputFlags(command: Command, formats: readonly string[], columnDoc: string): void {
  command
    .optionsGroup('Output:')
    .addOption(new Option('-f, --format <format>', 'output format').choices(formats).default('table'))
    .addOption(
      new Option('-c, --column <column>', `${columnDoc}. Repeatable.`).default([], 'all').argParser(repeated),
    );
}

export const addItemFlags = (command: Command): void =>
  addOutputFlags(command, ITEM_FORMATS, 'only this attribute');

export const addListFlags = (command: Command): void =>
  addOutputFlags(command, LIST_FORMATS, 'only this column, by its title or attribute');
