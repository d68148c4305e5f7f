/** The columns of resource lists, with the `openstack` command's titles and order. */
import { type Definition, protocolNumber, type ResourceName } from '../../resources/definitions.ts';
import { UsageError } from '../errors.ts';
import { type Body, isObject } from '../resource/flag.ts';
import { cellText } from './cell.ts';

export interface Column {
  readonly title: string;
  /** The attribute that it shows, or the name that `-c` takes for it. */
  readonly name: string;
  /** For JSON, YAML and plain values. */
  value(item: Body): unknown;
  /** For tables. */
  text(item: Body): string;
}

/**
 * The columns that `list` shows.
 * @param options.known attributes that the command line fixed, so that showing them says nothing
 * @param options.chosen what `-c` names, by title or attribute; none for the usual columns
 * @throws UsageError for a column that there is not
 */
export function listColumns(
  resource: ResourceName,
  definition: Definition,
  options: { long: boolean; known: readonly string[]; chosen: readonly string[] },
): Column[] {
  const usual = (options.long ? definition.longColumns : definition.columns)
    .filter((name) => !options.known.includes(name))
    .flatMap((name) => columnsOf(resource, definition, name));
  if (options.chosen.length === 0) return usual;
  const others = Object.keys(definition.attributes)
    .flatMap((name) => columnsOf(resource, definition, name))
    .filter(({ title }) => !usual.some((column) => column.title === title));
  return choose([...usual, ...others], options.chosen);
}

/** The lines that `show` prints, in the order of attributes' names. */
export function shownFields(item: Body, chosen: readonly string[]): Column[] {
  const fields = Object.keys(item)
    .filter((name) => name !== 'tenant_id')
    .sort()
    .map((name) => attributeColumn(name, name));
  return chosen.length === 0 ? fields : choose(fields, chosen);
}

/**
 * Columns of what is no resource, by attribute with their titles.
 * @param chosen what `-c` names; none for all
 * @throws UsageError for a column that there is not
 */
export function titledColumns(titles: Readonly<Record<string, string>>, chosen: readonly string[]): Column[] {
  const columns = Object.entries(titles).map(([name, title]) => attributeColumn(name, title));
  return chosen.length === 0 ? columns : choose(columns, chosen);
}

function choose(columns: readonly Column[], chosen: readonly string[]): Column[] {
  const wanted = new Set(chosen.map((text) => text.toLowerCase()));
  const found = columns.filter(
    ({ title, name }) => wanted.has(title.toLowerCase()) || wanted.has(name.toLowerCase()),
  );
  const known = new Set(columns.flatMap(({ title, name }) => [title.toLowerCase(), name.toLowerCase()]));
  for (const text of chosen) {
    if (known.has(text.toLowerCase())) continue;
    throw new UsageError(
      `There is no column ${text}. There are: ${columns.map(({ title }) => title).join(', ')}`,
    );
  }
  return found;
}

/** Mostly one column for an attribute. */
function columnsOf(resource: ResourceName, definition: Definition, name: string): Column[] {
  if (resource === 'security_group_rule') {
    if (name === 'port_range_min') return [portRange];
    if (name === 'port_range_max') return [];
    if (name === 'remote_ip_prefix') return [ipRange];
  }
  const title = definition.attributes[name]?.title ?? titleCase(name);
  return [attributeColumn(name, title)];
}

function attributeColumn(name: string, title: string): Column {
  const value = (item: Body) => item[name];
  return { name, title, value, text: (item) => attributeText(name, item[name]) };
}

function attributeText(name: string, value: unknown): string {
  const [whenTrue, whenFalse] = WORDS[name] ?? ['True', 'False'];
  if (typeof value === 'boolean') return value ? whenTrue : whenFalse;
  return cellText(name === 'security_group_rules' && Array.isArray(value) ? value.map(ruleDigest) : value);
}

/** Booleans that tables say in words. */
const WORDS: Readonly<Record<string, readonly [whenTrue: string, whenFalse: string]>> = {
  admin_state_up: ['UP', 'DOWN'],
  'router:external': ['External', 'Internal'],
};

/** What tells a group's rules apart: not whose they are, nor what they leave open. */
function ruleDigest(rule: unknown): unknown {
  if (!isObject(rule)) return rule;
  return Object.fromEntries(
    Object.entries(rule).filter(
      ([name, value]) => DIGEST_OF_RULE.has(name) && value !== null && value !== '',
    ),
  );
}

const DIGEST_OF_RULE = new Set([
  'id',
  'direction',
  'ethertype',
  'protocol',
  'port_range_min',
  'port_range_max',
  'remote_ip_prefix',
  'remote_group_id',
  'description',
]);

const portRange = computed('port_range', 'Port Range', portRangeText);

/** What a rule without prefix matches: every address of its family. */
const ipRange = computed('remote_ip_prefix', 'IP Range', (rule) => {
  if (typeof rule.remote_ip_prefix === 'string') return rule.remote_ip_prefix;
  return rule.ethertype === 'IPv6' ? '::/0' : '0.0.0.0/0';
});

function computed(name: string, title: string, text: (item: Body) => string): Column {
  return { name, title, value: text, text };
}

/** `80:443` for ports, `type=128:code=0` for ICMP, nothing for all. */
function portRangeText({ protocol, port_range_min: first, port_range_max: last }: Body): string {
  const number = typeof protocol === 'string' ? protocolNumber(protocol) : undefined;
  const isGiven = (value: unknown) => value !== null && value !== undefined;
  if (number === 1 || number === 58) {
    const type = isGiven(first) ? `type=${first}` : '';
    return isGiven(last) ? `${type}:code=${last}` : type;
  }
  if (!isGiven(first) && !isGiven(last)) return '';
  return `${first ?? last}:${last ?? first}`;
}

/** `device_owner` is `Device Owner`. */
function titleCase(name: string): string {
  return name
    .split(/[_:]/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ');
}
