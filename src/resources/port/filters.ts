/** By what lists of ports are filtered beside their own attributes. */
import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely';
import { Address } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';
import type { Condition } from '../resource.ts';
import type { Tables } from '../tables.ts';

type Builder = ExpressionBuilder<Tables, keyof Tables>;
type Test = Expression<SqlBool>;

/** Ids are asked for in any case; what is none has nothing, and PostgreSQL does not take a NUL. */
const asIds = (texts: string[]): string[] =>
  texts.filter((text) => !text.includes('\0')).map((text) => text.toLowerCase());

const NOTHING = sql<SqlBool>`1 = 0`;

/** PostgreSQL does not take an empty list. */
const isOneOf = (
  builder: Builder,
  column: 'subnet_id' | 'security_group_id' | 'address',
  values: string[],
) => (values.length > 0 ? builder(column, 'in', values) : NOTHING);

/** Halves joined by halves: a long chain would be an expression deeper than SQLite allows. */
function anyOf(builder: Builder, tests: readonly Test[]): Test {
  if (tests.length < 2) return tests[0] ?? NOTHING;
  const middle = Math.ceil(tests.length / 2);
  return builder.or([anyOf(builder, tests.slice(0, middle)), anyOf(builder, tests.slice(middle))]);
}

/** The address as the API writes it has the text in it, as Neutron's `ip_address_substr`. */
const hasText = (builder: Builder, text: string): Test =>
  builder(
    'ip_address',
    'like',
    sql<string>`${`%${text.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`} escape '\\'`,
  );

/** Conditions on `ip_allocations`, by the key before `=`. */
const byKey: Readonly<Record<string, (builder: Builder, values: string[]) => Test>> = {
  ip_address: (builder, values) =>
    isOneOf(
      builder,
      'address',
      values.flatMap((text) => Address.tryParse(text)?.sortKey ?? []),
    ),
  subnet_id: (builder, values) => isOneOf(builder, 'subnet_id', asIds(values)),
  ip_address_substr: (builder, values) =>
    anyOf(
      builder,
      values.filter((text) => !text.includes('\0')).map((text) => hasText(builder, text)),
    ),
};

/**
 * `ip_address=fd00::1` and the like: one address of the port has what each key asks for. gophercloud joins those of one
 * address by commas.
 */
function byFixedIps(values: string[]): Condition {
  const single = values.flatMap((value) => value.split(/,(?=[a-z_]+=)/));
  const asked = Map.groupBy(single, (value) => value.split('=', 1)[0] ?? '');
  for (const [key, [value = '']] of asked) {
    if (!Object.hasOwn(byKey, key) || !value.includes('='))
      throw errors.list.fixedIpKey({ value, known: Object.keys(byKey) });
  }
  return (builder) => {
    let query = builder.selectFrom('ip_allocations').select('port_id');
    for (const [key, texts] of asked) {
      const condition = byKey[key]?.(
        builder,
        texts.map((text) => text.slice(key.length + 1)),
      );
      if (condition) query = query.where(condition);
    }
    return builder('ports.id', 'in', query);
  };
}

/** By parameter name. */
export const portFilters = {
  fixed_ips: byFixedIps,
  security_groups:
    (values: string[]): Condition =>
    (builder) =>
      builder(
        'ports.id',
        'in',
        builder
          .selectFrom('port_security_groups')
          .select('port_id')
          .where(isOneOf(builder, 'security_group_id', asIds(values))),
      ),
};
