/** Resources as table, JSON, YAML, plain values, CSV or variables of a shell. */
import { writeYaml } from '../../base/yaml.ts';
import type { Body } from '../resource/flag.ts';
import { plainText } from './cell.ts';
import type { Column } from './columns.ts';
import { drawTable } from './table.ts';

const FORMATS = ['table', 'json', 'yaml', 'value'] as const;
export const LIST_FORMATS = [...FORMATS, 'csv'] as const;
export const ITEM_FORMATS = [...FORMATS, 'shell'] as const;
export type ListFormat = (typeof LIST_FORMATS)[number];
export type ItemFormat = (typeof ITEM_FORMATS)[number];

/** Many resources, a line each; in JSON and YAML, objects with the columns' titles as keys. */
export function renderList(format: ListFormat, columns: readonly Column[], items: readonly Body[]): string {
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
    case 'csv':
      return csv([
        columns.map(({ title }) => title),
        ...items.map((item) => columns.map((column) => column.value(item))),
      ]);
    default:
      return renderData(
        format,
        items.map((item) => objectOf(columns, item)),
      );
  }
}

/** One resource, a line for each attribute. */
export function renderItem(format: ItemFormat, fields: readonly Column[], item: Body): string {
  switch (format) {
    case 'table':
      return drawTable(
        ['Field', 'Value'],
        fields.map((field) => [field.title, field.text(item)]),
      );
    case 'value':
      return fields.map((field) => `${plainText(field.value(item))}\n`).join('');
    case 'shell':
      return fields
        .map((field) => `${variable(field.name)}=${quoted(plainText(field.value(item)))}\n`)
        .join('');
    default:
      return renderData(format, objectOf(fields, item));
  }
}

/** RFC 4180, with quotes around all but numbers, as the `openstack` command has it. */
const csv = (rows: readonly (readonly unknown[])[]): string =>
  rows.map((row) => `${row.map(csvCell).join(',')}\n`).join('');

const csvCell = (value: unknown): string =>
  typeof value === 'number' ? String(value) : `"${plainText(value).replaceAll('"', '""')}"`;

/** A name that a shell takes for a variable: `router:external` is `router_external`. */
const variable = (name: string): string => name.toLowerCase().replace(/[^a-z0-9_]/g, '_');

/** As a shell reads it within double quotes: nothing of it is run. */
const quoted = (text: string): string => `"${text.replace(/["$`\\]/g, (special) => `\\${special}`)}"`;

const objectOf = (columns: readonly Column[], item: Body): Record<string, unknown> =>
  Object.fromEntries(columns.map((column) => [column.title, column.value(item) ?? null]));

const renderData = (format: 'json' | 'yaml', data: unknown): string =>
  format === 'json' ? `${JSON.stringify(data, undefined, 2)}\n` : writeYaml(data);
