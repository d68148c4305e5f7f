/**
 * Anycast on one link, by what every Neutron has: two instances serve an address that both their ports allow, and
 * neighbours take the one that answers first (RFC 4861 section 7.2.7).
 */
import { type Address, Prefix } from '../../../addressing/index.ts';
import {
  type InstanceInterface,
  type LabInstance,
  type TcpEcho,
  tcpProbe,
  waitUntil,
} from '../../../lab/index.ts';
import { configured, type Evidence, ipv6Of, type Tenant, type Trial, tcpPasses } from '../../kit/index.ts';

const PREFIX = Prefix.parse('fd12:1::/64');
const ANYCAST = PREFIX.at(0xaan);
const PORT = 7012;
const CONNECTIONS = 8;
const PATIENCE_MS = 2_000;
const CHANGE_MS = 15_000;

interface Member {
  readonly name: string;
  readonly instance: LabInstance;
  readonly device: InstanceInterface;
  readonly echo: TcpEcho;
}

interface Setting {
  readonly client: LabInstance;
  readonly members: readonly [Member, Member];
}

export async function tryAnycastOnLink(trial: Trial): Promise<void> {
  trial.demand('port.allowed_address_pairs');
  const setting = await start(trial);
  const [first, second] = setting.members;
  for (const member of setting.members) await hold(member, true);
  trial.show(await serving('anycast: two instances hold the address', setting, [first, second]));
  await hold(first, false);
  trial.show(await serving('anycast: the first does not hold it any more', setting, [second]));
  await hold(second, false);
  await hold(first, true);
  trial.show(await serving('anycast: the first holds it, and the second does not', setting, [first]));
  trial.show(
    await tcpPasses({ what: 'anycast: octets there and back' }, setting.client, ANYCAST, PORT, 10_000),
  );
  trial.leaveOut('an anycast address that members on several networks serve, and checks of who does.');
}

async function start(trial: Trial): Promise<Setting> {
  const tenant = trial.tenant('anycast');
  const network = await tenant.network('anycast');
  await tenant.router('router', [await tenant.subnet6(network, `${PREFIX}`, 'slaac')]);
  const boot = async (name: string, wish: Parameters<Tenant['port']>[1]): Promise<LabInstance> => {
    const port = await tenant.port(network, wish);
    const instance = await trial.instance(name, port);
    await configured([instance.interface('eth0'), ipv6Of(port)]);
    return instance;
  };
  const serve = async (name: string): Promise<Member> => {
    const instance = await boot(name, { allowed_address_pairs: [{ ip_address: `${ANYCAST}` }] });
    const device = instance.interface('eth0');
    answerForNeighbours(device);
    return { name, instance, device, echo: await trial.tcpEcho(instance, PORT) };
  };
  const [client, first, second] = await Promise.all([boot('client', {}), serve('first'), serve('second')]);
  return { client, members: [first, second] };
}

/**
 * Gives an instance the address, or takes it away. Linux answers for a neighbour's address as for an anycast address of
 * its own: after a random delay, and with the Override flag 0, so that the first answer stands.
 */
async function hold({ instance, device }: Member, held: boolean): Promise<void> {
  const act = held ? 'add' : 'delete';
  await instance.run('ip', '-6', 'address', act, `${ANYCAST}/128`, 'dev', 'lo');
  await instance.run('ip', '-6', 'neighbour', act, 'proxy', `${ANYCAST}`, 'dev', device.device);
}

/** Has a device answer for the addresses of neighbours, and heed router advertisements all the same. */
function answerForNeighbours(device: InstanceInterface): void {
  device.setIpv6('accept_ra', 2);
  device.setIpv6('forwarding', 1);
  device.setIpv6('proxy_ndp', 1);
}

/** All connections of a client come to members that hold the address; it is tried again while they do not. */
async function serving(what: string, setting: Setting, holders: readonly Member[]): Promise<Evidence> {
  const attempt = () => servingOnce(what, setting, holders);
  const good = await waitUntil(async () => {
    const evidence = await attempt();
    return evidence.ok && evidence;
  }, CHANGE_MS);
  return good ?? attempt();
}

async function servingOnce(
  what: string,
  { client, members }: Setting,
  holders: readonly Member[],
): Promise<Evidence> {
  const before = new Map(members.map((member) => [member, member.echo.clients.length]));
  let connected = 0;
  for (let attempt = 0; attempt < CONNECTIONS; attempt++) {
    await forget(client, ANYCAST);
    const { outcome } = await tcpProbe(client, ANYCAST, PORT, { patienceMs: PATIENCE_MS });
    if (outcome === 'connected') connected += 1;
  }
  const count = (member: Member): number => member.echo.clients.length - before.get(member)!;
  return {
    what,
    expected: `all of ${CONNECTIONS} connections come to ${holders.map(({ name }) => name).join(' or ')}`,
    seen: `${connected} connect: ${members.map((member) => `${count(member)} to ${member.name}`).join(', ')}`,
    ok:
      connected === CONNECTIONS && members.every((member) => count(member) === 0 || holders.includes(member)),
    core: true,
  };
}

/** Has the client ask anew who has an address: how soon it would by itself is its own affair. */
async function forget(client: LabInstance, address: Address): Promise<void> {
  await client.run('ip', '-6', 'neighbour', 'flush', 'to', `${address}`, 'dev', 'eth0');
}
