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
