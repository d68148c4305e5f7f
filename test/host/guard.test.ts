import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Address, Mac, Prefix } from '../../src/addressing/index.ts';
import { attach } from '../../src/host/attach.ts';
import { PacketSocket } from '../../src/host/raw-socket/packet-socket.ts';
import { SwitchDatabase } from '../../src/host/switch-database.ts';
import { Capture } from '../../src/lab/capture.ts';
import { ETHER_TYPE, encodeEthernet } from '../../src/packets/ethernet.ts';
import { fragmentIpv6 } from '../../src/packets/fragments.ts';
import {
  encodeFrame,
  encodeIpv6Packet,
  frame,
  type Ipv6Packet,
  icmpv6,
  ipv4,
  ipv6,
  udp,
} from '../../src/packets/frame.ts';
import { encodeIcmpv6 } from '../../src/packets/icmpv6.ts';
import type { ExtensionHeader } from '../../src/packets/ipv6-extensions.ts';
import { ALL_NODES, multicastMac, solicitedNode } from '../../src/packets/multicast.ts';
import type { NdOption } from '../../src/packets/nd-options.ts';
import { eventually, silent, startEngine, tool } from '../engine/embedded/support.ts';
import {
  addressesOf,
  attachmentOf,
  makeNetwork,
  openFacts,
  startAgent,
  temporaryNamespace,
  untilUp,
} from './support.ts';

const ATTACKER = Mac.parse('fa:16:3e:00:00:01');
const VICTIM = Mac.parse('fa:16:3e:00:00:02');
const attackerLinkLocal = Address.parse(addressesOf(1).linkLocal);
const attackerGlobal = Address.parse(addressesOf(1).global);
const victimLinkLocal = Address.parse(addressesOf(2).linkLocal);
const victimGlobal = Address.parse(addressesOf(2).global);

const engine = await startEngine({ after });
const facts = await openFacts(engine, { after });
const agent = await startAgent(engine, { after }, facts);
const database = await SwitchDatabase.open(engine.switchDatabase, silent);
after(() => database.close());

let attacker: PacketSocket;
let victim: Capture;

before(async () => {
  await makeNetwork(engine, 'net', { attacker: 1, victim: 2 });
  const [left, right] = [temporaryNamespace({ after }), temporaryNamespace({ after })];
  const theSwitch = { database, namespace: engine.namespace };
  await attach(theSwitch, attachmentOf('attacker', 1, left));
  await attach(theSwitch, attachmentOf('victim', 2, right));
  await untilUp(engine, 'attacker');
  await untilUp(engine, 'victim');
  await tool(engine, 'ovn-nbctl', '--wait=hv', 'sync');
  attacker = PacketSocket.forSending(left, 'eth0');
  victim = Capture.start(right, 'eth0');
});
after(async () => {
  attacker.close();
  await victim.stop();
});

let sequence = 0;

/** Which of the frames that the attacker sends reach the victim, by their octets. */
async function received(frames: readonly Uint8Array[]): Promise<Buffer[]> {
  const before = victim.received().length;
  const data = Buffer.from(`last-${++sequence}`);
  const echo = icmpv6({ kind: 'echo-request', identifier: 1, sequence, data });
  const last = Buffer.from(encodeFrame(frame(ATTACKER, VICTIM, ipv6(attackerGlobal, victimGlobal, echo))));
  for (const octets of [...frames, last]) attacker.send(octets);
  const arrived = () =>
    victim
      .received()
      .slice(before)
      .map(({ octets }) => Buffer.from(octets));
  await eventually('the frame after the others arrives', () =>
    arrived().some((octets) => octets.equals(last)),
  );
  return arrived().filter((octets) => frames.some((sent) => octets.equals(sent)));
}

const multicast = (packet: Ipv6Packet) => encodeFrame(frame(ATTACKER, multicastMac(ALL_NODES), packet));
const unicast = (packet: Ipv6Packet) => encodeFrame(frame(ATTACKER, VICTIM, packet));

const advertisement = (extensions: readonly ExtensionHeader[] = [], destination = ALL_NODES): Ipv6Packet =>
  ipv6(
    attackerLinkLocal,
    destination,
    icmpv6({
      kind: 'router-advertisement',
      hopLimit: 64,
      managed: false,
      otherConfig: false,
      preference: 'high',
      routerLifetime: 1800,
      reachableTime: 0,
      retransTimer: 0,
      options: [
        {
          kind: 'prefix-information',
          prefix: Prefix.parse('2001:db8:bad::/64'),
          onLink: true,
          autonomous: true,
          validLifetime: 3600,
          preferredLifetime: 3600,
        },
      ],
    }),
    { hopLimit: 255, extensions },
  );

