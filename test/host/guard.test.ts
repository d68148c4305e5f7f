import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Address, Mac, Prefix } from '../../src/addressing/index.ts';
import { rogueAdvertisements } from '../../src/gap/use-cases/first-hop/rogue-advertisements.ts';
import { spoofedDiscovery } from '../../src/gap/use-cases/first-hop/spoofed-discovery.ts';
import {
  falseClaims,
  ownAddressClaim,
  trueClaims,
} from '../../src/gap/use-cases/first-hop/spoofed-frames.ts';
import { boundSourceFlow } from '../../src/host/guard/index.ts';
import { Capture } from '../../src/lab/capture.ts';
import { PacketSocket } from '../../src/linux/raw-socket/packet-socket.ts';
import { Registry } from '../../src/metrics/index.ts';
import { identityOf, OpenFlowConnection } from '../../src/openflow/index.ts';
import { ETHER_TYPE, encodeEthernet } from '../../src/packets/ethernet.ts';
import { fragmentIpv6 } from '../../src/packets/fragments.ts';
import {
  encodeFrame,
  encodeIpv6Packet,
  type Frame,
  frame,
  type Ipv6Packet,
  icmpv6,
  ipv6,
  udp,
} from '../../src/packets/frame.ts';
import type { ExtensionHeader } from '../../src/packets/ipv6-extensions.ts';
import { ALL_NODES, multicastMac } from '../../src/packets/multicast.ts';
import { attach } from '../../src/switch/attach.ts';
import { INSTANCE_BRIDGE, pluggedPort } from '../../src/switch/index.ts';
import { SwitchDatabase } from '../../src/switch/switch-database.ts';
import { silent, startEngine, tool } from '../engine/embedded/support.ts';
import { eventually } from '../support/eventually.ts';
import {
  addressesOf,
  attachmentOf,
  changeFacts,
  inside,
  makeNetwork,
  openFacts,
  startAgent,
  temporaryNamespace,
  untilUp,
} from './support.ts';

const station = (number: number) => ({
  mac: Mac.of(0xfa163e000000n + BigInt(number)),
  address: Address.parse(addressesOf(number).global),
  address4: Address.parse(`10.0.0.${number}`),
});
const [attacker, victim, router] = [1, 2, 3].map(station) as [Station, Station, Station];
type Station = ReturnType<typeof station>;
const attackerLinkLocal = Address.parse(addressesOf(1).linkLocal);
const openPrefixes = ['fe80::/64', 'fd00::/64'].map((text) => Prefix.parse(text));

const engine = await startEngine({ after });
const facts = await openFacts(engine, { after });
const reported: string[] = [];
const metrics = new Registry();
const agent = await startAgent(
  engine,
  { after },
  facts,
  {
    report: async ({ taken }) => {
      reported.push(...taken.map(({ portId, address }) => `${portId} ${address}`));
      return [];
    },
    remembered: async () => [],
  },
  metrics,
);
const database = await SwitchDatabase.open(engine.switchDatabase, silent);
after(() => database.close());

const [left, right] = [temporaryNamespace({ after }), temporaryNamespace({ after })];
let sender: PacketSocket;
let capture: Capture;

before(async () => {
  // OVN's own port security is off: what does not arrive was stopped by the guard.
  await makeNetwork(engine, 'net', { attacker: 1, victim: 2 });
  const theSwitch = { database, namespace: engine.namespace };
  await attach(theSwitch, attachmentOf('attacker', 1, left));
  await attach(theSwitch, attachmentOf('victim', 2, right));
  await untilUp(engine, 'attacker');
  await untilUp(engine, 'victim');
  await tool(engine, 'ovn-nbctl', '--wait=hv', 'sync');
  sender = PacketSocket.forSending(left, 'eth0');
  capture = Capture.start(right, 'eth0');
});
after(async () => {
  sender.close();
  await capture.stop();
});

let sequence = 0;

