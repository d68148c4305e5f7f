/**
 * Where a host keeps what it must not forget of its instances' DHCPv6 clients: with their devices in the switch's
 * database. It outlives the host process, and goes with the instance.
 */
import type { Logger } from 'pino';
import { INSTANCE_BRIDGE, pluggedPort, type SwitchDatabase } from '../../../switch/index.ts';

/** Texts by port. */
export interface ClientMemory {
  /** All that is kept. */
  all(): ReadonlyMap<string, string>;
  /** Keeps a text for a port that is plugged in here; undefined forgets it. */
  keep(portId: string, text: string | undefined): void;
}

/** Key in external_ids of instances' devices. */
const CLIENT_KEY = 'sextant:dhcpv6-client';

export function switchMemory(database: SwitchDatabase, log: Logger): ClientMemory {
  const plugged = () =>
    database.interfacesOn(INSTANCE_BRIDGE).flatMap((row) => {
      const port = pluggedPort(row);
      return port === undefined
        ? []
        : [{ id: port.id, device: row.name, text: row.external_ids.get(CLIENT_KEY) }];
    });
  return {
    all: () => new Map(plugged().flatMap(({ id, text }) => (text === undefined ? [] : [[id, text]]))),
    keep(portId, text) {
      const there = plugged().find(({ id }) => id === portId);
      if (there === undefined || there.text === text) return;
      database
        .change((transaction) => database.mark(transaction, there.device, CLIENT_KEY, text))
        .catch((error) => log.warn({ err: error, port: portId }, 'a DHCPv6 client could not be noted'));
    },
  };
}
