/** Debian's cloud-init, as far as it finds out about its instance: nothing of the machine, or the instance, changes. */
import type { LabInstance } from '../../../lab/index.ts';

/** What cloud-init found. */
export interface CloudInitFound {
  readonly id: string;
  readonly hostname: string;
  readonly userData: string;
  readonly keys: readonly string[];
  /** Types of the subnets in the network configuration that it made. */
  readonly networkTypes: readonly string[];
}

/** Python of the distribution, which cloud-init belongs to. */
const PYTHON = '/usr/bin/python3';
const PATIENCE_MS = 60_000;

/**
 * Crawls with the data source itself. It would first look for a sign of OpenStack in the machine's BIOS, which is not
 * the instance's here.
 */
const SCRIPT = `
import json, sys
from cloudinit import helpers
from cloudinit.sources import DataSourceOpenStack as openstack
openstack.detect_openstack = lambda **_: True
paths = helpers.Paths({"cloud_dir": "/run/cloud", "run_dir": "/run/cloud-init"})
settings = {"metadata_urls": [sys.argv[1]], "max_wait": 15, "timeout": 5, "retries": 1}
source = openstack.DataSourceOpenStack(
    {"datasource": {"OpenStack": settings}, "datasource_list": ["OpenStack"]}, None, paths)
if not source._get_data():
    sys.exit("it found nothing")
user_data = source.userdata_raw
print(json.dumps({
    "id": source.get_instance_id(),
    "hostname": source.metadata.get("local-hostname"),
    "userData": user_data.decode() if isinstance(user_data, bytes) else user_data,
    "keys": source.get_public_ssh_keys(),
    "networkTypes": [s["type"] for d in source.network_config["config"] for s in d.get("subnets", [])],
}))
`;

/** What its OpenStack data source finds at a URL, or why it finds nothing. */
export async function crawlWithCloudInit(
  instance: LabInstance,
  url: string,
): Promise<CloudInitFound | string> {
  const { status, stdout, stderr } = await instance.tryRun([PYTHON, '-c', SCRIPT, url], PATIENCE_MS);
  const last = stderr.trim().split('\n').at(-1) ?? '';
  return status === 0 ? (JSON.parse(stdout) as CloudInitFound) : last || 'it did not end in time';
}
