/** Resources as table, JSON, YAML or plain values. */
import { writeYaml } from '../../base/yaml.ts';
import type { Body } from '../resource/flag.ts';
import { plainText } from './cell.ts';
import type { Column } from './columns.ts';
import { drawTable } from './table.ts';

export const FORMATS = ['table', 'json', 'yaml', 'value'] as const;
export type Format = (typeof FORMATS)[number];

/** Many resources, a line each; in JSON and YAML, objects with the columns' titles as keys. */
export function renderList(format: Format, columns: readonly Column[], items: readonly Body[]): string {
  switch (format) {
    case 'table':
      return drawTable(
        columns.map(({ title }) => title),
        items.map((item) => columns.map((column) => column.text(item))),
      );
    case 'value':
      return items
        .map((item) => `${columns.map((column) => plainText(column.value(item))).join(' ')}\n`)
        .join('');
    default:
      return renderData(
        format,
        items.map((item) => objectOf(columns, item)),
      );
  }
}

/** One resource, a line for each attribute. */
export function renderItem(format: Format, fields: readonly Column[], item: Body): string {
  switch (format) {
    case 'table':
      return drawTable(
        ['Field', 'Value'],
        fields.map((field) => [field.title, field.text(item)]),
      );
    case 'value':
      return fields.map((field) => `${plainText(field.value(item))}\n`).join('');
    default:
      return renderData(format, objectOf(fields, item));
  }
}

const objectOf = (columns: readonly Column[], item: Body): Record<string, unknown> =>
  Object.fromEntries(columns.map((column) => [column.title, column.value(item) ?? null]));

const renderData = (format: 'json' | 'yaml', data: unknown): string =>
  format === 'json' ? `${JSON.stringify(data, undefined, 2)}\n` : writeYaml(data);