const hopByHop: ExtensionHeader = { kind: 'hop-by-hop', options: [] };
const destinationOptions: ExtensionHeader = { kind: 'destination-options', options: [] };
const routing: ExtensionHeader = {
  kind: 'routing',
  routingType: 0,
  segmentsLeft: 0,
  data: new Uint8Array(4),
};
const authentication: ExtensionHeader = {
  kind: 'authentication',
  securityParameters: 1,
  sequence: 1,
  integrity: new Uint8Array(4),
};
const identification = 7;

const bare = (type: number) => icmpv6({ kind: 'other', type, code: 0, body: new Uint8Array(24) });
const neighborAdvertisement = icmpv6({
  kind: 'neighbor-advertisement',
  router: false,
  solicited: true,
  override: true,
  target: attackerGlobal,
  options: [{ kind: 'target-link-layer-address', mac: ATTACKER }],
});

/** Nobody has the target: OVN answers for those that it knows, and passes on the others. */
const solicitation = (options: readonly NdOption[], code = 0, hopLimit = 255): Uint8Array => {
  const target = Address.parse('fd00::beef');
  const message = encodeIcmpv6(
    { kind: 'neighbor-solicitation', target, options },
    attackerGlobal,
    solicitedNode(target),
  );
  const body = message.subarray(4);
  const raw = icmpv6({ kind: 'other', type: 135, code, body });
  const packet = ipv6(attackerGlobal, solicitedNode(target), raw, { hopLimit });
  return encodeFrame(frame(ATTACKER, multicastMac(solicitedNode(target)), packet));
};
const naming = (mac: Mac): NdOption => ({ kind: 'source-link-layer-address', mac });

const ATTACKS: Record<string, Uint8Array[]> = {
  'router advertisement': [multicast(advertisement())],
  'router advertisement to one instance': [unicast(advertisement([], victimLinkLocal))],
  'router advertisement behind hop-by-hop options': [multicast(advertisement([hopByHop]))],
  'router advertisement behind destination options': [multicast(advertisement([destinationOptions]))],
  'router advertisement behind a routing header': [multicast(advertisement([routing]))],
  'router advertisement behind an authentication header': [multicast(advertisement([authentication]))],
  'router advertisement behind many headers': [
    multicast(advertisement([hopByHop, destinationOptions, routing, destinationOptions])),
  ],
  'router advertisement in an atomic fragment': fragmentIpv6(advertisement(), [], { identification }).map(
    multicast,
  ),
  'router advertisement in two fragments': fragmentIpv6(advertisement(), [16], { identification }).map(
    multicast,
  ),
  'router advertisement whose ICMPv6 header is in the second fragment': fragmentIpv6(
    advertisement([destinationOptions]),
    [8],
    { identification },
  ).map(multicast),
  'router advertisement in an LLC/SNAP frame': [snap(advertisement())],
  'router advertisement in a frame with a priority tag': [
    encodeFrame({
      ...frame(ATTACKER, multicastMac(ALL_NODES), advertisement()),
      vlans: [{ protocol: ETHER_TYPE.vlan, priority: 0, dropEligible: false, id: 0 }],
    }),
  ],
  redirect: [
    unicast(
      ipv6(
        attackerLinkLocal,
        victimLinkLocal,
        icmpv6({ kind: 'redirect', target: attackerLinkLocal, destination: victimGlobal, options: [] }),
        { hopLimit: 255 },
      ),
    ),
  ],
  'multicast listener query': [multicast(ipv6(attackerLinkLocal, ALL_NODES, bare(130), { hopLimit: 1 }))],
  'router renumbering': [multicast(ipv6(attackerLinkLocal, ALL_NODES, bare(138)))],
  'multicast router advertisement': [multicast(ipv6(attackerLinkLocal, ALL_NODES, bare(151)))],
  'DHCPv6 server message': [
    unicast(ipv6(attackerLinkLocal, victimLinkLocal, udp(547, 546, new Uint8Array(40)))),
  ],
  'DHCPv6 server message from another source port': [
    unicast(ipv6(attackerLinkLocal, victimLinkLocal, udp(5470, 546, new Uint8Array(40)))),
  ],
  'DHCPv6 server message behind destination options': [
    unicast(
      ipv6(attackerLinkLocal, victimLinkLocal, udp(547, 546, new Uint8Array(40)), {
        extensions: [destinationOptions],
      }),
    ),
  ],
  'DHCPv4 server message': [
    encodeFrame(
      frame(
        ATTACKER,
        VICTIM,
        ipv4(Address.parse('10.0.0.1'), Address.parse('10.0.0.2'), udp(67, 68, new Uint8Array(240))),
      ),
    ),
  ],
  'neighbor advertisement in two fragments': fragmentIpv6(
    ipv6(attackerGlobal, victimGlobal, neighborAdvertisement, { hopLimit: 255 }),
    [16],
    { identification },
  ).map(unicast),
  'neighbor advertisement whose ICMPv6 header is in the second fragment': fragmentIpv6(
    ipv6(attackerGlobal, victimGlobal, neighborAdvertisement, {
      hopLimit: 255,
      extensions: [destinationOptions],
    }),
    [8],
    { identification },
  ).map(unicast),
  'neighbor solicitation that names another MAC address': [solicitation([naming(VICTIM)])],
  'neighbor solicitation that names its own MAC address, then another': [
    solicitation([naming(ATTACKER), naming(VICTIM)]),
  ],
  'neighbor solicitation with a hop limit of 64': [solicitation([naming(ATTACKER)], 0, 64)],
  'neighbor solicitation with a code': [solicitation([naming(ATTACKER)], 1)],
  'neighbor advertisement with a hop limit of 64': [
    unicast(ipv6(attackerGlobal, victimGlobal, neighborAdvertisement, { hopLimit: 64 })),
  ],
  'DHCPv6 server message whose UDP header is in the second fragment': fragmentIpv6(
    ipv6(attackerGlobal, victimGlobal, udp(547, 546, new Uint8Array(40)), {
      extensions: [destinationOptions],
    }),
    [8],
    { identification },
  ).map(unicast),
  'packet whose headers do not end': [unfinishedChain()],
};