/** Which of the frames that the attacker sends reach the victim, by their octets. */
async function received(frames: readonly Uint8Array[]): Promise<Buffer[]> {
  const before = capture.received().length;
  const data = Buffer.from(`last-${++sequence}`);
  const echo = icmpv6({ kind: 'echo-request', identifier: 1, sequence, data });
  const last = Buffer.from(encodeFrame(unicast(ipv6(attacker.address, victim.address, echo))));
  for (const octets of frames) sender.send(octets);
  const arrived = () =>
    capture
      .received()
      .slice(before)
      .map(({ octets }) => Buffer.from(octets));
  await eventually('the frame after the others arrives', () => {
    sender.send(last); // again and again: a queue may be full
    return arrived().some((octets) => octets.equals(last));
  });
  return arrived().filter((octets) => frames.some((sent) => octets.equals(sent)));
}

const multicast = (packet: Ipv6Packet): Frame => frame(attacker.mac, multicastMac(ALL_NODES), packet);
const unicast = (packet: Ipv6Packet): Frame => frame(attacker.mac, victim.mac, packet);
const destinationOptions: ExtensionHeader = { kind: 'destination-options', options: [] };
const bare = (type: number) => icmpv6({ kind: 'other', type, code: 0, body: new Uint8Array(24) });

const waves = {
  ...rogueAdvertisements(attacker.mac, victim.mac, Address.parse('fe80::1')),
  ...spoofedDiscovery(attacker, victim, router, router),
};
const [advertisement] = rogueAdvertisements(attacker.mac, victim.mac, Address.parse('fe80::1'))[
  'router advertisements'
]!;

for (const [kind, attacks] of Object.entries(waves)) {
  test(`${kind}: do not reach another instance`, async () => {
    const frames = attacks.flatMap((attack) => attack.frames.map(encodeFrame));
    const rest = attacks.flatMap(({ rest = [] }) => rest.map(encodeFrame));
    // The later fragments of others may arrive: without the first one they are nothing.
    const arrived = await received([...frames, ...rest]);
    assert.deepEqual(
      arrived
        .filter((octets) => frames.some((sent) => octets.equals(sent)))
        .map((octets) => octets.toString('hex')),
      [],
    );
  });
}

for (const [kind, claims] of Object.entries(falseClaims(attacker, victim, router, router))) {
  test(`${kind}: does not reach another instance`, async () => {
    const arrived = await received(claims.map((claim) => encodeFrame(claim.frame)));
    const names = claims.filter((claim) => arrived.some((octets) => octets.equals(encodeFrame(claim.frame))));
    assert.deepEqual(
      names.map(({ what }) => what),
      [],
    );
  });
}

const OTHERS: Record<string, Uint8Array> = {
  'multicast listener query': encodeFrame(
    multicast(ipv6(attackerLinkLocal, ALL_NODES, bare(130), { hopLimit: 1 })),
  ),
  'router renumbering': encodeFrame(multicast(ipv6(attackerLinkLocal, ALL_NODES, bare(138)))),
  'multicast router advertisement': encodeFrame(multicast(ipv6(attackerLinkLocal, ALL_NODES, bare(151)))),
  'packet whose headers do not end': unfinishedChain(),
};

/** Destination options that claim to go on after the end of the packet. */
function unfinishedChain(): Uint8Array {
  const { network } = advertisement!.frames[0]!;
  assert.ok(network.kind === 'ipv6');
  const octets = Buffer.from(encodeIpv6Packet({ ...network, extensions: [destinationOptions] }));
  octets[41] = 200; // length of the options, in units of 8 octets
  const addresses = { source: attacker.mac, destination: multicastMac(ALL_NODES), vlans: [] };
  return encodeEthernet({ ...addresses, etherType: ETHER_TYPE.ipv6 }, octets);
}

for (const [what, octets] of Object.entries(OTHERS)) {
  test(`${what}: does not reach another instance`, async () => {
    assert.deepEqual(await received([octets]), []);
  });
}

