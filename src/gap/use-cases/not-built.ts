/** The use cases that nothing of Sextant serves yet, and what each of them takes. */
import { defineUseCase, type UseCase } from '../kit/index.ts';

const notBuilt = <const Id extends string>(id: Id, title: string, ...missing: string[]): UseCase<Id> =>
  defineUseCase({ id, title, claim: 'no', missing });

export const dvrUseCase = notBuilt(
  'dvr',
  'Distributed virtual routing for IPv6',
  'Several hosts, floating IPs and external gateways, which it is about, are not built.',
);
