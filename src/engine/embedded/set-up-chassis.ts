/** Writes into a switch's database what makes its machine a chassis. */
import { transactOnce } from '../../ovsdb/index.ts';
import { type Chassis, chassisOperations } from '../../switch/index.ts';

const PATIENCE_MS = 10_000;

/**
 * @param socket path of the unix socket of the switch's database
 * @throws OvsdbError when the database does not take it
 */
export async function setUpChassis(socket: string, chassis: Chassis): Promise<void> {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  const [roots, bridges] = await transactOnce(
    socket,
    'Open_vSwitch',
    [
      { op: 'select', table: 'Open_vSwitch', where: [], columns: ['external_ids'] },
      { op: 'select', table: 'Bridge', where: [], columns: ['name'] },
    ],
    patience,
  );
  const [root] = roots?.rows as { external_ids: ['map', [string, string][]] }[];
  const present = {
    bridges: new Set((bridges?.rows as { name: string }[]).map((bridge) => bridge.name)),
    mappings: root && new Map(root.external_ids[1]).get('ovn-bridge-mappings'),
    configured: root !== undefined,
  };
  await transactOnce(socket, 'Open_vSwitch', chassisOperations(chassis, present), patience);
}
