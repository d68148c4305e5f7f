/**
 * Hardware ports: those whose instance has a piece of a network card, or is a machine of its own. Its frames go to the
 * physical network past the switch of the host; what instances are told, hosts tell it from there.
 */
import type { Kysely } from 'kysely';
import { errors } from '../../errors/index.ts';
import { slices } from '../repository.ts';
import type { NetworkRow, Tables } from '../tables.ts';
import type { Port } from './definition.ts';

type VnicType = Port['binding:vnic_type'];
type VifType = Port['binding:vif_type'];

/** As ML2's sriovnicswitch, and networking-baremetal, have them plugged in. */
const HARDWARE = {
  direct: 'hw_veb',
  macvtap: 'hw_veb',
  'direct-physical': 'hostdev_physical',
  baremetal: 'other',
} as const satisfies Partial<Record<VnicType, VifType>>;

type HardwareType = keyof typeof HARDWARE;

/** The types, for whoever asks the store. */
export const HARDWARE_TYPES = Object.keys(HARDWARE) as readonly HardwareType[];

/** What tells a hardware port from others. */
export type HardwareTraits = Pick<Port, 'binding:vnic_type' | 'binding:profile'>;

const isType = (type: VnicType): type is HardwareType => Object.hasOwn(HARDWARE, type);

/** A card that takes over the switch's flows is plugged into the switch all the same: Neutron says so in the profile. */
const isOffloaded = ({ capabilities }: Port['binding:profile']): boolean =>
  Array.isArray(capabilities) && capabilities.includes('switchdev');

/** Whether it has one of the types, whatever takes over the switch's flows. */
export const hasHardwareType = ({ 'binding:vnic_type': type }: HardwareTraits): boolean => isType(type);

export const isHardware = ({
  'binding:vnic_type': type,
  'binding:profile': profile,
}: HardwareTraits): boolean => isType(type) && !isOffloaded(profile);

/** A machine of its own is no host's. */
export const isMachine = (port: HardwareTraits): boolean =>
  isHardware(port) && port['binding:vnic_type'] === 'baremetal';

/** How a network is carried, as far as it matters to how ports are plugged in. */
export type CableSegment = Pick<
  NetworkRow,
  'id' | 'provider_network_type' | 'provider_physical_network' | 'provider_segmentation_id'
>;

/** @throws RequestError 400 for a hardware port on a network that no cable leads to */
export function checkHardware(port: HardwareTraits, { id, provider_network_type: type }: CableSegment): void {
  if (!isHardware(port) || type === 'vlan' || type === 'flat') return;
  throw errors.port.hardwareOnTunnels({ vnicType: port['binding:vnic_type'], network: id, type });
}

/** How a hardware port is plugged in on its network. */
export const hardwarePlugging = (
  { 'binding:vnic_type': type }: HardwareTraits,
  segment: CableSegment | undefined,
): Pick<Port, 'binding:vif_type' | 'binding:vif_details'> => ({
  'binding:vif_type': isType(type) ? HARDWARE[type] : 'unbound',
  'binding:vif_details': {
    connectivity: 'l2',
    port_filter: false,
    // As text, and 0 for none: so ML2 has it.
    vlan: String(segment?.provider_network_type === 'vlan' ? (segment.provider_segmentation_id ?? 0) : 0),
  },
});

/** How the networks of ports are carried, by id; nothing is asked where there are none. */
export async function segmentsOf(
  db: Kysely<Tables>,
  ports: readonly Pick<Port, 'network_id'>[],
): Promise<Map<string, CableSegment>> {
  const rows: CableSegment[] = [];
  for (const slice of slices([...new Set(ports.map(({ network_id }) => network_id))])) {
    rows.push(
      ...(await db
        .selectFrom('networks')
        .select(['id', 'provider_network_type', 'provider_physical_network', 'provider_segmentation_id'])
        .where('id', 'in', slice)
        .execute()),
    );
  }
  return new Map(rows.map((row) => [row.id, row]));
}

/** What the owner of a hardware port is told who may think that it is protected; null for any other. */
export const unprotectedReason = (
  port: HardwareTraits & Pick<Port, 'port_security_enabled'>,
): string | null =>
  isHardware(port) && port.port_security_enabled
    ? 'It is no fault: its frames do not pass the switch of a host, so no security group filters them, and what it sends is checked by its network card alone. port_security_enabled=false says so.'
    : null;
