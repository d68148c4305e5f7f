/** The layout of Nova's metadata service: `/openstack/VERSION/...`. Pure. */
import { fullHostname, type Machine } from './machine.ts';
import { networkData } from './network-data.ts';
import { type Folder, folder, json } from './tree.ts';

/** Nova's versions. What is newer than a version is there all the same: clients take what they know. */
const VERSIONS = [
  '2012-08-10',
  '2013-04-04',
  '2013-10-17',
  '2015-10-15',
  '2016-06-30',
  '2016-10-06',
  '2017-02-22',
  '2018-08-27',
  '2020-10-14',
  'latest',
];

/** @param seed random octets, to start the instance's random number generator with */
export function openStackFolder(machine: Machine, seed: Uint8Array): Folder {
  const { userData } = machine;
  const version = folder({
    'meta_data.json': json(metaData(machine, seed)),
    user_data: userData && { type: 'application/octet-stream', body: userData },
    'vendor_data.json': json({}),
    'vendor_data2.json': json({}),
    'network_data.json': json(networkData(machine)),
  });
  return folder(Object.fromEntries(VERSIONS.map((name) => [name, version])));
}

function metaData(machine: Machine, seed: Uint8Array): object {
  const { id, projectId, name, availabilityZone, publicKeys, metadata } = machine;
  return {
    uuid: id,
    project_id: projectId,
    name,
    hostname: fullHostname(machine),
    availability_zone: availabilityZone,
    launch_index: 0,
    meta: metadata,
    public_keys: Object.fromEntries(publicKeys.map((one) => [one.name, one.key])),
    keys: publicKeys.map((one) => ({ name: one.name, type: 'ssh', data: one.key })),
    random_seed: Buffer.from(seed).toString('base64'),
    devices: [],
  };
}
