/** How a host says something on an external network for a router of OVN's. */
import { join } from 'node:path';
import { type AnnouncedAddress, localnetPortName } from '../../host-contract/index.ts';
import { OpenFlowConnection } from '../../openflow/index.ts';
import { encodeFrame, type Frame } from '../../packets/index.ts';
import { bridgesOf, INTEGRATION_BRIDGE, type SwitchDatabase } from '../../switch/index.ts';

export interface OutsideVoice {
  readonly database: Pick<SwitchDatabase, 'interface' | 'setting'>;
  /** Directory of the switch's sockets, OVS_RUNDIR. */
  readonly rundir: string;
}

/** OpenFlow number of the port by which a bridge outside leads to a network of OVN's; undefined where there is none. */
export const leadingPort = (
  database: Pick<SwitchDatabase, 'interface'>,
  networkId: string,
): number | undefined =>
  database.interface(`patch-${localnetPortName(networkId)}-to-${INTEGRATION_BRIDGE}`)?.ofport;

/**
 * Sends a frame as if OVN had sent it: the bridge outside is to send there what is for its source. Nothing where the
 * host does not reach the network.
 * @throws what OpenFlow says when the switch does not take it
 */
export async function sayOutside(
  { database, rundir }: OutsideVoice,
  { physicalNetwork, networkId }: Pick<AnnouncedAddress, 'physicalNetwork' | 'networkId'>,
  frame: Frame,
): Promise<void> {
  const bridge = bridgesOf(database).get(physicalNetwork);
  const from = leadingPort(database, networkId);
  if (bridge === undefined || from === undefined || from <= 0) return;
  const connection = await OpenFlowConnection.open(join(rundir, `${bridge}.mgmt`));
  try {
    await connection.forward(from, encodeFrame(frame));
  } finally {
    connection.close();
  }
}
