/** All that an instance finds at its metadata service. Pure. */
import { EC2_VERSIONS, ec2Folder } from './ec2.ts';
import type { Machine } from './machine.ts';
import { openStackFolder } from './openstack.ts';
import { type Document, documentAt, type Folder, folder } from './tree.ts';

/**
 * @param seed random octets, to start the instance's random number generator with
 * @param path of the request, without a query
 * @returns undefined for what there is not
 */
export function metadataAt(machine: Machine, seed: Uint8Array, path: string): Document | undefined {
  return documentAt(rootOf(machine, seed), path);
}

function rootOf(machine: Machine, seed: Uint8Array): Folder {
  const ec2 = ec2Folder(machine);
  return folder({
    ...Object.fromEntries(EC2_VERSIONS.map((version) => [version, ec2])),
    openstack: openStackFolder(machine, seed),
  });
}
