/** Tenants that use the same prefixes, the same addresses and the same MAC addresses, and do not meet. */

import { eui64Address, Mac, Prefix } from '../../addressing/index.ts';
import type { Answered } from '../../client/index.ts';
import {
  type Capture,
  type InstanceInterface,
  type LabInstance,
  type UdpEcho,
  waitUntil,
} from '../../lab/index.ts';
import {
  ALL_NODES,
  BROADCAST_MAC,
  decodeTunnel,
  type Frame,
  frame,
  ipv6,
  multicastMac,
  type Tunnelled,
  udp,
} from '../../packets/index.ts';
import {
  type Carrier,
  configured,
  defineUseCase,
  pingPasses,
  requestOutcome,
  type Tenant,
  type Trial,
  udpPasses,
} from '../kit/index.ts';

const PREFIX = Prefix.parse('fd05::/64');
/** Both tenants' instances have these: nothing but the network tells them apart. */
const MACS = { one: Mac.parse('fa:16:3e:05:00:01'), two: Mac.parse('fa:16:3e:05:00:02') } as const;
/** Nobody has it: a frame for it goes to those who may have any MAC address, as a port without port security may. */
const UNKNOWN = { mac: Mac.parse('02:00:00:00:00:99'), address: PREFIX.at(0x99n) } as const;
const ECHO_PORT = 7005;
/** By this port a frame that was sent to get through is known again. */
const MARKED_PORT = 7055;

export const multiTenantUseCase = defineUseCase({
  id: 'multi-tenant',
  title:
    'All topologies in a multi-tenant environment; isolation by VLAN, GRE, VXLAN, Geneve; transport over IPv4 and IPv6',
  claim: 'partial',
  missing: ['Tunnels are crossed with --hosts alone, in one run over IPv6 or over IPv4 (--underlay).'],
  untried: [
    'All instances are on one host: no tunnel, over IPv4 or IPv6, was crossed, and of what kind they would be does not show.',
  ],
  async gather(trial) {
    const [red, blue] = [trial.tenant('red'), trial.tenant('blue', 'second')];
    await trial.each(['tenant', 'vxlan', 'gre', 'vlan'] as const, async (part, carrier) => {
      const underlay = carrier === 'vlan' ? [] : part.captureCables('underlay');
      const sides = await Promise.all([build(part, red, carrier), build(part, blue, carrier)]);
      await tryNetworks(part, KIND_NAMES[carrier], ...sides);
      if (underlay.length > 0) await tryUnderlay(part, carrier, underlay, sides);
    });
    await tryApi(trial, red, blue);
  },
});

const KIND_NAMES = { tenant: 'overlay', vxlan: 'VXLAN', gre: 'GRE', vlan: 'VLAN' } as const;

interface Side {
  readonly network: Answered<'network'>;
  readonly one: LabInstance;
  readonly two: LabInstance;
  /** On the second instance. */
  readonly echo: UdpEcho;
  readonly captures: readonly Capture[];
}

/** Both tenants' networks of a kind are alike to the last bit of their addresses. */
async function tryNetworks(trial: Trial, kind: string, ofRed: Side, ofBlue: Side): Promise<void> {
  const target = eui64Address(PREFIX, MACS.two);

  for (const [name, side] of [
    ['red', ofRed],
    ['blue', ofBlue],
  ] as const) {
    const what = `${kind}: ${name}'s instance pings ${target}, an address that both tenants have`;
    trial.show(await pingPasses({ what, core: true }, side.one, target));
  }
  trial.show(
    await udpPasses({ what: `${kind}: red's instance sends it a datagram` }, ofRed.one, target, ECHO_PORT),
  );
  trial.show({
    what: `${kind}: datagrams that reached that address`,
    expected: "red's one, blue's none",
    seen: `red's ${ofRed.echo.clients.length}, blue's ${ofBlue.echo.clients.length}`,
    ok: ofRed.echo.clients.length === 1 && ofBlue.echo.clients.length === 0,
    core: true,
  });
  await tryFlood(trial, kind, ofRed, ofBlue);
}

async function build(trial: Trial, tenant: Tenant, carrier: Carrier): Promise<Side> {
  const network = await tenant.network(`${carrier}-network`, carrier);
  const subnet = await tenant.subnet6(network, PREFIX.toString(), 'slaac');
  await tenant.router(`${carrier}-router`, [subnet]);
  const [one, two] = await Promise.all(
    (['one', 'two'] as const).map(async (name) => {
      const port = await tenant.port(network, { mac_address: MACS[name].toString() });
      return trial.instance(name, port);
    }),
  );
  await configured(
    [one!.interface('eth0'), eui64Address(PREFIX, MACS.one)],
    [two!.interface('eth0'), eui64Address(PREFIX, MACS.two)],
  );
  // Where frames for unknown stations go, if they do: to a port that may have any MAC address.
  const unchecked = await tenant.port(network, { security_groups: [], port_security_enabled: false });
  const any = await trial.instance('any', unchecked);
  const captures = [one!, two!, any].map((instance) => trial.capture(instance.interface('eth0')));
  return { network, one: one!, two: two!, echo: trial.udpEcho(two!, ECHO_PORT), captures };
}

