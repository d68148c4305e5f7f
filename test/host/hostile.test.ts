/**
 * Random attacks against random victims, for some seconds, or as long as `npm run test:hostile` is told to. What one
 * run found, the next does again with the same seed: `SEXTANT_SEED=7 SEXTANT_HOSTILE_SECONDS=60 npm run test:hostile`.
 * That the same attacks do harm past the guard is seen by `sextant gap`.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Address, linkLocalAddress, Mac, Prefix } from '../../src/addressing/index.ts';
import { rogueAdvertisements } from '../../src/gap/use-cases/first-hop/rogue-advertisements.ts';
import {
  claimOf,
  discoveryFlood,
  questionAbout,
  spoofedDiscovery,
} from '../../src/gap/use-cases/first-hop/spoofed-discovery.ts';
import { datagram } from '../../src/gap/use-cases/first-hop/spoofed-frames.ts';
import { Capture } from '../../src/lab/capture.ts';
import { PacketSocket } from '../../src/linux/raw-socket/packet-socket.ts';
import { encodeFrame, type Frame } from '../../src/packets/frame.ts';
import { attach } from '../../src/switch/attach.ts';
import { SwitchDatabase } from '../../src/switch/switch-database.ts';
import { silent, startEngine, tool } from '../engine/embedded/support.ts';
import { eventually } from '../support/eventually.ts';
import { randomOf, SEED } from '../support/random.ts';
import {
  addressesOf,
  attachmentOf,
  inside,
  makeNetwork,
  openFacts,
  startAgent,
  temporaryNamespace,
  untilUp,
} from './support.ts';

const SECONDS = Number(process.env.SEXTANT_HOSTILE_SECONDS ?? 10);

const { below, oneOf } = randomOf(SEED);

const openPrefixes = ['fe80::/64', 'fd00::/64'].map((text) => Prefix.parse(text));
/** A victim takes these, one at a time: fewer than a port may have, since the pace of new ones is limited. */
const POOL = 24;
const SETTLED_SECONDS = 10;
/** Later than the question: one that came together with it might be first in the switch. */
const SOON_MS = 10;
const WITHIN_MS = 800;

const ATTACKERS = { 'attacker-1': 1, 'attacker-2': 2 } as const;
const VICTIMS = { 'victim-1': 3, 'victim-2': 4, 'victim-3': 5 } as const;

const station = (number: number) => ({
  mac: Mac.of(0xfa163e000000n + BigInt(number)),
  address: Address.parse(addressesOf(number).global),
  address4: Address.parse(`10.0.0.${number}`),
});

const engine = await startEngine({ after });
const facts = await openFacts(engine, { after });
await startAgent(engine, { after }, facts);
const database = await SwitchDatabase.open(engine.switchDatabase, silent);
after(() => database.close());

const PORTS: Readonly<Record<string, number>> = { ...ATTACKERS, ...VICTIMS };
const namespaces = new Map(Object.keys(PORTS).map((id) => [id, temporaryNamespace({ after })]));
const senders = new Map<string, PacketSocket>();
const captures = new Map<string, Capture>();

before(async () => {
  const more = Object.fromEntries(Object.keys(PORTS).map((id) => [id, { openPrefixes }]));
  await makeNetwork(engine, 'net', PORTS, more);
  for (const [id, number] of Object.entries(PORTS)) {
    const namespace = namespaces.get(id)!;
    await attach({ database, namespace: engine.namespace }, attachmentOf(id, number, namespace));
    await untilUp(engine, id);
    if (id in ATTACKERS) senders.set(id, PacketSocket.forSending(namespace, 'eth0'));
    else captures.set(id, Capture.start(namespace, 'eth0'));
  }
  await tool(engine, 'ovn-nbctl', '--wait=hv', 'sync');
});
after(async () => {
  for (const sender of senders.values()) sender.close();
  for (const capture of captures.values()) await capture.stop();
});

