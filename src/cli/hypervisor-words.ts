/** What hypervisors are told to have a virtual machine on a port. Pure. */
import { INSTANCE_BRIDGE } from '../lab/index.ts';

/** A port as a virtual machine has it. */
export interface MachineNic {
  readonly id: string;
  readonly mac: string;
  /** Of its network, in octets. */
  readonly mtu: number;
  /** Name of the tap device on the host. */
  readonly device: string;
  /** Whether the machine must complete checksums itself, for no one after it does. */
  readonly completesChecksums: boolean;
}

/** QEMU's arguments for a tap device that is there and plugged in. */
export function qemuWords({ mac, mtu, device, completesChecksums }: MachineNic): string {
  const csum = completesChecksums ? ',csum=off' : '';
  return (
    `-netdev tap,id=${device},ifname=${device},script=no,downscript=no ` +
    `-device virtio-net-pci,netdev=${device},mac=${mac},host_mtu=${mtu}${csum}`
  );
}

/** libvirt's element for a domain: libvirt makes the device and plugs it in, as Nova has it do. */
export function libvirtInterface({ id, mac, mtu, device, completesChecksums }: MachineNic): string {
  const driver = completesChecksums ? "\n  <driver><host csum='off'/></driver>" : '';
  return `<interface type='bridge'>
  <source bridge='${INSTANCE_BRIDGE}'/>
  <virtualport type='openvswitch'><parameters interfaceid='${id}'/></virtualport>
  <mac address='${mac}'/>
  <target dev='${device}'/>
  <model type='virtio'/>${driver}
  <mtu size='${mtu}'/>
</interface>
`;
}
