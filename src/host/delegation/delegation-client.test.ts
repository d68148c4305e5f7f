import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prefix } from '../../addressing/index.ts';
import {
  DHCPV6_STATUS,
  type Dhcpv6Message,
  type Dhcpv6Option,
  decodeDhcpv6,
  encodeDhcpv6,
  findOption,
  optionsOfKind,
} from '../../packets/index.ts';
import { DelegationClient, type DelegationLease, type WantedAssociation } from './delegation-client.ts';

const DUID = Uint8Array.of(0, 4, 1, 2, 3);
const SERVER = Uint8Array.of(0, 3, 0, 1, 9);
const OTHER = Uint8Array.of(0, 3, 0, 1, 8);
const GIVEN = '2001:db8:a::/56';
const one: WantedAssociation = { iaid: 1, length: 63 };

interface Times {
  readonly preferred?: number;
  readonly valid?: number;
  readonly t1?: number;
  readonly t2?: number;
}

/** A client whose clock is moved by hand. */
function started(
  wanted: readonly WantedAssociation[] = [one],
  leases: readonly DelegationLease[] = [],
  server?: string,
) {
  const clock = { now: 1_000_000_000_000 };
  const client = new DelegationClient(
    { duid: DUID, wanted, leases, server },
    { now: () => clock.now, chance: () => 0.5 },
  );
  const sent = (): Dhcpv6Message[] => client.due().map((one) => decodeDhcpv6(encodeDhcpv6(one)));
  /** What it says next, whenever that is. */
  const next = (): Dhcpv6Message => {
    for (let count = 0; count < 100; count++) {
      const [message] = sent();
      if (message !== undefined) return message;
      clock.now = Math.max(clock.now, Math.ceil(client.nextAt ?? Number.NaN));
    }
    throw new Error('it says nothing');
  };
  const seconds = (): number => Math.floor(clock.now / 1_000);
  return { client, clock, next, sent, seconds };
}

const prefixOption = (text: string, { preferred = 1_000, valid = 2_000 }: Times = {}): Dhcpv6Option => ({
  kind: 'ia-prefix',
  prefix: Prefix.parse(text),
  preferredLifetime: preferred,
  validLifetime: valid,
  options: [],
});
const association = (
  iaid: number,
  options: Dhcpv6Option[],
  { t1 = 0, t2 = 0 }: Times = {},
): Dhcpv6Option => ({
  kind: 'ia-pd',
  iaid,
  t1,
  t2,
  options,
});
const answer = (
  { transaction }: Dhcpv6Message,
  type: 'advertise' | 'reply',
  options: Dhcpv6Option[],
  server = SERVER,
): Dhcpv6Message => ({
  type,
  transaction,
  options: [{ kind: 'client-id', duid: DUID }, { kind: 'server-id', duid: server }, ...options],
});
const given = (text = GIVEN, times: Times = {}, iaid = 1): Dhcpv6Option[] => [
  association(iaid, [prefixOption(text, times)], times),
];
const failed = (code: number): Dhcpv6Option[] => [
  association(1, [{ kind: 'status-code', code, message: 'none left' }]),
];
const prefixesOf = ({ options }: Dhcpv6Message): string[] =>
  optionsOfKind(options, 'ia-pd')
    .flatMap((ia) => optionsOfKind(ia.options, 'ia-prefix'))
    .map(({ prefix }) => `${prefix}`);
const serverOf = ({ options }: Dhcpv6Message): Uint8Array | undefined =>
  findOption(options, 'server-id')?.duid;
const had = ({ leases }: DelegationClient): string[] => leases.map(({ prefix }) => `${prefix}`);

/** A client that has a prefix. */
function bound(times: Times = {}, wanted = [one]) {
  const scene = started(wanted);
  scene.client.receive(answer(scene.next(), 'advertise', given(GIVEN, times)));
  const request = scene.next();
  scene.client.receive(answer(request, 'reply', given(GIVEN, times)));
  return { ...scene, request };
}

test('it asks with what it wishes for, takes what is offered, and has it', () => {
  const { client, next, seconds } = started();
  const solicit = next();
  assert.equal(solicit.type, 'solicit');
  assert.deepEqual(prefixesOf(solicit), ['::/63']);
  assert.equal(serverOf(solicit), undefined);
  client.receive(answer(solicit, 'advertise', given()));
  const request = next();
  assert.deepEqual([request.type, prefixesOf(request)], ['request', [GIVEN]]);
  assert.deepEqual(serverOf(request), SERVER);
  client.receive(answer(request, 'reply', given()));
  assert.deepEqual(client.leases, [
    {
      iaid: 1,
      prefix: Prefix.parse(GIVEN),
      preferredUntil: seconds() + 1_000,
      validUntil: seconds() + 2_000,
    },
  ]);
  assert.deepEqual([client.reason, client.server], ['', '0003000109']);
});