const echo = icmpv6({ kind: 'echo-request', identifier: 2, sequence: 1, data: new Uint8Array(8) });
const HEARD_BY_OTHERS: Record<string, Frame> = {
  ...Object.fromEntries(trueClaims(attacker, victim).map((claim) => [claim.what, claim.frame])),
  'echo request behind destination options': unicast(
    ipv6(attacker.address, victim.address, echo, { extensions: [destinationOptions] }),
  ),
  'UDP datagram from a DHCPv6 client': unicast(
    ipv6(attackerLinkLocal, Address.parse(addressesOf(2).linkLocal), udp(546, 547, new Uint8Array(8))),
  ),
};

/** Nobody needs to hear of addresses before they are in use: the agent answers for those who have them. */
test('a solicitation for duplicate address detection: does not reach another instance', async () => {
  assert.deepEqual(await received([encodeFrame(ownAddressClaim(attacker).frame)]), []);
});

for (const [what, sent] of Object.entries(HEARD_BY_OTHERS)) {
  test(`${what}: reaches another instance`, async () => {
    assert.equal((await received([encodeFrame(sent)])).length, 1);
  });
}

test('what does not reach another instance is counted, by why', async () => {
  const drops = async (reason: string): Promise<number> => {
    const family = (await metrics.read()).find(({ name }) => name === 'sextant_guard_drops_total');
    return family?.samples.find(({ labels }) => labels.reason === reason)?.value ?? Number.NaN;
  };
  const from = (mac: Mac, source: Address) => frame(mac, victim.mac, ipv6(source, victim.address, echo));
  const frames: Record<string, Frame> = {
    router: multicast(ipv6(attackerLinkLocal, ALL_NODES, bare(134))),
    mac: from(router.mac, attacker.address),
    source: from(attacker.mac, Address.parse('2001:db8::bad')),
    target: falseClaims(attacker, victim, router, router)['wrong addresses in Neighbour Discovery']!.find(
      ({ what }) => what === "an advertisement of the bystander's address",
    )!.frame,
  };
  for (const [reason, sent] of Object.entries(frames)) {
    const before = await drops(reason);
    for (let count = 0; count < 5; count++) sender.send(encodeFrame(sent));
    await eventually(`${reason} is counted`, async () => (await drops(reason)) >= before + 5);
  }
  const before = await drops('discovery-rate');
  const question = encodeFrame(ownAddressClaim(attacker).frame);
  await eventually('what is too much is counted', async () => {
    // A busy switch loses some before it looks at them.
    for (let count = 0; count < 1_000; count++) sender.send(question);
    return (await drops('discovery-rate')) > before + 100;
  });
});

test('fragments of a datagram between global addresses reach another instance', async () => {
  const packet = ipv6(attacker.address, victim.address, udp(5000, 5001, new Uint8Array(64)));
  const fragments = fragmentIpv6(packet, [32], { identification: 7 });
  assert.equal((await received(fragments.map((part) => encodeFrame(unicast(part))))).length, 2);
});

for (const [what, most, packet] of [
  [
    'DHCPv6',
    100,
    (number: number) =>
      ipv6(attackerLinkLocal, victim.address, udp(546, 547, Buffer.from(`solicit ${number}`))),
  ],
  [
    'Neighbour Discovery',
    600,
    (number: number) => {
      const target = Address.parse('fd00::1:0').plus(number);
      const message = { kind: 'neighbour-solicitation', target, options: [] } as const;
      return ipv6(attacker.address, victim.address, icmpv6(message), { hopLimit: 255 });
    },
  ],
] as const) {
  test(`little of a flood of ${what} passes, and other traffic passes`, async () => {
    const frames = Array.from({ length: 3_000 }, (_, number) => encodeFrame(unicast(packet(number))));
    const { length } = await received(frames);
    assert.ok(length > 0 && length < most, `${length} of ${frames.length}`);
  });
}

