/** What of OVN's the switch has: the ports whose instances are plugged in, and the networks that it carries for others. */
import { networkOfLocalnet, servicePortName } from '../host-contract/index.ts';
import {
  INSTANCE_BRIDGE,
  localnetOfPatch,
  OVERLAY_BRIDGE,
  pluggedPort,
  type SwitchDatabase,
} from '../switch/index.ts';
import type { PortsHere } from './facts/index.ts';

/** The ports whose instances are plugged in here. */
export const instancePorts = (database: SwitchDatabase): Set<string> =>
  new Set(database.interfacesOn(INSTANCE_BRIDGE).flatMap((row) => pluggedPort(row)?.id ?? []));

/** Networks with tunnels of their own for which OVN has made a patch: a router's external port may be here. */
const carriedNetworks = (database: SwitchDatabase): string[] =>
  database
    .interfacesOn(OVERLAY_BRIDGE)
    .flatMap(({ name }) => networkOfLocalnet(localnetOfPatch(name) ?? '') ?? []);

export const portsHere = (database: SwitchDatabase): PortsHere => ({
  names: () => instancePorts(database).union(new Set(carriedNetworks(database).map(servicePortName))),
  get chassis() {
    return database.setting('system-id');
  },
  onChange: (listener) => database.onChange(listener),
});
