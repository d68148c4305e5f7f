import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import pino from 'pino';
import { networkFacts, portFacts, subnetFacts } from '../../../test/support/facts.ts';
import { KnownFacts } from '../../../test/support/known-facts.ts';
import { Address, linkLocalAddress, Mac, Prefix } from '../../addressing/index.ts';
import { decodeFrame, encodeFrame, frame, icmpv6, ipv6, udp } from '../../packets/frame.ts';
import { ALL_NODES, multicastMac, solicitedNode } from '../../packets/multicast.ts';
import { AddressBinder, MOST_TAKEN } from './address-binder.ts';

const openPrefixes = ['fe80::/64', 'fd00::/64'].map((text) => Prefix.parse(text));
const macOf = (number: number) => Mac.parse(`02:00:00:00:00:0${number}`);
const FOREIGN = Mac.parse('0e:0e:0e:0e:0e:0e');

/** Two instances on a network, `one` and `two`, that may take addresses, and one that may not. */
function setting({ isPhysical = false, others = [] as string[], remembered = [] as string[] } = {}) {
  const network = networkFacts([subnetFacts('fd00::/64')], { isPhysical });
  const facts = new KnownFacts();
  facts.setNetwork(network.id, network);
  const put = (
    name: string,
    number: number,
    more: Partial<ReturnType<typeof portFacts>> = { openPrefixes },
  ) =>
    facts.setPort(name, network.id, portFacts(network, [`fd00::${number}`], { mac: macOf(number), ...more }));
  put('one', 1);
  put('two', 2);
  put('strict', 3, {});
  const sent: { port: string; to: string; frame: Uint8Array }[] = [];
  const told: string[] = [];
  const applied: string[] = [];
  /** What passes of time is up to the test. */
  const waiting: { at: number; resolve: () => void }[] = [];
  let now = 0;
  /** Until when the server is away. */
  const silence = { until: 0 };
  const binder: AddressBinder = new AddressBinder(
    facts,
    {
      send: (port, to, octets) => {
        if (port === 'remote') return false;
        sent.push({ port, to, frame: octets });
        return true;
      },
      apply: async (port) => {
        applied.push(port);
      },
    },
    {
      report: async ({ taken, givenUp }) => {
        if (now < silence.until) throw new Error('away');
        told.push(
          ...givenUp.map(({ portId, address }) => `${portId} gave up ${address}`),
          ...taken.map(({ portId, address }) => `${portId} took ${address}`),
        );
        return taken.filter(({ address }) => others.includes(`${address}`));
      },
      remembered: async (portIds) =>
        portIds.flatMap((portId) => remembered.map((text) => ({ portId, address: Address.parse(text) }))),
    },
    pino({ level: 'silent' }),
    {
      now: () => now,
      pause: (ms) => new Promise<void>((resolve) => waiting.push({ at: now + ms, resolve })),
    },
  );
  const settle = async () => {
    for (let round = 0; round < 20; round++) await turn();
  };
  const pass = async (ms: number) => {
    await settle();
    const end = now + ms;
    for (;;) {
      const next = waiting.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      now = next.at;
      waiting.splice(waiting.indexOf(next), 1);
      next.resolve();
      await settle();
    }
    now = end;
  };
  const bound = (name: string) =>
    binder.takenBy(name).flatMap(({ address, isHeldBack }) => (isHeldBack ? [] : `${address}`));
  /** What went where since the last look, in short. */
  const took = () => sent.splice(0).map(({ port, to, frame: octets }) => `${port} > ${to}: ${short(octets)}`);
  return { facts, network, binder, told, applied, pass, settle, bound, took, put, silence };
}

function short(octets: Uint8Array): string {
  const { source, network } = decodeFrame(octets);
  if (network.kind !== 'ipv6') return network.kind;
  if (network.upper.kind !== 'icmpv6') return `from ${network.source}`;
  const { message } = network.upper;
  if (message.kind === 'neighbour-advertisement') return `${message.target} is ${source}`;
  if (message.kind === 'neighbour-solicitation')
    return network.source.isUnspecified ? `free ${message.target}?` : `who has ${message.target}?`;
  return message.kind;
}

