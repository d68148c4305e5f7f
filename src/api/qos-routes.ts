/** What of QoS is no resource: the types of rules that there are, and rules by their id alone. */
import type { FastifyInstance } from 'fastify';
import { errors } from '../errors/index.ts';
import {
  QOS_RULE_KINDS,
  type QosRuleKind,
  type Resource,
  type Store,
  type Values,
} from '../resources/index.ts';
import type { CallerOf } from './identity.ts';
import type { QueryString } from './list-query.ts';
import type { Pipeline } from './pipeline.ts';
import { objectIn } from './request-body.ts';
import { selection } from './short-list.ts';

/** What enforces rules. */
const DRIVER = 'ovn';
const KINDS = Object.keys(QOS_RULE_KINDS) as QosRuleKind[];
const TYPES = { collection: 'rule_types', filters: ['type', 'all_supported', 'all_rules'] };

/** Both `all_supported` and `all_rules` ask for what is there anyway. */
function typesFor(query: QueryString): Values[] {
  const { all_supported: _, all_rules: __, ...rest } = query;
  return selection(TYPES, rest)(KINDS.map((type) => ({ type })));
}

/** @param policies the resource, and what serves it */
export function addQosRoutes(
  app: FastifyInstance,
  store: Store,
  policies: { readonly resource: Resource; readonly pipeline: Pipeline },
  callerFrom: CallerOf,
): void {
  const hidden = { schema: { hide: true } };
  app.get<{ Querystring: QueryString }>('/v2.0/qos/rule-types', hidden, ({ query }) => ({
    rule_types: typesFor(query),
  }));
  app.get<{ Params: { type: string } }>('/v2.0/qos/rule-types/:type', hidden, ({ params }) => {
    const type = KINDS.find((one) => one === params.type);
    if (type === undefined) throw errors.http.noSuchPath();
    const { parameters } = QOS_RULE_KINDS[type];
    return { rule_type: { type, drivers: [{ name: DRIVER, supported_parameters: parameters }] } };
  });
  for (const kind of KINDS) {
    const nested = policies.resource.nested?.find(({ name }) => name === `${kind}_rule`);
    if (nested === undefined) continue;
    const alias = `alias_${nested.name}`;
    const path = `/v2.0/qos/${alias}s/:id`;
    const policyOf = async (id: string): Promise<string> => {
      const rule = await store.read
        .selectFrom('qos_rules')
        .select('policy_id')
        .where('id', '=', id)
        .where('kind', '=', kind)
        .executeTakeFirst();
      if (!rule) throw errors.qosPolicy.ruleNotFound({ kind, id, policy: 'any' });
      return rule.policy_id;
    };
    app.get<{ Params: { id: string } }>(path, hidden, async (request) => {
      const { id } = request.params;
      const shown = await policies.pipeline.read(
        callerFrom(request),
        await policyOf(id),
        (db, context, owner) => nested.show(db, context, owner, id),
      );
      return { [alias]: shown };
    });
    app.put<{ Params: { id: string } }>(path, hidden, async (request) => {
      const { id } = request.params;
      const body = { [nested.name]: objectIn(request.body, alias) };
      const changed = await policies.pipeline.change(
        callerFrom(request),
        await policyOf(id),
        `update_${nested.policy}`,
        (tx, context, owner) => nested.update(tx, context, owner, id, body),
      );
      return { [alias]: changed };
    });
    app.delete<{ Params: { id: string } }>(path, hidden, async (request, reply) => {
      const { id } = request.params;
      await policies.pipeline.change(
        callerFrom(request),
        await policyOf(id),
        `delete_${nested.policy}`,
        (tx, context, owner) => nested.delete(tx, context, owner, id),
      );
      return reply.code(204).send();
    });
  }
}
