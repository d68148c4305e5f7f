/** The use cases that nothing shows yet, and what each of them lacks. */
import { defineUseCase, type UseCase } from '../kit/index.ts';

const notBuilt = <const Id extends string>(id: Id, title: string, ...missing: string[]): UseCase<Id> =>
  defineUseCase({ id, title, claim: 'no', missing });

export const dvrUseCase = notBuilt(
  'dvr',
  'Distributed virtual routing for IPv6',
  'No use case shows it: routes between networks and floating IPs are each host’s own, while all else leaves by the host of the gateway.',
);