const probe = (text: string, mac = macOf(1)): Uint8Array => {
  const target = Address.parse(text);
  const message = { kind: 'neighbour-solicitation', target, options: [] } as const;
  const packet = ipv6(Address.parse('::'), solicitedNode(target), icmpv6(message), { hopLimit: 255 });
  return encodeFrame(frame(mac, multicastMac(solicitedNode(target)), packet));
};
const claim = (text: string, mac = macOf(1), from = text): Uint8Array => {
  const [target, source] = [text, from].map((one) => Address.parse(one)) as [Address, Address];
  const message = {
    kind: 'neighbour-advertisement',
    router: false,
    solicited: false,
    override: true,
    target,
    options: [],
  } as const;
  return encodeFrame(
    frame(mac, multicastMac(ALL_NODES), ipv6(source, ALL_NODES, icmpv6(message), { hopLimit: 255 })),
  );
};
const data = (text: string, mac = macOf(1)): Uint8Array =>
  encodeFrame(
    frame(mac, multicastMac(ALL_NODES), ipv6(Address.parse(text), ALL_NODES, udp(1, 2, new Uint8Array(3)))),
  );

for (const [what, packet, passed] of [
  ['look whether it is free', probe, 'free fd00::abc?'],
  ['say that it has it', claim, `fd00::abc is ${macOf(1)}`],
  ['send from it', data, 'from fd00::abc'],
] as const) {
  test(`an address is bound to the instance that is first to ${what}, and only then the frame goes on`, async () => {
    const { binder, applied, bound, took, told, pass } = setting();
    const claimed = binder.claimed('one', packet('fd00::abc'));
    await pass(100);
    await claimed;
    assert.deepEqual(bound('one'), ['fd00::abc']);
    assert.deepEqual(applied, ['one']);
    assert.deepEqual(took(), [`one > network: ${passed}`]);
    await pass(1_000);
    assert.deepEqual(told, ['one took fd00::abc']);
  });
}

test('nothing is bound that a port may not take, or that is no frame', async () => {
  const { binder, bound, took } = setting();
  await binder.claimed('one', probe('fd01::abc'));
  await binder.claimed('strict', probe('fd00::abc'));
  await binder.claimed('unknown', probe('fd00::abc'));
  await binder.claimed('one', probe('fd00::abc').subarray(0, 60));
  assert.deepEqual([bound('one'), bound('strict'), took()], [[], [], []]);
});

test('what was given to another port, or is the network its own, is refused: who looks is told', async () => {
  const { binder, bound, took } = setting();
  await binder.claimed('one', probe('fd00::2'));
  await binder.claimed('one', claim('fd00::2'));
  await binder.claimed('one', data('fd00::2'));
  assert.deepEqual(took(), [`one > instance: fd00::2 is ${macOf(2)}`]);
  assert.deepEqual(bound('one'), []);
});

test("an advertisement goes on only from an address that is the port's, whatever address it is of", async () => {
  const { binder, bound, took, pass } = setting();
  await binder.claimed('two', probe('fd00::abc', macOf(2)));
  await pass(10_000);
  took();
  const others = ['fd00::abc', 'fd00::2', 'fe80::a9fe:a9fe', `${linkLocalAddress(macOf(2))}`, 'fd00::def'];
  for (const from of others) {
    await binder.claimed('one', claim('fd00::1', macOf(1), from));
    const taking = binder.claimed('one', claim('fd00::123', macOf(1), from));
    await pass(1_000);
    await taking;
    assert.deepEqual(took(), [], from);
  }
  assert.deepEqual(bound('one'), ['fd00::123']);
  for (const from of ['fd00::123', 'fd00::1', `${linkLocalAddress(macOf(1))}`]) {
    await binder.claimed('one', claim('fd00::1', macOf(1), from));
    assert.deepEqual(took(), [`one > network: fd00::1 is ${macOf(1)}`], from);
  }
});

