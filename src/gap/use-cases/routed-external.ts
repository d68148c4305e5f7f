/** A tenant's prefix, routed to an external IPv6 network and back; without a subnet there, by link-local addresses. */
import { Address, Prefix } from '../../addressing/index.ts';
import type { Answered } from '../../client/index.ts';
import { type LabInstance, waitUntil } from '../../lab/index.ts';
import {
  type Carrier,
  configured,
  defineUseCase,
  ipv6Of,
  pingFails,
  pingPasses,
  pingPassesSoon,
  type Tenant,
  type Trial,
  tcpPasses,
} from '../kit/index.ts';
import { tryEgressOnly } from './egress-only.ts';
import { Outside } from './outside-network.ts';
import { tryProxiedNeighbours } from './proxied-neighbours.ts';
import { trySeveralGateways } from './several-gateways.ts';
import { tryMovedSpeaker, trySpokenRoutes } from './spoken-routes.ts';
import { tryMovedTranslation, tryTranslatedPrefixes } from './translated-prefixes.ts';

const BEYOND = Prefix.parse('fd41:0:0:ff::/64');
const LINK = Prefix.parse('fd41:0:0:ee::/64');
/** Behind another router upstream. */
const FURTHER = Prefix.parse('fd41:0:0:fe::/64');
const TCP_PORT = 7041;
/** With fewer no gateway can move without taking along what is outside. */
const HOSTS = 3;
/** In which routers upstream are found, and missed. */
const LEARNED_MS = 20_000;
const BULK = 100_000;
/** Of nobody. */
const FOREIGN = Address.parse('fd41:bad::1');

export const routedExternalUseCase = defineUseCase({
  id: 'routed-external',
  title: 'Tenant subnet routed to an external IPv6 network, by several gateway hosts',
  claim: 'yes',
  missing: [],
  limits: ['One host: that gateways are spread is shown where there are several.'],
  needs: ['network.router:external', 'router.external_gateway_info'],
  async gather(trial) {
    const settings = trial.isSextant
      ? ([
          'link-local',
          'learned',
          'subnet',
          'proxied',
          'translated',
          'spoken',
          'multihomed',
          'egress-only',
        ] as const)
      : (['subnet'] as const);
    await trial.each(settings, async (part, setting) => {
      if (setting === 'link-local') await byLinkLocal(part);
      else if (setting === 'learned') await byLearning(part);
      else if (setting === 'proxied') await tryProxiedNeighbours(part);
      else if (setting === 'translated') await tryTranslatedPrefixes(part);
      else if (setting === 'spoken') await trySpokenRoutes(part);
      else if (setting === 'multihomed') await trySeveralGateways(part);
      else if (setting === 'egress-only') await tryEgressOnly(part);
      else await bySubnet(part);
    });
    await spread(trial);
  },
  // Gateways of others would move with the router's.
  async gatherAlone(trial) {
    if (!trial.isSextant || trial.hosts.length < HOSTS) return;
    await tryMovedSpeaker(trial);
    await tryMovedTranslation(trial);
  },
});

interface Guest {
  readonly instance: LabInstance;
  readonly address: Address;
  readonly port: Answered<'port'>;
}

/** An instance on a network of its own that is attached to the router. */
async function behind(
  trial: Trial,
  tenant: Tenant,
  router: Answered<'router'>,
  carrier: Carrier,
  cidr: string,
): Promise<Guest> {
  const network = await tenant.network(`inside-${carrier}`, carrier);
  await tenant.attach(router, await tenant.subnet6(network, cidr, 'slaac'));
  const port = await tenant.port(network);
  const instance = await trial.instance(`instance-${carrier}`, port);
  await configured([instance.interface('eth0'), ipv6Of(port)]);
  return { instance, address: ipv6Of(port), port };
}