const addressIn = (namespace: string, address: string) =>
  inside(namespace, 'ip', '-6', 'address', 'show', 'dev', 'eth0', 'to', address);

test('under the policy `prefix` an instance may take an address; the agent reports it', async () => {
  const own = 'fd00::abcd:1';
  const datagram = encodeFrame(
    unicast(ipv6(Address.parse(own), victim.address, udp(1, 2, new Uint8Array(8)))),
  );
  assert.deepEqual(await received([datagram]), []);
  await changeFacts(engine, 'attacker', 1, { openPrefixes });
  await eventually('the address passes', async () => (await received([datagram])).length === 1);
  await inside(left, 'ip', 'address', 'add', `${own}/64`, 'dev', 'eth0');
  await eventually('it is reported', () => reported.includes(`attacker ${own}`));
  assert.deepEqual(
    reported.filter((report) => report.startsWith('victim')),
    [],
  );
});

test('what an instance sends from an address that it took is counted: so it is known to be used', async (t) => {
  await changeFacts(engine, 'attacker', 1, { openPrefixes });
  const connection = await OpenFlowConnection.open(`${engine.rundir}/${INSTANCE_BRIDGE}.mgmt`);
  t.after(() => connection.close());
  const own = Address.parse('fd00::abcd:2');
  const datagram = encodeFrame(unicast(ipv6(own, victim.address, udp(1, 2, new Uint8Array(8)))));
  const { ofport } = database
    .interfacesOn(INSTANCE_BRIDGE)
    .find((row) => pluggedPort(row)?.id === 'attacker')!;
  const flow = identityOf(boundSourceFlow(own, ofport!));
  const passed = async () => (await connection.flowCounts()).get(flow);
  await eventually('the address passes', async () => (await received([datagram])).length === 1);
  const before = (await passed())!;
  await received(Array(5).fill(datagram));
  // The switch adds up what its cached decisions have seen now and then.
  await eventually('all are counted', async () => (await passed())! >= before + 5);
});

test('an address that another has is a duplicate to the kernel, and its owner hears nothing of it', async () => {
  await changeFacts(engine, 'attacker', 1, { openPrefixes });
  const taken = addressesOf(2).global;
  const before = capture.received().length;
  await inside(left, 'ip', 'address', 'add', `${taken}/64`, 'dev', 'eth0');
  await eventually('the kernel knows', async () => (await addressIn(left, taken)).includes('dadfailed'));
  await capture.settle();
  const heard = capture
    .received(({ source, network }) => source.equals(attacker.mac) && network.kind === 'ipv6')
    .slice(before)
    .filter(({ frame: { network } }) => network.kind === 'ipv6' && network.source.isUnspecified);
  assert.deepEqual(heard, []);
});

test('a port whose facts make it a router advertises itself, in no other name', async () => {
  const [own, ...others] = advertisement!.frames.map(encodeFrame);
  const foreign = waves['router advertisements']!.find(({ what }) => what === "from the router's address")!;
  const inOtherNames = foreign.frames.map(encodeFrame);
  await changeFacts(engine, 'attacker', 1, { role: 'router' });
  await eventually('its own arrives', async () => (await received([own!, ...others])).length > 0);
  assert.deepEqual(await received(inOtherNames), []);
  await changeFacts(engine, 'attacker', 1, {});
  await eventually('it is a host again', async () => (await received([own!])).length === 0);
});

test('without the guard rules the same router advertisement would arrive', async (t) => {
  await agent.stop();
  await tool(engine, 'ovs-ofctl', 'del-flows', 'br-vif', 'table=2,icmp6');
  t.after(async () => {
    await startAgent(engine, t, facts);
  });
  const [octets] = advertisement!.frames.map(encodeFrame);
  await eventually(
    'it arrives, once the switch has forgotten what it did with others',
    async () => (await received([octets!])).length === 1,
  );
});