test('whoever is second is refused while the first answers for the address', async () => {
  const { binder, bound, took, pass, settle } = setting();
  await binder.claimed('one', probe('fd00::abc'));
  await pass(10_000);
  took();
  const second = binder.claimed('two', probe('fd00::abc', macOf(2)));
  await settle();
  assert.deepEqual(took(), ['one > instance: who has fd00::abc?']);
  assert.deepEqual(
    binder.takenBy('one').map(({ isWatched }) => isWatched),
    [true],
    'its answer is to be seen',
  );
  await binder.claimed('one', claim('fd00::abc'));
  await second;
  assert.deepEqual(took(), [`two > instance: fd00::abc is ${macOf(1)}`]);
  assert.deepEqual([bound('one'), bound('two')], [['fd00::abc'], []]);
  await pass(10_000);
});

test('an owner that several want the address of is asked once, and keeps it by one answer', async () => {
  const { binder, bound, took, pass, put } = setting();
  put('three', 4);
  await binder.claimed('one', probe('fd00::abc'));
  await pass(10_000);
  took();
  const [second, third] = [
    binder.claimed('two', probe('fd00::abc', macOf(2))),
    binder.claimed('three', probe('fd00::abc', macOf(4))),
  ];
  await pass(1);
  assert.deepEqual(took(), ['one > instance: who has fd00::abc?']);
  await binder.claimed('one', claim('fd00::abc'));
  await pass(1_000);
  await Promise.all([second, third]);
  assert.deepEqual([bound('one'), bound('two'), bound('three')], [['fd00::abc'], [], []]);
  assert.deepEqual(took(), [
    `two > instance: fd00::abc is ${macOf(1)}`,
    `three > instance: fd00::abc is ${macOf(1)}`,
  ]);
});

test('an address whose owner is silent is given to the next who wants it', async () => {
  const { binder, bound, told, took, pass } = setting();
  await binder.claimed('one', probe('fd00::abc'));
  await pass(10_000);
  const second = binder.claimed('two', probe('fd00::abc', macOf(2)));
  await pass(600);
  await second;
  assert.deepEqual([bound('one'), bound('two')], [[], ['fd00::abc']]);
  assert.deepEqual(
    took().slice(-2),
    [`two > network: fd00::abc is ${macOf(2)}`, 'two > network: free fd00::abc?'],
    'neighbours that know the former owner are told',
  );
  await pass(10_000);
  assert.deepEqual(told, ['one took fd00::abc', 'one gave up fd00::abc', 'two took fd00::abc']);
  const again = `two > network: fd00::abc is ${macOf(2)}`;
  assert.deepEqual(
    took(),
    [again, again],
    'they are told again, for OVN may have told them of the former owner',
  );
});

test('a new owner that lost its address is not announced again', async () => {
  const { binder, took, pass, put } = setting();
  await binder.claimed('one', probe('fd00::abc'));
  await pass(10_000);
  const second = binder.claimed('two', probe('fd00::abc', macOf(2)));
  await pass(600);
  await second;
  took();
  put('two', 2, {}); // it may not have such addresses any more
  await pass(10_000);
  assert.deepEqual(took(), []);
});

test('who looks whether an address is free goes before who claimed it unasked a moment before', async () => {
  const { binder, bound, took, pass } = setting();
  const attacks = [claim, data].map((kind) => binder.claimed('two', kind('fd00::abc', macOf(2))));
  await binder.claimed('one', probe('fd00::abc'));
  await pass(1_000);
  await Promise.all(attacks);
  assert.deepEqual([bound('one'), bound('two')], [['fd00::abc'], []]);
  assert.deepEqual(took(), ['one > network: free fd00::abc?']);
});

test('an attacker that claims in the same moment comes too late, whatever it says', async () => {
  const { binder, bound, took, pass } = setting();
  const victim = binder.claimed('one', probe('fd00::abc'));
  const attacks = [probe, claim, data].map((kind) => binder.claimed('two', kind('fd00::abc', macOf(2))));
  await pass(100);
  await binder.claimed('one', claim('fd00::abc'));
  await pass(1_000);
  await Promise.all([victim, ...attacks]);
  assert.deepEqual([bound('one'), bound('two')], [['fd00::abc'], []]);
  assert.ok(!took().some((what) => what.startsWith('two > network')));
});