/** No subnet on the external network: what leads there and back are link-local addresses. */
async function byLinkLocal(trial: Trial): Promise<void> {
  const tenant = trial.tenant('bare');
  const network = await tenant.network('outside', 'vlan', { 'router:external': true });
  const outside = await Outside.start(trial, network, { beyond: BEYOND, number: 0x41 });
  const router = await tenant.make('router', {
    name: 'edge',
    external_gateway_info: { network_id: network.id },
    ipv6_next_hop: `${outside.linkLocal}`,
  });
  const guests = [
    await behind(trial, tenant, router, 'tenant', 'fd41:1::/64'),
    await behind(trial, tenant, router, 'vlan', 'fd41:2::/64'),
  ];
  const { upstream_routes: routes, external_gateway_info: info } = await tenant.client.show(
    'router',
    router.id,
  );
  const isLinkLocal = routes.every(({ nexthop }) => Address.parse(nexthop).isLinkLocal);
  trial.show({
    what: 'what must lead back to the router, without a subnet on the external network',
    expected: 'fd41:1::/64, fd41:2::/64 by its link-local address',
    seen: routes.map(({ destination, nexthop }) => `${destination} by ${nexthop}`).join(', ') || 'nothing',
    ok: routes.length === 2 && isLinkLocal && info?.external_fixed_ips?.length === 0,
  });
  await outside.leadTo(routes);
  await bothWays(trial, outside, guests, 'by a next hop that is link-local');
  await nothingForeign(trial, tenant, outside, guests[0]!);
}

/** Nobody says where the way out is: routers upstream advertise themselves, come, go, and are followed. */
async function byLearning(trial: Trial): Promise<void> {
  const tenant = trial.tenant('learned');
  const network = await tenant.network('outside', 'vlan', { 'router:external': true });
  const lasting = { routerLifetime: 1800, options: [] };
  const first = await Outside.start(trial, network, { beyond: BEYOND, number: 0x44, advertised: lasting });
  const router = await tenant.make('router', {
    name: 'edge',
    external_gateway_info: { network_id: network.id },
  });
  const guest = await behind(trial, tenant, router, 'tenant', 'fd41:4::/64');
  const { upstream_routes: routes } = await tenant.client.show('router', router.id);
  await first.leadTo(routes);
  const leads = async (what: string, to: Outside | undefined, core = false): Promise<void> => {
    const expected = to === undefined ? 'nowhere' : `${to.linkLocal} (advertisement)`;
    let seen = '';
    await waitUntil(async () => {
      const { next_hops: hops } = await tenant.client.show('router', router.id);
      seen = hops.map(({ nexthop, origin }) => `${nexthop} (${origin})`).join(', ') || 'nowhere';
      return seen === expected;
    }, LEARNED_MS);
    trial.show({ what, expected, seen, ok: seen === expected, core });
  };
  await leads('the way out, when a router upstream advertises itself', first, true);
  await bothWays(trial, first, [guest], 'by a next hop that was learned');

  // What nobody may send, somebody on the link does: it is one of the usual, and the others are heard all the same.
  first.advertiser?.change({ ...lasting, preference: 'reserved' });
  const advertised = { ...lasting, preference: 'high' } as const;
  const second = await Outside.start(trial, network, { beyond: FURTHER, number: 0x45, advertised });
  await second.leadTo(routes);
  await leads('the way out, when another one with a higher preference comes (RFC 4191)', second);
  trial.show(await pingPassesSoon({ what: 'what is beyond that one' }, guest.instance, second.host));
  second.advertiser?.change({ routerLifetime: 0 });
  await leads('the way out, when that one gives up', first);
  trial.show(await pingPassesSoon({ what: 'what is beyond the first, again' }, guest.instance, first.host));
  first.advertiser?.change({ ...lasting, routerLifetime: 2 });
  await first.advertiser?.stop();
  await leads('the way out, when the first has not been heard of for its lifetime', undefined);
}

