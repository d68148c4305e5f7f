/** A router past which instances begin what they like, and nobody outside begins anything: IPv6 without translation. */
import { Address, Prefix } from '../../addressing/index.ts';
import type { Answered } from '../../client/index.ts';
import { type Capture, type LabInstance, ping, waitUntil } from '../../lab/index.ts';
import {
  encodeIpv6Packet,
  type Frame,
  fragmentIpv6,
  frame,
  type Ipv6Packet,
  icmpv6,
  ipv6,
  tcpSyn,
  type UpperLayer,
  udp,
} from '../../packets/index.ts';
import {
  configured,
  type Evidence,
  ipv6Of,
  LiveConnection,
  packetTooBig,
  pingFails,
  pingPasses,
  pingPassesSoon,
  type Tenant,
  type Trial,
  tcpFails,
  tcpPasses,
  udpPasses,
} from '../kit/index.ts';
import { Outside } from './outside-network.ts';

const HOW = 'egress-only';
const [PORT, FORWARDED, CLOSED] = [7041, 7043, 7044];
const BULK = 100_000;
const NARROW_MTU = 1300;
const LARGE = 1400;
const ECHO_MS = 10_000;
/** In which hosts have done what the API says, also on a busy machine. */
const SOON_MS = 20_000;
const QUICK = { count: 1, patienceMs: 500 } as const;
/** Marks what is sent by hand, each by its flow label. */
const FIRST_LABEL = 0x4e000;

interface Guest {
  readonly instance: LabInstance;
  readonly address: Address;
  readonly port: Answered<'port'>;
}

interface World {
  readonly tenant: Tenant;
  readonly outside: Outside;
  readonly external: Answered<'network'>;
  readonly router: Answered<'router'>;
  /** With security groups; and without port security, alone on its network. */
  readonly guarded: Guest;
  readonly open: Guest;
}

export async function tryEgressOnly(trial: Trial): Promise<void> {
  const world = await build(trial);
  const { tenant, router, outside, guarded, open } = world;
  for (const { instance } of [guarded, open]) await trial.tcpEcho(instance, PORT);
  await trial.tcpEcho(outside.beyond, PORT);
  trial.udpEcho(outside.beyond, PORT);
  await control(trial, world);
  const { instance } = guarded;
  const live = await LiveConnection.open(instance, outside.host, PORT);
  await tenant.client.update('router', router.id, { egress_only_ipv6: true });
  for (const { address } of [guarded, open])
    await waitUntil(async () => (await ping(outside.beyond, address, QUICK)).received === 0, SOON_MS);
  const isLive = await live.echoes(ECHO_MS);
  live.close();
  trial.show({
    what: `${HOW}: a connection that an instance began before`,
    expected: 'goes on',
    seen: isLive ? 'goes on' : 'silence',
    ok: isLive,
  });
  await outward(trial, world);
  await inward(trial, world);
  await among(trial, world);
  await exposed(trial, world);
  await tenant.client.update('router', router.id, { egress_only_ipv6: false });
  trial.show(
    await pingPassesSoon({ what: `${HOW}: off again, from outside` }, outside.beyond, guarded.address),
  );
}

async function build(trial: Trial): Promise<World> {
  const tenant = trial.tenant('egress');
  const external = await tenant.network('outside', 'vlan', { 'router:external': true });
  const link = Prefix.parse('fd4e:a:0:1::/64');
  const upstream = link.at(1n);
  await tenant.subnet6(external, `${link}`, undefined, { gateway_ip: `${upstream}`, enable_dhcp: false });
  const outside = await Outside.start(trial, external, {
    ...{ beyond: Prefix.parse('fd4e:0:0:ff::/64'), number: 0x4e, onLink: [[upstream, 64]] as const },
  });
  const made = await tenant.make('router', {
    name: 'edge',
    external_gateway_info: { network_id: external.id },
  });
  const guest = async (name: string, cidr: string, wish: object = {}): Promise<Guest> => {
    const network = await tenant.network(name);
    await tenant.attach(made, await tenant.subnet6(network, cidr, 'slaac'));
    const port = await tenant.port(network, wish);
    const instance = await trial.instance(name, port);
    await configured([instance.interface('eth0'), ipv6Of(port)]);
    return { instance, address: ipv6Of(port), port };
  };
  const guarded = await guest('guarded', 'fd4e:1::/64');
  const open = await guest('open', 'fd4e:2::/64', { port_security_enabled: false, security_groups: [] });
  const router = await tenant.client.show('router', made.id);
  await outside.leadTo(router.upstream_routes);
  return { tenant, outside, external, router, guarded, open };
}

const kindOf = ({ instance: { name } }: Guest): string =>
  name.includes('open') ? 'an instance without port security' : 'an instance with security groups';

