/** Tells the server which addresses instances took. */
import { Address } from '../../addressing/index.ts';
import { HOST_API } from '../../host-contract/index.ts';
import type { ServerChannel } from '../server-channel.ts';
import type { BinderEffects } from './binder-effects.ts';

export type ReportAddresses = BinderEffects['report'];

/** Reports by the host's channel to its server; a report that the server does not take fails. */
export function reportsTo(server: Pick<ServerChannel, 'request'>): ReportAddresses {
  return async (portId, { taken, given_up }) => {
    const body = { port_id: portId, taken, given_up };
    const { status, body: answer } = await server.request({
      method: 'POST',
      path: HOST_API.takenAddresses,
      body,
    });
    if (status >= 300) throw new Error(`the server answered ${status}: ${answer}`);
    const { others } = JSON.parse(String(answer)) as { others: string[] };
    return others.map((text) => Address.parse(text));
  };
}