/** With a subnet on the external network, whose gateway is the router upstream. */
async function bySubnet(trial: Trial): Promise<void> {
  const tenant = trial.tenant('subnet');
  const network = await tenant.network('outside', 'vlan', { 'router:external': true });
  const upstream = LINK.at(1n);
  await tenant.subnet6(network, `${LINK}`, undefined, { gateway_ip: `${upstream}`, enable_dhcp: false });
  const outside = await Outside.start(trial, network, {
    ...{ beyond: BEYOND, number: 0x42, onLink: [[upstream, 64]] as const },
  });
  const router = await tenant.make('router', {
    name: 'edge',
    external_gateway_info: { network_id: network.id },
  });
  const guest = await behind(trial, tenant, router, 'tenant', 'fd41:3::/64');
  const { external_gateway_info: info } = await tenant.client.show('router', router.id);
  const nexthop = info?.external_fixed_ips?.[0]?.ip_address ?? '';
  await outside.leadTo([{ destination: 'fd41:3::/64', nexthop }]);
  await bothWays(trial, outside, [guest], 'by the gateway_ip of an external subnet');
}

async function bothWays(
  trial: Trial,
  outside: Outside,
  guests: readonly Guest[],
  how: string,
): Promise<void> {
  const echo = await trial.tcpEcho(outside.beyond, TCP_PORT);
  for (const { instance, address } of guests) {
    const from = `${how}, ${instance.name}`;
    trial.show(
      await pingPassesSoon({ what: `${from} reaches a host beyond`, core: true }, instance, outside.host),
    );
    trial.show(
      await pingPasses({ what: `${from} is reached from there`, core: true }, outside.beyond, address),
    );
    trial.show(await tcpPasses({ what: `TCP, ${from}`, core: true }, instance, outside.host, TCP_PORT, BULK));
    const seen = echo.clients.at(-1);
    trial.show({
      what: `the source that the host beyond sees of it, ${from}`,
      expected: `${address}: IPv6 is not translated`,
      seen: `${seen ?? 'none'}`,
      ok: seen?.equals(address) === true,
    });
  }
}

/** What has a source of nobody's stays inside, even from an instance that may send what it likes. */
async function nothingForeign(trial: Trial, tenant: Tenant, outside: Outside, guest: Guest): Promise<void> {
  await tenant.client.update('port', guest.port.id, { security_groups: [], port_security_enabled: false });
  const device = guest.instance.interface('eth0');
  device.addAddress(FOREIGN, 128);
  const capture = trial.capture(outside.device);
  const what = 'from an instance without port security, with a source that is not of its router’s prefixes';
  trial.show(await pingFails({ what }, guest.instance, outside.host, { source: FOREIGN }));
  trial.show(await pingPasses({ what: 'with its own, meanwhile' }, guest.instance, outside.host));
  await capture.settle();
  const foreign = capture.observations.filter(
    ({ frame }) => frame.network.kind === 'ipv6' && frame.network.source.equals(FOREIGN),
  );
  trial.show(
    await trial.proven(
      {
        what: 'packets with that source on the external network',
        expected: 'none',
        seen: `${foreign.length}`,
        ok: foreign.length === 0,
      },
      capture,
      'foreign-source',
    ),
  );
}

/** Where there are several hosts, each has its share of the gateways. */
async function spread(trial: Trial): Promise<void> {
  if (!trial.isSextant) return;
  const tenant = trial.tenant('many');
  const network = await tenant.network('outside', 'vlan', { 'router:external': true });
  const hosts = new Map<string, number>();
  let standbys = 0;
  for (let index = 0; index < 6; index++) {
    const wish = { name: `router-${index}`, external_gateway_info: { network_id: network.id } };
    const { gateway_hosts: places } = await trial.showAsAdmin(
      'router',
      (await tenant.make('router', wish)).id,
    );
    const first = places[0]?.host ?? 'none';
    hosts.set(first, (hosts.get(first) ?? 0) + 1);
    standbys += places.length - 1;
  }
  const counts = [...hosts.values()];
  trial.show({
    what: `gateways of six routers over ${hosts.size} host(s)`,
    expected: 'each host has as many, within one of each other',
    seen: `${Array.from(hosts, ([host, count]) => `${host}: ${count}`).join(', ')}; ${standbys} stand by`,
    ok: !hosts.has('none') && Math.max(...counts) - Math.min(...counts) <= 1,
  });
}