/** Without the switch all of it arrives: so what is lost later is lost for that. */
async function control(trial: Trial, world: World): Promise<void> {
  const { outside, guarded, open } = world;
  for (const guest of [guarded, open]) {
    const what = `${HOW}, off, as control: ${kindOf(guest)} is reached from outside`;
    trial.show(await pingPassesSoon({ what, core: true }, outside.beyond, guest.address));
    trial.show(await tcpPasses({ what: `${what}, by TCP` }, outside.beyond, guest.address, PORT));
  }
  trial.show(await byHand(trial, world, 'all'));
}

async function outward(trial: Trial, { outside, guarded, open }: World): Promise<void> {
  const setMtu = (mtu: number) => outside.upstream.run('ip', 'link', 'set', 'eth1', 'mtu', String(mtu));
  for (const guest of [guarded, open]) {
    const { instance } = guest;
    const what = (how: string) => ({ what: `${HOW}: ${kindOf(guest)} begins: ${how}`, core: true });
    trial.show(await pingPasses(what('echo'), instance, outside.host));
    trial.show(await tcpPasses(what('TCP'), instance, outside.host, PORT, BULK));
    trial.show(await udpPasses(what('UDP'), instance, outside.host, PORT));
    await setMtu(NARROW_MTU);
    const narrow = { packetSize: LARGE, mtu: NARROW_MTU };
    trial.show(await packetTooBig(what('what is too big outside'), instance, outside.host, narrow));
    await setMtu(1500);
    trial.show(await refused(trial, guest, outside));
  }
}

/** That nobody listens is an error about what was sent (RFC 4443 section 3.1). */
async function refused(trial: Trial, guest: Guest, { host }: Outside): Promise<Evidence> {
  const capture = trial.capture(guest.instance.interface('eth0'));
  const say = `echo . > /dev/udp/${host}/${CLOSED}`;
  await guest.instance.run('bash', '-c', say).catch(() => {});
  const isError = ({ network }: Frame): boolean =>
    network.kind === 'ipv6' &&
    network.source.equals(host) &&
    network.upper.kind === 'icmpv6' &&
    network.upper.message.kind === 'destination-unreachable';
  const ok = (await capture.waitFor(isError, ECHO_MS)) !== undefined;
  return {
    what: `${HOW}: ${kindOf(guest)} is told that nobody listens outside`,
    expected: 'an ICMPv6 error',
    seen: ok ? 'an ICMPv6 error' : 'nothing',
    ok,
  };
}

async function inward(trial: Trial, world: World): Promise<void> {
  const { outside, guarded, open } = world;
  for (const guest of [guarded, open]) {
    const what = (how: string) => ({ what: `${HOW}: ${kindOf(guest)} from outside: ${how}`, core: true });
    trial.show(await pingFails(what('echo'), outside.beyond, guest.address));
    trial.show(await tcpFails(what('TCP'), outside.beyond, guest.address, PORT));
  }
  trial.show(await byHand(trial, world, 'none'));
}

/** Between networks of the router, and to the router, all is as before. */
async function among(trial: Trial, { guarded, open }: World): Promise<void> {
  const what = (how: string) => ({ what: `${HOW}: from one network of the router to another: ${how}` });
  trial.show(await tcpPasses(what('TCP'), guarded.instance, open.address, PORT, BULK));
  trial.show(await tcpPasses(what('TCP back'), open.instance, guarded.address, PORT, BULK));
  trial.show(await pingPasses(what('echo'), open.instance, guarded.address));
}

/** What is asked for outside by a floating IP is reached by that, and by nothing else. */
async function exposed(trial: Trial, { tenant, external, outside, guarded, open }: World): Promise<void> {
  const floating = await tenant.make('floatingip', {
    ...{ floating_network_id: external.id, port_id: guarded.port.id },
  });
  const address = Address.parse(floating.floating_ip_address);
  const by = { what: `${HOW}: an instance by its floating IP`, core: true };
  trial.show(await pingPassesSoon(by, outside.beyond, address));
  trial.show(await tcpPasses({ what: `${by.what}, TCP` }, outside.beyond, address, PORT, BULK));
  const own = { what: `${HOW}: the same by its own address`, core: true };
  trial.show(await pingFails(own, outside.beyond, guarded.address));
  await tenant.client.delete('floatingip', floating.id);

  const ports = await tenant.make('floatingip', { floating_network_id: external.id });
  const path = `/v2.0/floatingips/${ports.id}/port_forwardings`;
  await tenant.client.request('POST', path, {
    body: {
      port_forwarding: {
        ...{ internal_port_id: open.port.id, internal_ip_address: `${open.address}`, protocol: 'tcp' },
        ...{ external_port: FORWARDED, internal_port: PORT },
      },
    },
  });
  const forwarding = Address.parse(ports.floating_ip_address);
  const forwarded = { what: `${HOW}: a port of a floating IP that is forwarded to an instance` };
  await waitUntil(
    async () => (await tcpPasses(forwarded, outside.beyond, forwarding, FORWARDED)).ok,
    SOON_MS,
  );
  trial.show(await tcpPasses(forwarded, outside.beyond, forwarding, FORWARDED, BULK));
  trial.show(await pingFails({ what: `${HOW}: and nothing else of it` }, outside.beyond, open.address));
  const { port_forwardings: made } = await tenant.client.show('floatingip', ports.id);
  for (const { id } of made) await tenant.client.request('DELETE', `${path}/${id}`);
}