/** IPv6 in 802.3 with LLC and SNAP headers (RFC 1042). */
function snap(packet: Ipv6Packet): Uint8Array {
  const octets = encodeIpv6Packet(packet);
  const header = Buffer.from('aaaa0300000086dd', 'hex');
  const length = header.length + octets.length;
  const addresses = { source: ATTACKER, destination: multicastMac(ALL_NODES), vlans: [] };
  return encodeEthernet({ ...addresses, etherType: length }, Buffer.concat([header, octets]));
}

/** Destination options that claim to go on after the end of the packet. */
function unfinishedChain(): Uint8Array {
  const octets = Buffer.from(encodeIpv6Packet(advertisement([destinationOptions])));
  octets[41] = 200; // length of the options, in units of 8 octets
  const addresses = { source: ATTACKER, destination: multicastMac(ALL_NODES), vlans: [] };
  return encodeEthernet({ ...addresses, etherType: ETHER_TYPE.ipv6 }, octets);
}

for (const [what, frames] of Object.entries(ATTACKS)) {
  test(`${what}: does not reach another instance`, async () => {
    const arrived = await received(frames);
    // Of a fragmented packet the later fragments may arrive: without the first one they are nothing.
    assert.ok(arrived.length < frames.length);
    assert.ok(!arrived.some((octets) => octets.equals(frames[0] as Uint8Array)), 'the first frame arrived');
  });
}

const ORDINARY: Record<string, Uint8Array> = {
  'neighbor solicitation that names its own MAC address': solicitation([naming(ATTACKER)]),
  'neighbor solicitation that names none': solicitation([]),
  'neighbor advertisement': unicast(
    ipv6(attackerLinkLocal, victimLinkLocal, neighborAdvertisement, { hopLimit: 255 }),
  ),
  'echo request behind destination options': unicast(
    ipv6(
      attackerGlobal,
      victimGlobal,
      icmpv6({ kind: 'echo-request', identifier: 2, sequence: 1, data: new Uint8Array(8) }),
      {
        extensions: [destinationOptions],
      },
    ),
  ),
  'UDP datagram from a DHCPv6 client': unicast(
    ipv6(attackerLinkLocal, victimLinkLocal, udp(546, 547, new Uint8Array(8))),
  ),
  'UDP datagram': unicast(ipv6(attackerGlobal, victimGlobal, udp(5000, 5001, new Uint8Array(8)))),
  'IPv4 datagram': encodeFrame(
    frame(
      ATTACKER,
      VICTIM,
      ipv4(Address.parse('10.0.0.1'), Address.parse('10.0.0.2'), udp(5000, 5001, new Uint8Array(8))),
    ),
  ),
};

for (const [what, octets] of Object.entries(ORDINARY)) {
  test(`${what}: reaches another instance`, async () => {
    assert.equal((await received([octets])).length, 1);
  });
}

test('fragments of a datagram between global addresses reach another instance', async () => {
  const packet = ipv6(attackerGlobal, victimGlobal, udp(5000, 5001, new Uint8Array(64)));
  assert.equal((await received(fragmentIpv6(packet, [32], { identification }).map(unicast))).length, 2);
});

test('without the guard rules the same router advertisement would arrive', async (t) => {
  await agent.stop();
  await tool(engine, 'ovs-ofctl', 'del-flows', 'br-vif', 'table=1,icmp6');
  t.after(async () => {
    await startAgent(engine, t, facts);
  });
  await eventually(
    'it arrives, once the switch has forgotten what it did with others',
    async () => (await received([multicast(advertisement())])).length === 1,
  );
});
