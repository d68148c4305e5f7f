/** Instances that are reached without a route to them: their router answers for them on the external network. */
import { type Address, Prefix } from '../../addressing/index.ts';
import { type Capture, ping, waitUntil } from '../../lab/index.ts';
import type { Frame } from '../../packets/index.ts';
import { configured, ipv6Of, pingFails, pingPasses, type Trial, tcpPasses } from '../kit/index.ts';
import { Outside } from './outside-network.ts';

const BEYOND = Prefix.parse('fd41:0:0:fc::/64');
const LINK = 'fd41:8:0:1::/64';
const INSIDE = 'fd41:9:0:1::/64';
const TCP_PORT = 7041;
const BULK = 100_000;
/** In which it is said, and neighbours are asked for again. */
const SETTLED_MS = 10_000;

export async function tryProxiedNeighbours(trial: Trial): Promise<void> {
  const tenant = trial.tenant('proxied');
  const scope = await tenant.make('address_scope', { name: 'all', ip_version: 6 });
  const [outer, inner] = await Promise.all(
    ['fd41:8::/48', 'fd41:9::/48'].map((prefix) =>
      tenant.make('subnetpool', { prefixes: [prefix], address_scope_id: scope.id }),
    ),
  );
  const external = await tenant.network('outside', 'vlan', { 'router:external': true });
  const upstream = Prefix.parse(LINK).at(1n);
  await tenant.subnet6(external, LINK, undefined, {
    ...{ subnetpool_id: outer!.id, gateway_ip: `${upstream}`, enable_dhcp: false },
  });
  const outside = await Outside.start(trial, external, {
    ...{ beyond: BEYOND, number: 0x46, onLink: [[upstream, 64]] as const },
  });
  // All that the router upstream is told: that they are on its link.
  await outside.upstream.run('ip', '-6', 'route', 'add', INSIDE, 'dev', 'eth0');
  const network = await tenant.network('inside');
  const subnet = await tenant.subnet6(network, INSIDE, 'slaac', { subnetpool_id: inner!.id });
  const router = await tenant.make('router', {
    name: 'edge',
    external_gateway_info: { network_id: external.id },
    enable_ndp_proxy: true,
  });
  await tenant.attach(router, subnet);
  const start = async (name: string) => {
    const port = await tenant.port(network);
    const instance = await trial.instance(name, port);
    await configured([instance.interface('eth0'), ipv6Of(port)]);
    return { port, instance, address: ipv6Of(port) };
  };
  const [guest, other] = [await start('proxied'), await start('unproxied')];
  const how = 'by NDP proxy, without a route to the instance';
  trial.show(await pingFails({ what: `${how}: before there is one` }, outside.beyond, guest.address));
  const capture = trial.capture(outside.device);
  const proxy = await tenant.make('ndp_proxy', { router_id: router.id, port_id: guest.port.id });
  const isSaid = () => capture.received(isSaidOf(guest.address)).length > 0;
  await waitUntil(isSaid, SETTLED_MS);
  trial.show({
    what: `${how}: the address is announced on the external network (RFC 4861 section 7.2.6)`,
    expected: 'an unsolicited advertisement',
    seen: isSaid() ? 'one' : 'none',
    ok: isSaid(),
  });
  await until(async () => (await ping(outside.beyond, guest.address, QUICK)).received > 0);
  // It knows nothing of what was announced: it asks.
  await outside.upstream.run('ip', '-6', 'neigh', 'flush', 'dev', 'eth0');
  const reached = { what: `${how}: a host beyond reaches it` };
  trial.show(await pingPasses(reached, outside.beyond, guest.address, { count: 10 }));
  await trial.tcpEcho(guest.instance, TCP_PORT);
  const bulk = { what: `${how}: TCP from there, and back` };
  trial.show(await tcpPasses(bulk, outside.beyond, guest.address, TCP_PORT, BULK));
  // Linux asks the router alone three times, a second apart, before it asks all (RFC 4861 section 7.3.3).
  const { address } = guest;
  await outside.upstream.run('ip', '-6', 'neigh', 'change', `${address}`, 'dev', 'eth0', 'nud', 'probe');
  const { received, sent } = await ping(outside.beyond, address, { count: 25, intervalMs: 200 });
  trial.show({
    what: `${how}: while the router upstream looks whether it is still there`,
    expected: 'every request is answered',
    seen: `${received} of ${sent}`,
    ok: received === sent,
  });
  trial.show(await pingFails({ what: `${how}: an instance without one` }, outside.beyond, other.address));
  showConflicts(trial, capture, how, guest.address);
  await tenant.client.delete('ndp_proxy', proxy.id);
  await outside.upstream.run('ip', '-6', 'neigh', 'flush', 'dev', 'eth0');
  await until(async () => (await ping(outside.beyond, guest.address, QUICK)).received === 0);
  await outside.upstream.run('ip', '-6', 'neigh', 'flush', 'dev', 'eth0');
  trial.show(await pingFails({ what: `${how}: once it is gone` }, outside.beyond, guest.address));
}

const QUICK = { count: 1, patienceMs: 500 } as const;

const until = (is: () => Promise<boolean>) => waitUntil(is, SETTLED_MS);

/** One answers for the address, and that is the router. */
function showConflicts(trial: Trial, capture: Capture, how: string, address: Address): void {
  const macs = new Set(capture.received(isAnswerOf(address)).map(({ frame }) => `${frame.source}`));
  trial.show({
    what: `${how}: who answers for the address outside`,
    expected: 'one, the router',
    seen: [...macs].join(', ') || 'nobody',
    ok: macs.size === 1,
  });
}

const isAnswerOf =
  (address: Address) =>
  ({ network }: Frame): boolean =>
    network.kind === 'ipv6' &&
    network.upper.kind === 'icmpv6' &&
    network.upper.message.kind === 'neighbour-advertisement' &&
    network.upper.message.target.equals(address);

const isSaidOf =
  (address: Address) =>
  (frame: Frame): boolean =>
    isAnswerOf(address)(frame) &&
    frame.network.kind === 'ipv6' &&
    frame.network.upper.kind === 'icmpv6' &&
    frame.network.upper.message.kind === 'neighbour-advertisement' &&
    !frame.network.upper.message.solicited;
