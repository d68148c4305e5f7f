/** What of OVN's the switch has: the ports whose instances are plugged in, and the networks that it carries for others. */
import { networkOfLocalnet, servicePortName } from '../host-contract/index.ts';
import {
  bridgesOf,
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

/** The networks that lead out of OVN by one of these bridges, as it has made patches for them. */
const carriedBy = (database: SwitchDatabase, bridges: Iterable<string>): string[] =>
  [...new Set(bridges)]
    .flatMap((bridge) => database.interfacesOn(bridge))
    .flatMap(({ name }) => networkOfLocalnet(localnetOfPatch(name) ?? '') ?? []);

/** Those on physical networks: a router's external port may be here. */
export const outerNetworks = (database: SwitchDatabase): string[] =>
  carriedBy(
    database,
    [...bridgesOf(database).values()].filter((bridge) => bridge !== OVERLAY_BRIDGE),
  );

/** Those with tunnels of their own, too. */
const carriedNetworks = (database: SwitchDatabase): string[] =>
  carriedBy(database, [OVERLAY_BRIDGE, ...bridgesOf(database).values()]);

export const portsHere = (database: SwitchDatabase): PortsHere => ({
  names: () => instancePorts(database).union(new Set(carriedNetworks(database).map(servicePortName))),
  get chassis() {
    return database.setting('system-id');
  },
  onChange: (listener) => database.onChange(listener),
});