const segment = (...flags: ('syn' | 'ack' | 'fin')[]): UpperLayer => {
  const syn = tcpSyn(PORT, CLOSED);
  return syn.kind === 'tcp' ? { ...syn, segment: { ...syn.segment, flags, acknowledgment: 1 } } : syn;
};

/** What somebody outside may try, and what it is called. */
function attempts({ outside: { host }, open: { address } }: World): [what: string, packets: Ipv6Packet[]][] {
  const sent = (upper: UpperLayer) => [ipv6(host, address, upper)];
  const data = new Uint8Array(2000);
  const whole = ipv6(host, address, udp(PORT, CLOSED, data));
  const pieces = fragmentIpv6(whole, [1400], { identification: 0x4e });
  const invoking = encodeIpv6Packet(ipv6(address, host, udp(CLOSED, CLOSED, new Uint8Array(8))));
  const error = (kind: 'packet-too-big' | 'destination-unreachable', parameter: number) =>
    sent(icmpv6({ kind, code: 0, parameter, invoking }));
  const echo = { identifier: 0x4e, sequence: 1, data: new Uint8Array(8) };
  return [
    ['SYN', sent(tcpSyn(PORT, CLOSED))],
    ['ACK alone', sent(segment('ack'))],
    ['SYN and ACK', sent(segment('syn', 'ack'))],
    ['FIN', sent(segment('fin', 'ack'))],
    ['UDP', sent(udp(PORT, CLOSED, new Uint8Array(8)))],
    ['UDP in fragments', pieces],
    ['an echo reply', sent(icmpv6({ kind: 'echo-reply', ...echo }))],
    ['Packet Too Big about what was never sent', error('packet-too-big', 1280)],
    ['Destination Unreachable about what was never sent', error('destination-unreachable', 0)],
    ['a protocol that is not known', sent({ kind: 'octets', protocol: 253, octets: new Uint8Array(8) })],
  ];
}

const ROUNDS = 3;

/** Which of these arrive at the instance without port security. */
async function byHand(trial: Trial, world: World, wanted: 'all' | 'none'): Promise<Evidence> {
  const { outside, open } = world;
  const device = outside.beyond.interface('eth0');
  const hop = outside.upstream.interface('eth1').mac;
  const capture = trial.capture(open.instance.interface('eth0'));
  const tried = attempts(world);
  const arrived = (): string[] =>
    tried.flatMap(([what], index) => (labelled(capture, FIRST_LABEL + index) ? what : []));
  for (let round = 0; round < ROUNDS && arrived().length < tried.length; round++) {
    for (const [index, [, packets]] of tried.entries())
      for (const packet of packets)
        device.send(frame(device.mac, hop, { ...packet, flowLabel: FIRST_LABEL + index }));
    // What is behind these on the same way has arrived when they have, or will not.
    await (wanted === 'all'
      ? waitUntil(() => arrived().length === tried.length, ECHO_MS)
      : ping(open.instance, outside.host, QUICK));
    await capture.settle();
  }
  const seen = arrived();
  const surprises = tried.map(([what]) => what).filter((what) => seen.includes(what) !== (wanted === 'all'));
  const not = wanted === 'all' ? 'not ' : '';
  const evidence = {
    what: `${HOW}${wanted === 'all' ? ', off, as control' : ''}: what is sent by hand from outside to an instance without port security: ${tried.map(([what]) => what).join(', ')}`,
    expected: `${wanted} of ${tried.length} arrive`,
    seen: `${seen.length} arrive${surprises.length > 0 ? `: ${not}${surprises.join(', ')}` : ''}`,
    ok: surprises.length === 0,
    core: true,
  };
  return trial.proven(evidence, capture, `by-hand-${wanted}`);
}

const labelled = (capture: Capture, label: number): boolean =>
  capture.received(({ network }) => network.kind === 'ipv6' && network.flowLabel === label).length > 0;
