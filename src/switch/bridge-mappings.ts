/** By which bridge of this host each physical network is reached. */
import type { SwitchDatabase } from './switch-database.ts';

/** The bridges by physical network, as OVN's controller is told: `physnet1:br-ex,physnet2:br-two`. */
export const bridgesOf = (database: Pick<SwitchDatabase, 'setting'>): Map<string, string> =>
  new Map(
    (database.setting('ovn-bridge-mappings') ?? '').split(',').flatMap((mapping) => {
      const [physicalNetwork, bridge] = mapping.trim().split(':');
      return physicalNetwork && bridge ? [[physicalNetwork, bridge]] : [];
    }),
  );

/** In `external_ids` of a device that a host has on such a bridge for itself: the link to outside is another one. */
export const OWN_DEVICE_MARK = 'sextant-own-device';

/**
 * Those that lead out: a bridge whose devices have no link, all of them, does not. What is plugged in there with an
 * `iface-id` is somebody's who is reached by it, and may be off.
 */
export const reachedBridgesOf = (
  database: Pick<SwitchDatabase, 'setting' | 'interfacesOn'>,
): Map<string, string> =>
  new Map(
    [...bridgesOf(database)].filter(([, bridge]) => {
      const devices = database
        .interfacesOn(bridge)
        .filter(
          ({ type, external_ids: ids }) =>
            (type === '' || type === 'system') && !ids.has(OWN_DEVICE_MARK) && !ids.has('iface-id'),
        );
      return devices.length === 0 || devices.some(({ link_state: state }) => state !== 'down');
    }),
  );
