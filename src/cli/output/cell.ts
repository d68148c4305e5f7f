/** Values as text in a table's cell, written as the `openstack` command writes them. */
import { isObject } from '../resource/flag.ts';

/** Control characters, which would move the cursor or change the terminal's colours. */
const CONTROLS = /\p{Cc}/gu;

const escaped = (control: string): string => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`;

/** One line, or one for each item of a list of objects. */
export function cellText(value: unknown): string {
  if (Array.isArray(value)) {
    return value.some(isObject) ? value.map(cellText).join('\n') : value.map(cellText).join(', ');
  }
  if (isObject(value)) return objectText(value);
  return scalarText(value).replace(CONTROLS, escaped);
}

/** A value as scripts read it: `-f value`. Lists and objects as JSON. */
export function plainText(value: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : scalarText(value);
}

function objectText(value: Record<string, unknown>): string {
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  if (members.map(([name]) => name).join() === 'end,start') return `${value.start}-${value.end}`;
  return members.map(([name, member]) => `${name}='${cellText(member)}'`).join(', ');
}

function scalarText(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return String(value);
}
