/**
 * The ports of the bridge for overlays: one of each kind of tunnel, whatever the number of hosts, as flows say where a
 * packet goes and look where it is from; and one for each network, which OVN makes.
 *
 *     br-int ══ patch-provnet-NETWORK-to-br-int ─ br-overlay ─ sxt-vxlan, sxt-gre ─ other hosts
 *
 * Pure but for the transactions that it adds to.
 */
import type { Address } from '../addressing/index.ts';
import type { SwitchDatabase, SwitchTransaction } from './switch-database.ts';

/** Kinds of tunnels of networks that have their own. */
export type TunnelKind = 'vxlan' | 'gre';

/** The port of all tunnels of a kind. */
export const tunnelPort = (kind: TunnelKind): string => `sxt-${kind}`;

const KINDS: readonly TunnelKind[] = ['vxlan', 'gre'];

/** The logical port whose patch port this is, as OVN names it (ovn-controller(8)). */
export const localnetOfPatch = (name: string): string | undefined => /^patch-(.+)-to-br-int$/.exec(name)?.[1];

/**
 * Adds the ports of tunnels that end on an address; undefined takes them away.
 * @param datapath the kernel's has GRE over IPv6 under another name
 */
export function putTunnelPorts(
  transaction: SwitchTransaction,
  database: SwitchDatabase,
  bridge: string,
  end: Address | undefined,
  datapath: string,
): void {
  for (const kind of KINDS) {
    const name = tunnelPort(kind);
    if (end === undefined) {
      database.removePort(transaction, name);
      continue;
    }
    const type = kind === 'gre' && end.family === 6 && datapath !== 'netdev' ? 'ip6gre' : kind;
    const options = {
      key: 'flow',
      remote_ip: 'flow',
      local_ip: end.toString(),
      // IPv6 itself has no checksum of its header (RFC 6936); GRE's would take four octets.
      ...(kind === 'vxlan' && { csum: String(end.family === 6) }),
    };
    database.putPort(transaction, bridge, name, { type, options });
  }
}