test('without an answer it says it again, at twice the pause each time, and an hour apart at most', () => {
  const { client, clock, next } = started();
  const at: number[] = [];
  for (let count = 0; count < 16; count++) {
    next();
    at.push(clock.now);
  }
  const pauses = at.slice(1).map((time, index) => Math.round((time - (at[index] ?? 0)) / 1_000));
  assert.deepEqual(pauses.slice(0, 4), [1, 2, 4, 8]);
  assert.deepEqual(pauses.slice(-2), [3_600, 3_600]);
  assert.equal(client.reason, 'no DHCPv6 server answers');
});

test('a server may have it ask less often', () => {
  const { client, clock, next } = started();
  const refusal = [...failed(DHCPV6_STATUS.noPrefixAvail), { kind: 'sol-max-rt', seconds: 60 } as const];
  client.receive(answer(next(), 'advertise', refusal));
  assert.match(client.reason, /gives no prefix: none left/);
  for (let count = 0; count < 8; count++) next();
  const before = clock.now;
  next();
  assert.equal(clock.now - before, 60_000);
});

test('of servers it takes the one that is preferred; for one that is before all others it does not wait', () => {
  const preferring = (value: number) => [{ kind: 'preference', value } as const, ...given()];
  const waiting = started();
  const solicit = waiting.next();
  waiting.client.receive(answer(solicit, 'advertise', preferring(1)));
  waiting.client.receive(answer(solicit, 'advertise', preferring(7), OTHER));
  assert.deepEqual(waiting.sent(), [], 'others may answer yet');
  assert.deepEqual(serverOf(waiting.next()), OTHER);
  const hasty = started();
  hasty.client.receive(answer(hasty.next(), 'advertise', preferring(255)));
  assert.equal(hasty.sent()[0]?.type, 'request');
});

test('it heeds nothing that is for others, or that it has not asked for', () => {
  const { client, next } = started();
  const solicit = next();
  const fine = answer(solicit, 'advertise', given());
  client.receive({ ...fine, transaction: solicit.transaction + 1 });
  client.receive({ ...fine, options: fine.options.filter(({ kind }) => kind !== 'server-id') });
  client.receive({ ...fine, options: [{ kind: 'client-id', duid: OTHER }, ...fine.options.slice(1)] });
  client.receive({ ...fine, type: 'reply' });
  assert.equal(next().type, 'solicit');
});

test('it renews at T1, asks any server at T2, and has nothing when the time is over', () => {
  const { client, clock, next } = bound({ preferred: 1_000, valid: 2_000, t1: 300, t2: 700 });
  const since = clock.now;
  const renew = next();
  assert.deepEqual([renew.type, prefixesOf(renew), clock.now - since], ['renew', [GIVEN], 300_000]);
  assert.deepEqual(serverOf(renew), SERVER);
  const types = new Set<string>();
  let asked = renew;
  while (client.leases.length > 0) {
    asked = next();
    types.add(asked.type);
    if (asked.type === 'rebind') assert.equal(serverOf(asked), undefined);
  }
  assert.deepEqual([...types], ['renew', 'rebind', 'solicit']);
  assert.ok(clock.now - since > 1_999_000);
  assert.match(client.reason, /has ended/);
});

test('without T1 and T2 they are at half and four fifths of the preferred lifetime', () => {
  const { clock, next } = bound({ preferred: 1_000, valid: 2_000 });
  const since = clock.now;
  assert.equal(next().type, 'renew');
  assert.equal(Math.round((clock.now - since) / 1_000), 500);
  while (next().type !== 'rebind');
  assert.ok(clock.now - since >= 799_000 && clock.now - since < 900_000);
});

test('a Reply to Renew gives more time, another prefix, or ends one', () => {
  const { client, next, seconds } = bound();
  client.receive(answer(next(), 'reply', given()));
  assert.equal(client.leases[0]?.validUntil, seconds() + 2_000);
  const renumbered = [
    association(1, [prefixOption(GIVEN, { preferred: 0, valid: 0 }), prefixOption('2001:db8:b::/56')]),
  ];
  client.receive(answer(next(), 'reply', renumbered));
  assert.deepEqual(had(client), ['2001:db8:b::/56']);
  client.receive(answer(next(), 'reply', given('2001:db8:b::/56', { preferred: 0, valid: 0 })));
  assert.deepEqual(had(client), []);
  assert.equal(next().type, 'solicit');
});