for (const [when, since] of [
  ['first', 0],
  ['again, when it starts anew', 60_000],
] as const) {
  test(`an address is not lost while its instance looks ${when} whether it is free, and so does not answer`, async () => {
    const { binder, bound, took, pass } = setting();
    await binder.claimed('one', probe('fd00::abc'));
    await pass(since);
    await binder.claimed('one', probe('fd00::abc'));
    for (const kind of [claim, probe, data]) {
      const attack = binder.claimed('two', kind('fd00::abc', macOf(2)));
      await pass(1_000);
      await attack;
    }
    assert.deepEqual([bound('one'), bound('two')], [['fd00::abc'], []]);
    assert.deepEqual(took(), ['one > network: free fd00::abc?', `two > instance: fd00::abc is ${macOf(1)}`]);
  });
}

test('what the server knows already is not lost either while its instance looks', async () => {
  const { binder, bound, pass, took } = setting({ remembered: ['fd00::abc'] });
  await binder.follow(new Set(['one']));
  await binder.claimed('one', probe('fd00::abc'));
  const attack = binder.claimed('two', claim('fd00::abc', macOf(2)));
  await pass(1_000);
  await attack;
  assert.deepEqual([bound('one'), bound('two'), took()], [['fd00::abc'], [], []]);
});

test('who looks elsewhere is answered for the instance that has the address', async () => {
  const { binder, took } = setting();
  await binder.claimed('one', probe('fd00::abc'));
  took();
  await binder.heard('one', probe('fd00::abc', FOREIGN));
  await binder.heard('one', probe(`${linkLocalAddress(macOf(1))}`, FOREIGN));
  assert.deepEqual(took(), [
    `one > network: fd00::abc is ${macOf(1)}`,
    `one > network: ${linkLocalAddress(macOf(1))} is ${macOf(1)}`,
  ]);
});

test('an address that somebody elsewhere looks for is not to be had meanwhile', async () => {
  const { binder, bound, took } = setting();
  await binder.heard('two', probe('fd00::abc', FOREIGN));
  await binder.claimed('two', claim('fd00::abc', macOf(2)));
  await binder.claimed('two', probe('fd00::abc', macOf(2)));
  assert.deepEqual(bound('two'), []);
  assert.deepEqual(took(), [`two > instance: fd00::abc is ${FOREIGN}`]);
});

test('the outside of a physical network is asked before an address is bound', async () => {
  const { binder, bound, took, pass, settle } = setting({ isPhysical: true });
  const looking = binder.claimed('one', probe('fd00::abc'));
  await settle();
  assert.deepEqual(took(), ['one > network: free fd00::abc?'], 'the question asks by itself');
  assert.deepEqual(
    binder.takenBy('one').map(({ address, isHeldBack }) => [`${address}`, isHeldBack]),
    [['fd00::abc', true]],
    'nothing is let through meanwhile',
  );
  await pass(300);
  await looking;
  assert.deepEqual([bound('one'), took()], [['fd00::abc'], []]);

  const sending = binder.claimed('one', data('fd00::def'));
  await pass(100);
  assert.deepEqual(took(), ['one > network: who has fd00::def?']);
  await pass(300);
  await sending;
  assert.deepEqual(took(), ['one > network: from fd00::def'], 'what was held back goes on after that');
});

test('of two that look at the same time on a physical network, the second is told that it is late', async () => {
  const { binder, bound, took, pass } = setting({ isPhysical: true });
  const looking = [1, 2].map((number) =>
    binder.claimed(number === 1 ? 'one' : 'two', probe('fd00::abc', macOf(number))),
  );
  await pass(1_000);
  await Promise.all(looking);
  assert.deepEqual([bound('one'), bound('two')], [['fd00::abc'], []]);
  assert.deepEqual(took().toSorted(), [
    'one > network: free fd00::abc?',
    `two > instance: fd00::abc is ${macOf(1)}`,
  ]);
});

