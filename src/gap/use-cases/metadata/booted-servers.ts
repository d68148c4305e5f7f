/** What servers that a compute service booted are told about themselves, over IPv6 alone and beside IPv4. */
import { type Address, SERVICE_ADDRESS_V4, SERVICE_LINK_LOCAL } from '../../../addressing/index.ts';
import { DhcpClient, type InstanceInterface } from '../../../lab/index.ts';
import {
  type BootedServer,
  configured,
  type Evidence,
  ipv4Of,
  ipv6Of,
  readsMetadata,
  type Trial,
  UntriableError,
} from '../../kit/index.ts';
import { crawlWithCloudInit } from './cloud-init.ts';

/** The same addresses in the networks of both tenants. */
const PREFIX = 'fd12:1::/64';
const PREFIX_V4 = '10.12.1.0/24';
const USER_DATA = '/openstack/latest/user_data';

/** A device that is a server's, for a tenant. */
interface Booted {
  readonly name: string;
  readonly device: InstanceInterface;
  readonly server: BootedServer;
}

/** Servers of one project, or of two: each is told what is its own. */
export async function tryBootedServers(trial: Trial): Promise<void> {
  await tryIpv6Alone(trial);
  const red = await startDualStack(trial, 'red', 'first');
  const others = await startOther(trial);
  for (const booted of [red, ...others]) {
    const { device, name, server } = booted;
    for (const [label, to] of [
      ['link-local address', SERVICE_LINK_LOCAL],
      ['IPv4', SERVICE_ADDRESS_V4],
    ] as const) {
      trial.show(await readsOwn(`${name}'s server, dual-stack, ${label}`, device, to, server));
    }
  }
}

/** Somebody else's server, with the same addresses; nobody's where there is one project. */
async function startOther(trial: Trial): Promise<Booted[]> {
  try {
    return [await startDualStack(trial, 'blue', 'second')];
  } catch (error) {
    if (!(error instanceof UntriableError)) throw error;
    trial.couldNotTry(
      `Whether another project's server with the same addresses is told its own: ${error.message}`,
    );
    return [];
  }
}

async function startDualStack(trial: Trial, name: string, project: 'first' | 'second'): Promise<Booted> {
  const tenant = trial.tenant(name, project);
  const network = await tenant.network('dual-stack');
  const subnets = [await tenant.subnet6(network, PREFIX, 'slaac'), await tenant.subnet4(network, PREFIX_V4)];
  await tenant.router('router', subnets);
  const port = await tenant.port(network);
  const device = (await trial.instance(name, port)).interface('eth0');
  await DhcpClient.dhclient(device, 'ipv4');
  await configured([device, ipv6Of(port)], [device, ipv4Of(port)]);
  return { name, device, server: trial.serverOf(port) };
}

/** cloud-init's own OpenStack data source, on a network without IPv4. */
async function tryIpv6Alone(trial: Trial): Promise<void> {
  const tenant = trial.tenant('ipv6-only');
  const network = await tenant.network('ipv6-only');
  await tenant.router('router-ipv6-only', [await tenant.subnet6(network, 'fd13:1::/64', 'slaac')]);
  const port = await tenant.port(network);
  const instance = await trial.instance('six', port);
  const device = instance.interface('eth0');
  await configured([device, ipv6Of(port)]);
  const server = trial.serverOf(port);
  const core = true;
  trial.show({
    ...(await readsOwn('IPv6 alone, link-local address', device, SERVICE_LINK_LOCAL, server)),
    core,
  });
  const found = await crawlWithCloudInit(instance, `http://[${SERVICE_LINK_LOCAL}%eth0]`);
  const seen =
    typeof found === 'string'
      ? found
      : `${found.id}, ${found.userData === server.userData ? 'user data' : 'other user data'}`;
  const expected = `${server.id}, user data`;
  trial.show({
    what: "cloud-init's OpenStack data source on a server's device without IPv4, link-local address",
    expected,
    seen,
    ok: seen === expected,
    core,
  });
}

/** The user data, and nobody else's. */
async function readsOwn(
  where: string,
  device: InstanceInterface,
  to: Address,
  server: BootedServer,
): Promise<Evidence> {
  const what = `${where}: user data, its own`;
  const evidence = await readsMetadata({ what }, device, { to, path: USER_DATA }, server.userData);
  const short = (text: string): string =>
    text.length > 60 ? `${text.slice(0, 60).split('\n')[0]} ...` : text;
  return { ...evidence, expected: short(evidence.expected), seen: short(evidence.seen) };
}