test('a server that has forgotten is asked for the same', () => {
  const { client, next } = bound();
  client.receive(answer(next(), 'reply', failed(DHCPV6_STATUS.noBinding)));
  const request = next();
  assert.deepEqual([request.type, prefixesOf(request)], ['request', [GIVEN]]);
  client.receive(answer(request, 'reply', given()));
  assert.deepEqual(had(client), [GIVEN]);
});

test('a server that has nothing left any more is not asked without end', () => {
  const { client, clock, next } = started();
  const since: number[] = [];
  for (let round = 0; round < 6; round++) {
    client.receive(answer(next(), 'advertise', given()));
    client.receive(answer(next(), 'reply', failed(DHCPV6_STATUS.noPrefixAvail)));
    since.push(clock.now);
  }
  const pauses = since.slice(1).map((time, index) => time - (since[index] ?? 0));
  assert.ok(
    pauses.every((pause, index) => index === 0 || pause > (pauses[index - 1] ?? 0)),
    `${pauses}`,
  );
});

test('one that offers and then says nothing is asked ten times', () => {
  const { client, next } = started();
  client.receive(answer(next(), 'advertise', given()));
  const types = Array.from({ length: 11 }, () => next().type);
  assert.deepEqual(types, [...Array(10).fill('request'), 'solicit']);
  assert.match(client.reason, /does not answer any more/);
});

for (const [text, reason] of [
  ['fe80::/64', /no prefix that can be routed/],
  ['ff00::/16', /no prefix that can be routed/],
  ['::/56', /no prefix that can be routed/],
  ['fd00:1::/56', undefined],
  ['fd00:a9fe:a9fe::/64', /no prefix that can be routed/],
  ['2001:db8::/80', /longer than \/64/],
  ['2000::/3', /shorter/],
] as const) {
  test(`${text} of a server is ${reason ? 'not ' : ''}used`, () => {
    const { client, next } = started();
    client.receive(answer(next(), 'advertise', given(text)));
    if (reason === undefined) assert.equal(next().type, 'request');
    else {
      assert.match(client.reason, reason);
      assert.equal(next().type, 'solicit');
    }
  });
}

test('prefixes with times that make no sense are not used', () => {
  for (const times of [{ preferred: 3_000 }, { t1: 900, t2: 800 }]) {
    const { client, next } = started();
    client.receive(answer(next(), 'advertise', given(GIVEN, times)));
    assert.equal(next().type, 'solicit');
  }
});

test('who goes on with what another host had asks any server to confirm it', () => {
  const lease = {
    iaid: 1,
    prefix: Prefix.parse(GIVEN),
    preferredUntil: 1_000_000_100,
    validUntil: 1_000_000_900,
  };
  const { client, next, seconds } = started([one], [lease], '0003000109');
  const rebind = next();
  assert.deepEqual([rebind.type, prefixesOf(rebind), had(client)], ['rebind', [GIVEN], [GIVEN]]);
  client.receive(answer(rebind, 'reply', given(), OTHER));
  assert.deepEqual([client.leases[0]?.validUntil, client.server], [seconds() + 2_000, '0003000108']);
});

test('a further association is asked for with the next Renew, at once', () => {
  const { client, next, clock } = bound();
  const before = clock.now;
  client.want([one, { iaid: 7, length: 64 }]);
  const renew = next();
  assert.deepEqual([renew.type, prefixesOf(renew), clock.now], ['renew', [GIVEN, '::/64'], before]);
  client.receive(answer(renew, 'reply', [...given(), ...given('2001:db8:c::/64', {}, 7)]));
  assert.deepEqual(had(client).sort(), [GIVEN, '2001:db8:c::/64']);
});

test('what is not wanted any more is given back to the server, four times at most', () => {
  const { client, next } = bound();
  client.want([]);
  assert.deepEqual(had(client), []);
  const types = Array.from({ length: 4 }, () => {
    const message = next();
    assert.deepEqual([serverOf(message), prefixesOf(message)], [SERVER, [GIVEN]]);
    return message.type;
  });
  assert.deepEqual(types, Array(4).fill('release'));
  assert.equal(client.isDone, false);
  assert.throws(next, /says nothing/);
  assert.equal(client.isDone, true);
  const confirmed = bound();
  confirmed.client.want([]);
  confirmed.client.receive(answer(confirmed.next(), 'reply', []));
  assert.equal(confirmed.client.isDone, true);
});

test('what is wanted again while the former is given back is asked for after that', () => {
  const { client, next } = bound();
  client.want([]);
  const release = next();
  client.want([one]);
  client.receive(answer(release, 'reply', []));
  assert.equal(next().type, 'solicit');
});