/** What an attacker may send about an address that a victim looks for, in one go. */
function attackOn(target: Address, attacker: number, victim: number): readonly Frame[] {
  const [own, other] = [station(attacker), station(victim)];
  const kinds: readonly (() => readonly Frame[])[] = [
    () => [claimOf(own.mac, target)],
    () => [questionAbout(own.mac, target)],
    () => [datagram(own.mac, target, other)],
    () => [questionAbout(own.mac, target), claimOf(own.mac, target), datagram(own.mac, target, other)],
    () => Array<Frame>(below(30) + 1).fill(oneOf([claimOf, questionAbout])(own.mac, target)),
    () => discoveryFlood(own, other, below(300)),
    () => oneOf(Object.values(spoofedDiscovery(own, other, other, other))).flatMap(({ frames }) => frames),
    () =>
      oneOf(Object.values(rogueAdvertisements(own.mac, other.mac, linkLocalAddress(other.mac)))).flatMap(
        ({ frames }) => frames,
      ),
  ];
  return oneOf(kinds)();
}

/** A victim takes an address while it is attacked, and has it in the end. */
async function round(): Promise<void> {
  const [victim, number] = oneOf(Object.entries(VICTIMS));
  const namespace = namespaces.get(victim)!;
  const target = Address.parse(`fd00::${number}:${below(POOL) + 1}`);
  const planned = Array.from({ length: below(6) + 1 }, () => {
    const [id, attacker] = oneOf(Object.entries(ATTACKERS));
    return { id, after: SOON_MS + below(WITHIN_MS), frames: attackOn(target, attacker, number) };
  });
  const what = `${victim} takes ${target}, attacked ${planned.map(({ id, after }) => `by ${id} after ${after} ms`)}`;
  if (below(4) === 0) {
    await inside(namespace, 'ip', 'link', 'set', 'eth0', 'down');
    await inside(namespace, 'ip', 'link', 'set', 'eth0', 'up');
  }
  const attacks: Promise<void>[] = [];
  const end = captures.get(victim)!.onSent(
    ({ network }) =>
      network.kind === 'ipv6' &&
      network.upper.kind === 'icmpv6' &&
      network.upper.message.kind === 'neighbour-solicitation' &&
      network.upper.message.target.equals(target),
    () => {
      for (const { id, after, frames } of planned)
        attacks.push(
          pause(after).then(() => {
            for (const frame of frames) senders.get(id)!.send(encodeFrame(frame));
          }),
        );
    },
  );
  await inside(namespace, 'ip', '-6', 'address', 'replace', `${target}/64`, 'dev', 'eth0');
  const state = () => inside(namespace, 'ip', '-6', 'address', 'show', 'dev', 'eth0');
  await eventually(what, async () => !(await state()).includes('tentative'), SETTLED_SECONDS);
  await Promise.all(attacks);
  end();
  const text = await state();
  assert.ok(text.includes(`${target}/64`), `${what}: it is gone`);
  assert.ok(!text.includes('dadfailed'), `${what}: ${text}`);
  await inside(namespace, 'ip', '-6', 'address', 'delete', `${target}/64`, 'dev', 'eth0');
}

/** An attacker speaks for an address that is not its own. */
const isImposture = ({ source, network }: Frame): boolean => {
  const attacker = Object.values(ATTACKERS)
    .map(station)
    .find(({ mac }) => mac.equals(source));
  if (attacker === undefined || network.kind !== 'ipv6' || network.upper.kind !== 'icmpv6') return false;
  const own = [attacker.address, linkLocalAddress(attacker.mac)];
  const { message } = network.upper;
  const isOwn = (address: Address) => own.some((one) => one.equals(address));
  if (message.kind === 'neighbour-advertisement') return !isOwn(message.target);
  return message.kind === 'neighbour-solicitation' && !isOwn(network.source);
};

test(`victims keep their addresses, and hear no imposture, for ${SECONDS} s; seed ${SEED}`, async (context) => {
  const end = performance.now() + SECONDS * 1_000;
  let rounds = 0;
  while (performance.now() < end) {
    await round();
    rounds++;
    for (const [id, capture] of captures) {
      await capture.settle();
      const heard = capture.received(isImposture);
      assert.deepEqual(heard, [], `${id} hears an attacker speak for others, seed ${SEED}`);
      capture.observations.length = 0;
    }
  }
  assert.ok(rounds > 0);
  context.diagnostic(`${rounds} rounds, seed ${SEED}`);
});
