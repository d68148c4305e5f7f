/** The layout of EC2's instance metadata service: `/VERSION/meta-data/...`, `/VERSION/user-data`. Pure. */
import type { Family } from '../addressing/index.ts';
import { fullHostname, type Machine, type MachinePort } from './machine.ts';
import { type Document, type Folder, folder, isFolder, textDocument } from './tree.ts';

/** The version that every client knows, and the one that clients of today ask for. */
export const EC2_VERSIONS = ['2009-04-04', 'latest'];

/** EC2's listings tell folders by a slash at their end. */
const withSlash = (name: string, entry: Document | Folder): string => (isFolder(entry) ? `${name}/` : name);

/** What is below a version. */
export function ec2Folder(machine: Machine): Folder {
  const { userData } = machine;
  return folder(
    {
      'meta-data': metaData(machine),
      'user-data': userData && { type: 'application/octet-stream', body: userData },
    },
    withSlash,
  );
}

function metaData(machine: Machine): Folder {
  const { id, publicKeys, ports, availabilityZone } = machine;
  const hostname = fullHostname(machine);
  const [first] = ports;
  const addresses = (family: Family) => ports.flatMap((port) => addressesOf(port, family));
  return folder(
    {
      'ami-launch-index': textDocument('0'),
      hostname: textDocument(hostname),
      'instance-id': textDocument(id),
      ipv6: textOf(addresses(6)[0]),
      'local-hostname': textDocument(hostname),
      'local-ipv4': textOf(addresses(4)[0]),
      mac: textOf(first?.mac.toString()),
      network: folder({ interfaces: folder({ macs: macs(ports) }, withSlash) }, withSlash),
      placement: folder({ 'availability-zone': textDocument(availabilityZone) }),
      'public-keys': publicKeys.length === 0 ? undefined : keys(machine),
    },
    withSlash,
  );
}

function macs(ports: readonly MachinePort[]): Folder {
  const entries = ports.map((port, index) => [
    port.mac.toString(),
    folder({
      'device-number': textDocument(String(index)),
      'interface-id': textDocument(port.id),
      ipv6s: textOf(addressesOf(port, 6).join('\n')),
      'local-ipv4s': textOf(addressesOf(port, 4).join('\n')),
      mac: textDocument(port.mac.toString()),
    }),
  ]);
  return folder(Object.fromEntries(entries), withSlash);
}

/** The listing is `0=NAME`, the path `0/openssh-key`. */
function keys({ publicKeys }: Machine): Folder {
  return folder(
    Object.fromEntries(
      publicKeys.map(({ key }, index) => [index, folder({ 'openssh-key': textDocument(key) })]),
    ),
    (index) => `${index}=${publicKeys[Number(index)]?.name}`,
  );
}

const addressesOf = (port: MachinePort, family: Family): string[] =>
  port.addresses.filter(({ address }) => address.family === family).map(({ address }) => address.toString());

const textOf = (value: string | undefined): Document | undefined => (value ? textDocument(value) : undefined);