/** Whatever red floods its network with, blue's ports see none of it. */
async function tryFlood(trial: Trial, kind: string, red: Side, blue: Side): Promise<void> {
  const sender = red.one.interface('eth0');
  sender.send(...floods(sender));
  const others = red.captures.slice(1);
  await waitUntil(() => Object.values(floodsAt(others)).every((count) => count > 0), 3_000);
  const atRed = floodsAt(others);
  trial.show({
    what: `${kind}: frames for all stations and for unknown ones, sent by red's instance, at red's others`,
    expected: 'each kind arrives',
    seen: Object.entries(atRed)
      .map(([name, count]) => `${name} ${count}`)
      .join(', '),
    ok: Object.values(atRed).every((count) => count > 0),
  });
  await Promise.all(blue.captures.map((capture) => capture.settle()));
  const atBlue = blue.captures.flatMap((capture) => capture.received(isMarked));
  trial.show({
    what: `${kind}: the same, with broadcast and unknown destinations too, at blue's ports`,
    expected: 'none',
    seen: `${atBlue.length} frames`,
    ok: atBlue.length === 0,
    core: true,
    ...(await trial.pcap(blue.captures[1]!, `${kind.toLowerCase()}-blue`)),
  });
}

/**
 * What goes from host to host is in tunnels of the kind, of the family of addresses that the underlay has; what red
 * floods in those with the key of its network alone.
 */
async function tryUnderlay(
  trial: Trial,
  carrier: Carrier,
  captures: readonly Capture[],
  [ofRed, ofBlue]: readonly [Side, Side],
): Promise<void> {
  await Promise.all(captures.map((capture) => capture.settle()));
  const kind = carrier === 'tenant' ? 'geneve' : carrier;
  const seen = captures.flatMap((capture) => capture.received()).map(({ frame }) => frame);
  const packets = seen.flatMap((frame) => {
    const tunnelled = decodeTunnel(frame);
    return tunnelled?.kind === kind && isOfInstance(tunnelled.inner) ? { frame, ...tunnelled } : [];
  });
  const families = new Set(packets.map(({ frame }) => frame.network.kind));
  const bare = seen.filter(isOfInstance);
  trial.show({
    what: `${KIND_NAMES[carrier]}: what hosts send to each other on the underlay`,
    expected: `${TUNNEL_NAMES[kind]} over one family of addresses; nothing of an instance outside of it`,
    seen: `${packets.length} packets in ${TUNNEL_NAMES[kind]} over ${[...families].join(', ')}, ${bare.length} of an instance outside`,
    ok: families.size === 1 && bare.length === 0,
    core: true,
    ...(await trial.pcap(
      captures[0]!,
      `underlay-${kind}`,
      ({ frame }) => decodeTunnel(frame)?.kind === kind,
    )),
  });
  const [red, blue] = [ofRed, ofBlue].map(({ network }) => network['provider:segmentation_id']);
  // OVN has identifiers of its own for Geneve.
  if (carrier !== 'tenant' && red && blue) showKeys(trial, KIND_NAMES[carrier], packets, { red, blue });
}

function showKeys(
  trial: Trial,
  kind: string,
  packets: readonly Tunnelled[],
  { red, blue }: { readonly red: number; readonly blue: number },
): void {
  const keys = new Set(packets.map(({ key }) => key));
  const marked = packets.filter(({ inner }) => isMarked(inner)).map(({ key }) => key);
  const strange = marked.filter((key) => key !== red);
  trial.show({
    what: `${kind}: keys in the tunnels, and those of what red floods`,
    expected: `${red} of red's network and ${blue} of blue's; red's frames with ${red} alone`,
    seen: `${[...keys].sort((one, other) => one - other).join(', ')}; ${marked.length} of red's frames, ${strange.length} with another`,
    ok: keys.has(red) && keys.has(blue) && marked.length > 0 && strange.length === 0,
    core: true,
  });
}

const TUNNEL_NAMES = { geneve: 'Geneve', vxlan: 'VXLAN', gre: 'GRE', vlan: 'VLAN' } as const;

const isOfInstance = ({ network }: Frame): boolean =>
  network.kind === 'ipv6' && PREFIX.contains(network.source);

/** How many frames of each kind devices got. */
function floodsAt(captures: readonly Capture[]): Record<string, number> {
  const got = captures.flatMap((capture) => capture.received(isMarked));
  const to = (mac: Mac): number => got.filter(({ frame: { destination } }) => destination.equals(mac)).length;
  return { multicast: to(multicastMac(ALL_NODES)), broadcast: to(BROADCAST_MAC), unknown: to(UNKNOWN.mac) };
}

/** To all nodes by multicast and broadcast, to a station that nobody knows, and to the address that blue has as well. */
function floods(sender: InstanceInterface): Frame[] {
  const source = eui64Address(PREFIX, sender.mac);
  const payload = udp(MARKED_PORT, MARKED_PORT, new TextEncoder().encode('for red only'));
  return [
    frame(sender.mac, multicastMac(ALL_NODES), ipv6(source, ALL_NODES, payload)),
    frame(sender.mac, BROADCAST_MAC, ipv6(source, ALL_NODES, payload)),
    frame(sender.mac, UNKNOWN.mac, ipv6(source, UNKNOWN.address, payload)),
    frame(sender.mac, MACS.two, ipv6(source, eui64Address(PREFIX, MACS.two), payload)),
  ];
}

const isMarked = ({ network }: Frame): boolean =>
  network.kind === 'ipv6' &&
  network.upper.kind === 'udp' &&
  network.upper.datagram.destinationPort === MARKED_PORT;

/** A member of one project sees nothing of another's. */
async function tryApi(trial: Trial, red: Tenant, blue: Tenant): Promise<void> {
  if (!trial.tellsProjectsApart) {
    trial.couldNotTry(
      'Whether one project sees what another has: without users everybody is an administrator.',
    );
    return;
  }
  const network = await red.network('asked-for');
  const listed = await blue.client.list('network', { id: network.id });
  const { status, seen } = await requestOutcome(() => blue.client.show('network', network.id));
  trial.show({
    what: "blue asks the API for red's network",
    expected: 'status 404, and no trace of it in the list',
    seen: `${seen}, ${listed.length} in the list`,
    ok: status === 404 && listed.length === 0,
    core: true,
  });
}