test('what a station outside has is refused, and stays refused', async () => {
  const { binder, bound, took, pass, settle } = setting({ isPhysical: true });
  const looking = binder.claimed('one', probe('fe80::ffff'));
  await settle();
  await binder.heard('one', claim('fe80::ffff', FOREIGN));
  await pass(300);
  await looking;
  assert.deepEqual(bound('one'), []);
  assert.deepEqual(took().at(-1), `one > instance: fe80::ffff is ${FOREIGN}`);
  for (const kind of [claim, data, probe]) await binder.claimed('two', kind('fe80::ffff', macOf(2)));
  assert.deepEqual(bound('two'), []);
});

test('an instance cannot pose as the outside', async () => {
  const { binder, bound, pass, settle } = setting({ isPhysical: true });
  const looking = binder.claimed('one', probe('fd00::abc'));
  await settle();
  await binder.heard('one', claim('fd00::abc', macOf(2)));
  await pass(300);
  await looking;
  assert.deepEqual(bound('one'), ['fd00::abc']);
});

test('a port takes a bounded number: addresses in use stay, those that are not make room', async () => {
  const { binder, bound, pass, settle } = setting();
  const addresses = Array.from({ length: MOST_TAKEN }, (_, index) => `fd00::1:${(index + 1).toString(16)}`);
  for (const address of addresses) await binder.claimed('one', probe(address));
  assert.equal(bound('one').length, MOST_TAKEN);
  await pass(60_000);
  const more = binder.claimed('one', data('fd00::2:1'));
  await settle();
  for (const address of addresses.slice(0, 4)) await binder.claimed('one', claim(address));
  await pass(1_000);
  await more;
  assert.ok(!bound('one').includes('fd00::2:1'), 'all that could make room are in use');
  const another = binder.claimed('one', data('fd00::2:2'));
  await pass(1_000);
  await another;
  assert.ok(bound('one').includes('fd00::2:2'));
  assert.ok(addresses.slice(0, 4).every((address) => bound('one').includes(address)));
  assert.ok(bound('one').length <= MOST_TAKEN);
});

test('a port that takes ever more addresses is held to a pace', async () => {
  const { binder, bound, pass } = setting();
  for (let index = 1; index <= 1_000; index++) {
    void binder.claimed('one', data(`fd00::3:${index.toString(16)}`));
    if (index % 50 === 0) await pass(1_000);
  }
  await pass(1_000);
  assert.ok(bound('one').length <= MOST_TAKEN);
});

test('what an instance of another host took is refused as long as that host says so', async () => {
  const others = ['fd00::abc'];
  const { binder, bound, took, told, pass } = setting({ others });
  const looking = binder.claimed('one', probe('fd00::abc'));
  await pass(50);
  assert.deepEqual(bound('one'), [], 'the guard does not let it through meanwhile');
  assert.deepEqual(took(), ['one > network: free fd00::abc?'], 'the other host asks its instance');
  await pass(3_000);
  await looking;
  assert.deepEqual(bound('one'), []);
  const [second, third, refusal = ''] = took();
  // The first packet of a tunnel may be lost.
  assert.deepEqual([second, third], Array(2).fill('one > network: free fd00::abc?'));
  assert.match(refusal, /^one > instance: fd00::abc is/);
  others.length = 0; // that instance was silent: its host gave the address up
  const again = binder.claimed('one', data('fd00::abc'));
  await pass(200);
  await again;
  assert.deepEqual([bound('one'), took()], [['fd00::abc'], ['one > network: from fd00::abc']]);
  assert.deepEqual(told, Array(5).fill('one took fd00::abc'));
});

test('an instance of another host is given what the one here does not use any more', async () => {
  const { binder, bound, took, told, pass } = setting();
  await binder.claimed('one', probe('fd00::abc'));
  await pass(60_000);
  took();
  const asked = () => binder.heard('one', probe('fd00::abc', macOf(2)));
  const first = asked();
  await pass(1);
  assert.deepEqual(took(), ['one > instance: who has fd00::abc?']);
  await binder.claimed('one', claim('fd00::abc'));
  await first;
  assert.deepEqual(took(), [`one > network: fd00::abc is ${macOf(1)}`]);
  const second = asked();
  await pass(1_000);
  await second;
  assert.deepEqual([bound('one'), told.at(-1)], [[], 'one gave up fd00::abc']);
});

