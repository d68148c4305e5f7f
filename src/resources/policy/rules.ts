/** The rules of QoS policies: `/v2.0/qos/policies/ID/KIND_rules`. */
import type { Kysely } from 'kysely';
import { errors, type NestedName } from '../../errors/index.ts';
import { object } from '../definition/attribute-types.ts';
import { newId } from '../new-id.ts';
import { sendRows, updateRow, type Values } from '../repository.ts';
import type { Nested } from '../resource.ts';
import type { QosRuleRow, Tables, Tx } from '../tables.ts';
import { type QosPolicy, qosPolicy } from './definition.ts';
import {
  type QosRuleKind,
  type QosRuleValues,
  RULE_KINDS,
  ruleKindOf,
  ruleView,
  UNENFORCED_KINDS,
} from './rule-kinds.ts';
import { requireOffGateways } from './use.ts';

const rulesOf = (db: Kysely<Tables>, policyId: string, kind: QosRuleKind): Promise<QosRuleRow[]> =>
  db
    .selectFrom('qos_rules')
    .selectAll()
    .where('policy_id', '=', policyId)
    .where('kind', '=', kind)
    .orderBy('id')
    .execute();

async function find(db: Kysely<Tables>, policy: string, kind: QosRuleKind, id: string): Promise<QosRuleRow> {
  const rule = (await rulesOf(db, policy, kind)).find((one) => one.id === id);
  if (!rule) throw errors.qosPolicy.ruleNotFound({ kind, id, policy });
  return rule;
}

/** @throws RequestError 409 for a second rule of a kind in a direction */
async function requireOnly(tx: Tx, { id, policy_id, kind, direction }: QosRuleRow): Promise<void> {
  const other = (await rulesOf(tx.db, policy_id, kind)).find(
    (one) => one.id !== id && one.direction === direction,
  );
  if (other) throw errors.qosPolicy.rulesConflict({ kind, rule: other.id, policy: policy_id });
}

/** Has the policy's revision move, and its ports be planned anew. */
const touch = (tx: Tx, policy: QosPolicy): void => void updateRow(tx, qosPolicy, policy, {}, {}, ['rules']);

const nestedOf = (kind: QosRuleKind): Nested<QosPolicy> => {
  const name = `${kind}_rule` as const;
  const { creation, change, defaults, names } = ruleKindOf(kind);
  const bodies = { create: object({ [name]: creation }, {}), update: object({ [name]: change }, {}) };
  return {
    policy: `policy_${name}` satisfies NestedName,
    name,
    collection: `${name}s`,
    key: 'The id of the rule.',
    schema: { type: 'object', properties: { id: { type: 'string' }, ...propertiesOf(creation.schema) } },
    request: creation.schema,
    filters: ['id', ...names],
    list: async (db, _context, { id }) => (await rulesOf(db, id, kind)).map(ruleView),
    show: async (db, _context, { id }, key) => ruleView(await find(db, id, kind, key)),
    create: async (tx, _context, policy, body) => {
      const given = bodies.create.parse(body, 'body')[name];
      const rule: QosRuleRow = {
        ...NOTHING,
        ...defaults,
        ...given,
        id: newId(),
        policy_id: policy.id,
        kind,
      };
      await requireOnly(tx, rule);
      if (kind === 'packet_rate_limit') await requireOffGateways(tx, policy.id);
      sendRows(tx, 'qos_rules', [rule]);
      touch(tx, policy);
      return ruleView(rule);
    },
    update: async (tx, _context, policy, key, body) => {
      const given = bodies.update.parse(body, 'body')[name];
      const rule: QosRuleRow = { ...(await find(tx.db, policy.id, kind, key)), ...given };
      await requireOnly(tx, rule);
      tx.send(tx.db.updateTable('qos_rules').set(rule).where('id', '=', key));
      touch(tx, policy);
      return ruleView(rule);
    },
    delete: async (tx, _context, policy, key) => {
      await find(tx.db, policy.id, kind, key);
      tx.send(tx.db.deleteFrom('qos_rules').where('id', '=', key));
      touch(tx, policy);
    },
    actions: {},
  };
};

const NOTHING: QosRuleValues = {
  direction: 'egress',
  max_kbps: null,
  max_burst_kbps: null,
  dscp_mark: null,
  max_kpps: null,
  max_burst_kpps: null,
};

const propertiesOf = (schema: Values): object => (schema.properties ?? {}) as object;

/** What is not enforced is not there, and cannot be made. */
const unenforced = (kind: (typeof UNENFORCED_KINDS)[number]): Nested<QosPolicy> => {
  const name = `${kind}_rule` as const;
  const missing = (policy: QosPolicy, id: string) =>
    errors.qosPolicy.ruleNotFound({ kind, id, policy: policy.id });
  return {
    policy: `policy_${name}` satisfies NestedName,
    name,
    collection: `${name}s`,
    key: 'The id of the rule.',
    schema: { type: 'object' },
    request: { type: 'object' },
    filters: ['id'],
    list: async () => [],
    show: async (_db, _context, policy, key) => {
      throw missing(policy, key);
    },
    create: async () => {
      throw errors.qosPolicy.notEnforced({ kind });
    },
    update: async (_tx, _context, policy, key) => {
      throw missing(policy, key);
    },
    delete: async (_tx, _context, policy, key) => {
      throw missing(policy, key);
    },
    actions: {},
  };
};

export const qosRules: readonly Nested<QosPolicy>[] = [
  ...(Object.keys(RULE_KINDS) as QosRuleKind[]).map(nestedOf),
  ...UNENFORCED_KINDS.map(unenforced),
];
