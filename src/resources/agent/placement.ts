/** What is decided anew when hosts are others, or other than they were. */
import { placeServices } from '../network/serving-hosts.ts';
import { placeGateways } from '../router/gateway-hosts.ts';
import type { Tx } from '../tables.ts';

/** Decides which hosts have gateways of routers, and which serve hardware ports. */
export async function followHosts(tx: Tx): Promise<void> {
  await placeGateways(tx);
  await placeServices(tx);
}