test('a server that does not answer costs an instance a tenth of a second; what it says later counts', async () => {
  const others = ['fd00::abc'];
  const { binder, bound, took, pass, silence } = setting({ others });
  silence.until = 5_000;
  const looking = binder.claimed('one', probe('fd00::abc'));
  await pass(100);
  await looking;
  assert.deepEqual([bound('one'), took()], [['fd00::abc'], ['one > network: free fd00::abc?']]);
  await pass(10_000);
  assert.deepEqual(bound('one'), []);
  assert.match(took().at(-1) ?? '', /^one > instance: fd00::abc is/);
});

test('a binding that is used stays; one that is not is asked for, and ends when its instance is silent', async () => {
  const { binder, bound, took, told, pass } = setting();
  for (const address of ['fd00::1:1', 'fd00::1:2', 'fd00::1:3']) await binder.claimed('one', probe(address));
  await pass(60_000);
  took();
  let packets = 0;
  const renew = () => binder.renew(({ address }) => (`${address}` === 'fd00::1:1' ? ++packets : 7));
  await renew();
  await pass(299_000);
  await renew();
  assert.deepEqual(took(), [], 'it is not yet time');
  await pass(1_000);
  const renewed = renew();
  await pass(1);
  assert.deepEqual(took(), ['one > instance: who has fd00::1:2?', 'one > instance: who has fd00::1:3?']);
  await binder.claimed('one', claim('fd00::1:3'));
  await pass(1_000);
  await renewed;
  assert.deepEqual(bound('one').sort(), ['fd00::1:1', 'fd00::1:3']);
  assert.equal(told.at(-1), 'one gave up fd00::1:2');
});

test('what somebody has forgotten at the server ends; what was kept, and what is taken later, stays', async () => {
  const { binder, bound, put, pass } = setting();
  await binder.follow(new Set(['one']));
  for (const address of ['fd00::1:1', 'fd00::1:2']) await binder.claimed('one', probe(address));
  const learnedReset = { serial: 1, kept: [Address.parse('fd00::1:2')] };
  put('one', 1, { openPrefixes, learnedReset });
  assert.deepEqual(bound('one'), ['fd00::1:2']);
  await binder.claimed('one', probe('fd00::1:1'));
  put('one', 1, { openPrefixes, learnedReset, hostname: 'another' });
  assert.deepEqual(bound('one'), ['fd00::1:2', 'fd00::1:1']);
  await pass(1_000);
});

test('what a port that goes elsewhere had taken is the server its to know', async () => {
  const { binder, bound, told, pass } = setting({ remembered: ['fd00::1:1'] });
  await binder.follow(new Set(['one']));
  await binder.follow(new Set());
  assert.deepEqual(bound('one'), []);
  await binder.follow(new Set(['one']));
  assert.deepEqual(bound('one'), ['fd00::1:1']);
  await pass(1_000);
  assert.deepEqual(told, [], 'nothing was given up');
});

test('what a port is given is no longer another one its instance took; what its prefixes do not allow ends', async () => {
  const { binder, bound, put, pass } = setting();
  await binder.claimed('one', probe('fd00::5'));
  put('late', 5);
  await pass(1);
  assert.deepEqual(bound('one'), []);
  await binder.claimed('one', probe('fd00::abc'));
  put('one', 1, {});
  assert.deepEqual(bound('one'), []);
});

test('what the server knows already is bound from the beginning', async () => {
  const { binder, bound, took, settle } = setting({ remembered: ['fd00::abc'] });
  await binder.follow(new Set(['one']));
  assert.deepEqual(bound('one'), ['fd00::abc']);
  const second = binder.claimed('two', probe('fd00::abc', macOf(2)));
  await settle();
  assert.deepEqual(took(), ['one > instance: who has fd00::abc?']);
  await binder.claimed('one', claim('fd00::abc'));
  await second;
  assert.deepEqual(took(), [`two > instance: fd00::abc is ${macOf(1)}`]);
});
