import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { networkFacts, portFacts, subnetFacts } from '../../../../test/support/facts.ts';
import { Address, Prefix } from '../../../addressing/index.ts';
import {
  DHCPV6_STATUS,
  DHCPV6_TYPE,
  type Dhcpv6Message,
  decodeDhcpv6,
  encodeDhcpv6,
} from '../../../packets/dhcpv6.ts';
import { type Dhcpv6Option, findOption, optionsOfKind } from '../../../packets/dhcpv6-options.ts';
import { PacketError } from '../../../packets/wire.ts';
import { answer, serverDuid } from './answer.ts';

const stateful = subnetFacts('fd00:1::/64', {
  dnsServers: [Address.parse('fd00::53'), Address.parse('fd00::54')],
  searchDomains: ['a.example.org', 'b.example.org'],
});
const other = subnetFacts('fd00:2::/64', { leaseTime: { preferred: 100, valid: 200 } });
const slaac = subnetFacts('fd00:3::/64', { raMode: 'slaac', addressMode: 'slaac' });
const network = networkFacts([stateful, other, slaac]);
const port = portFacts(network, ['fd00:1::a', 'fd00:2::b', 'fd00:3::c', 'fd00:1::d']);

const duid = Uint8Array.of(0, 99, 7);
const client: Dhcpv6Option = { kind: 'client-id', duid };
const server: Dhcpv6Option = { kind: 'server-id', duid: serverDuid(network) };
const lease = (text: string): Dhcpv6Option => ({
  kind: 'ia-address',
  address: Address.parse(text),
  preferredLifetime: 0,
  validLifetime: 0,
  options: [],
});
const delegation = (text: string): Dhcpv6Option => ({
  kind: 'ia-prefix',
  prefix: Prefix.parse(text),
  preferredLifetime: 0,
  validLifetime: 0,
  options: [],
});
const ia = (iaid: number, ...options: Dhcpv6Option[]): Dhcpv6Option =>
  options[0]?.kind === 'ia-prefix'
    ? { kind: 'ia-pd', iaid, t1: 0, t2: 0, options }
    : { kind: 'ia-na', iaid, t1: 0, t2: 0, options };
const pd = (iaid: number): Dhcpv6Option => ({ kind: 'ia-pd', iaid, t1: 0, t2: 0, options: [] });

const ask = (
  type: Dhcpv6Message['type'],
  options: Dhcpv6Option[],
  { of = port, on = network, unicast = false } = {},
): Dhcpv6Message | undefined => {
  const reply = answer({ message: { type, transaction: 0xabcdef, options }, unicast }, of, on);
  // What it says can be sent, and read.
  return reply && decodeDhcpv6(encodeDhcpv6(reply));
};

/** Associations in one line each: `1: fd00::a/600/900 T 300 480`, `2: status 2`. */
const told = (reply: Dhcpv6Message | undefined): string[] =>
  (reply?.options ?? []).flatMap((option) => {
    if (option.kind === 'status-code') return [`status ${option.code}`];
    if (option.kind !== 'ia-na' && option.kind !== 'ia-pd' && option.kind !== 'ia-ta') return [];
    const parts = option.options.map((one) => {
      if (one.kind === 'status-code') return `status ${one.code}`;
      if (one.kind === 'ia-address') return `${one.address} ${one.preferredLifetime}/${one.validLifetime}`;
      return one.kind === 'ia-prefix'
        ? `${one.prefix} ${one.preferredLifetime}/${one.validLifetime}`
        : one.kind;
    });
    const times = option.kind === 'ia-ta' || option.t1 === 0 ? '' : `, T ${option.t1} ${option.t2}`;
    return [`${option.kind} ${option.iaid}: ${parts.join(', ')}${times}`];
  });

const all = 'fd00:1::a 600/900, fd00:2::b 100/200, fd00:1::d 600/900';

suite('addresses', () => {
  const cases: [string, Dhcpv6Message['type'], Dhcpv6Option[], string[]][] = [
    ['Solicit with one association', 'solicit', [client, ia(0)], [`ia-na 0: ${all}, T 50 80`]],
    [
      'Solicit with several',
      'solicit',
      [client, ia(5), ia(0)],
      ['ia-na 5: fd00:2::b 100/200, T 50 80', 'ia-na 0: fd00:1::a 600/900, fd00:1::d 600/900, T 300 480'],
    ],
    [
      'Solicit with more than there are',
      'solicit',
      [client, ia(1), ia(2), ia(3), ia(4)],
      [
        'ia-na 1: fd00:1::a 600/900, T 300 480',
        'ia-na 2: fd00:2::b 100/200, T 50 80',
        'ia-na 3: fd00:1::d 600/900, T 300 480',
        `ia-na 4: status ${DHCPV6_STATUS.noAddrsAvail}`,
      ],
    ],
    [
      'a wish for an address of another link is no matter',
      'solicit',
      [client, ia(1, lease('fd09::1'))],
      [`ia-na 1: ${all}, T 50 80`],
    ],
    [
      'Request by what was offered',
      'request',
      [client, server, ia(1, lease('fd00:1::d')), ia(2, lease('fd00:1::a'), lease('fd00:2::b'))],
      ['ia-na 1: fd00:1::d 600/900, T 300 480', 'ia-na 2: fd00:1::a 600/900, fd00:2::b 100/200, T 50 80'],
    ],
    [
      'Request for an address of another link',
      'request',
      [client, server, ia(1, lease('fd09::1'))],
      [`ia-na 1: status ${DHCPV6_STATUS.notOnLink}`],
    ],
    [
      'Request for another port’s address',
      'request',
      [client, server, ia(1, lease('fd00:1::77'))],
      [`ia-na 1: ${all}, T 50 80`],
    ],
    [
      'Renew',
      'renew',
      [client, server, ia(1, lease('fd00:1::a'), lease('fd00:2::b'), lease('fd00:1::d'))],
      [`ia-na 1: ${all}, T 50 80`],
    ],
    ['Rebind', 'rebind', [client, ia(1, lease('fd00:1::a'))], [`ia-na 1: ${all}, T 50 80`]],
    [
      'Renew of an address that the port lost',
      'renew',
      [client, server, ia(1, lease('fd00:1::99'))],
      [`ia-na 1: ${all}, fd00:1::99 0/0, T 50 80`],
    ],
    ['Confirm', 'confirm', [client, ia(1, lease('fd00:1::a'))], [`status ${DHCPV6_STATUS.success}`]],
    [
      'Confirm of an address of another link',
      'confirm',
      [client, ia(1, lease('fd00:1::a'), lease('fd09::1'))],
      [`status ${DHCPV6_STATUS.notOnLink}`],
    ],
    [
      'Confirm of another port’s address',
      'confirm',
      [client, ia(1, lease('fd00:1::77'))],
      [`status ${DHCPV6_STATUS.notOnLink}`],
    ],
    ['Confirm of nothing gets no answer', 'confirm', [client, ia(1)], []],
    ['Release', 'release', [client, server, ia(1, lease('fd00:1::a'))], [`status ${DHCPV6_STATUS.success}`]],
    [
      'Release of what is not the port’s',
      'release',
      [client, server, ia(1, lease('fd00:1::77')), ia(2, lease('fd00:1::a'))],
      [`status ${DHCPV6_STATUS.success}`, `ia-na 1: status ${DHCPV6_STATUS.noBinding}`],
    ],
    ['Decline', 'decline', [client, server, ia(1, lease('fd00:1::a'))], [`status ${DHCPV6_STATUS.success}`]],
    [
      'temporary addresses are refused',
      'solicit',
      [client, { kind: 'ia-ta', iaid: 3, options: [] }],
      [`ia-ta 3: status ${DHCPV6_STATUS.noAddrsAvail}`],
    ],
    [
      'no prefix is delegated',
      'solicit',
      [client, pd(3)],
      [`ia-pd 3: status ${DHCPV6_STATUS.noPrefixAvail}`],
    ],
  ];
  for (const [name, type, options, expected] of cases) {
    test(name, () => assert.deepEqual(told(ask(type, options)), expected));
  }

  test('an instance without served addresses', () => {
    const of = portFacts(network, ['fd00:3::c']);
    assert.deepEqual(told(ask('solicit', [client, ia(1)], { of })), [
      `ia-na 1: status ${DHCPV6_STATUS.noAddrsAvail}`,
    ]);
    assert.deepEqual(told(ask('renew', [client, server, ia(1)], { of })), [
      `ia-na 1: status ${DHCPV6_STATUS.noBinding}`,
    ]);
    assert.deepEqual(told(ask('renew', [client, server, ia(1, lease('fd00:1::a'))], { of })), [
      'ia-na 1: fd00:1::a 0/0',
    ]);
  });

  test('more addresses than fit into a packet: the first ones', () => {
    const of = portFacts(
      network,
      Array.from({ length: 90 }, (_, index) => `fd00:1::1:${index}`),
    );
    const reply = ask('solicit', [client, ia(1)], { of });
    const [given] = optionsOfKind(reply!.options, 'ia-na');
    assert.equal(given?.options.length, 20);
    assert(encodeDhcpv6(reply!).length < 1232);
  });

  test('lifetimes without end', () => {
    const end = 0xffff_ffff;
    const on = networkFacts([subnetFacts('fd00:1::/64', { leaseTime: { preferred: end, valid: end } })]);
    const of = portFacts(on, ['fd00:1::a']);
    assert.deepEqual(told(ask('solicit', [client, ia(1)], { of, on })), [
      `ia-na 1: fd00:1::a ${end}/${end}, T ${end} ${end}`,
    ]);
  });
});

suite('prefixes', () => {
  const of = { ...port, delegatedPrefixes: [Prefix.parse('fd0a::/56'), Prefix.parse('fd0b::/60')] };
  const cases: [string, Dhcpv6Message['type'], Dhcpv6Option[], string[]][] = [
    [
      'Solicit',
      'solicit',
      [client, pd(1)],
      ['ia-pd 1: fd0a::/56 43200/86400, fd0b::/60 43200/86400, T 21600 34560'],
    ],
    [
      'Renew, after one was taken away',
      'renew',
      [
        client,
        server,
        ia(1, delegation('fd0a::/56'), delegation('fd0c::/56')),
        ia(2, delegation('fd0b::/60')),
      ],
      [
        'ia-pd 1: fd0a::/56 43200/86400, fd0c::/56 0/0, T 21600 34560',
        'ia-pd 2: fd0b::/60 43200/86400, T 21600 34560',
      ],
    ],
    [
      'Release of another’s',
      'release',
      [client, server, ia(1, delegation('fd0c::/56'))],
      [`status ${DHCPV6_STATUS.success}`, `ia-pd 1: status ${DHCPV6_STATUS.noBinding}`],
    ],
  ];
  for (const [name, type, options, expected] of cases) {
    test(name, () => assert.deepEqual(told(ask(type, options, { of })), expected));
  }

  test('they are delegated where there is no DHCPv6 otherwise', () => {
    const on = networkFacts([slaac]);
    const delegated = { ...portFacts(on, ['fd00:3::c']), delegatedPrefixes: of.delegatedPrefixes };
    assert.equal(told(ask('solicit', [client, pd(0)], { on, of: delegated })).length, 1);
    assert.equal(ask('solicit', [client, ia(0)], { on, of: portFacts(on, ['fd00:3::c']) }), undefined);
  });
});

suite('messages', () => {
  const foreign: Dhcpv6Option = { kind: 'server-id', duid };
  const association = ia(1, lease('fd00:1::a'));
  const silent: [string, Dhcpv6Message['type'], Dhcpv6Option[]][] = [
    ['Solicit without a client', 'solicit', [association]],
    ['Solicit to a server', 'solicit', [client, server, association]],
    ['Request without a server', 'request', [client, association]],
    ['Request to another server', 'request', [client, foreign, association]],
    ['Renew to another server', 'renew', [client, foreign, association]],
    ['Rebind to a server', 'rebind', [client, server, association]],
    ['Release to another server', 'release', [client, foreign, association]],
    ['Decline without a client', 'decline', [server, association]],
    ['Information-Request with an association', 'information-request', [association]],
    ['Information-Request to another server', 'information-request', [foreign]],
    ['a client without a DUID', 'solicit', [{ kind: 'client-id', duid: new Uint8Array() }, association]],
    ['a DUID without end', 'solicit', [{ kind: 'client-id', duid: new Uint8Array(131) }, association]],
    ['Advertise', 'advertise', [client, server]],
    ['Reply', 'reply', [client, server]],
    ['Reconfigure', 'reconfigure', [client, server]],
    [
      'more associations than anybody has',
      'solicit',
      [client, ...Array.from({ length: 25 }, (_, iaid) => ia(iaid))],
    ],
  ];
  for (const [name, type, options] of silent) {
    test(`${name}: no answer`, () => assert.equal(ask(type, options), undefined));
  }

  test('an answer has the transaction, the client and the server', () => {
    const reply = ask('request', [client, server, association]);
    assert.equal(reply?.type, 'reply');
    assert.equal(reply.transaction, 0xabcdef);
    assert.deepEqual(findOption(reply.options, 'client-id')?.duid, duid);
    assert.deepEqual(findOption(reply.options, 'server-id')?.duid, serverDuid(network));
  });

  test('a client need not wait for other servers', () => {
    const preference = (...more: Dhcpv6Option[]) =>
      findOption(ask('solicit', [client, association, ...more])!.options, 'preference')?.value;
    assert.equal(preference(), 255);
    assert.equal(preference({ kind: 'rapid-commit' }), undefined);
  });

  test('a wish for a prefix of some length is granted', () => {
    const delegated = ['2001:db8:1::/48', '2001:db8:2::/56'].map((text) => Prefix.parse(text));
    const of = { ...port, delegatedPrefixes: delegated };
    const wishes = [ia(1, delegation('::/56')), ia(2, delegation('::/48'))];
    const reply = ask('solicit', [client, ...wishes], { of });
    const given = optionsOfKind(reply!.options, 'ia-pd').map((one) =>
      optionsOfKind(one.options, 'ia-prefix').map(({ prefix }) => String(prefix)),
    );
    assert.deepEqual(given, [['2001:db8:2::/56'], ['2001:db8:1::/48']]);
  });
  test('a wish for a prefix that the port has not is granted by its length, or the nearest that holds it', () => {
    const delegated = ['2001:db8:1::/48', '2001:db8:2::/56', '2001:db8:3::/60'].map((text) =>
      Prefix.parse(text),
    );
    const of = { ...port, delegatedPrefixes: delegated };
    const first = (wish: string) => {
      const reply = ask('solicit', [client, ia(1, delegation(wish)), pd(2)], { of });
      const [given] = optionsOfKind(reply!.options, 'ia-pd');
      return String(optionsOfKind(given!.options, 'ia-prefix')[0]?.prefix);
    };
    assert.equal(first('2001:db8:2::/56'), '2001:db8:2::/56', 'its own');
    assert.equal(first('2001:db8:99::/60'), '2001:db8:3::/60');
    assert.equal(first('2001:db8:99::/56'), '2001:db8:2::/56');
    assert.equal(first('::/58'), '2001:db8:2::/56');
    assert.equal(first('::/64'), '2001:db8:3::/60');
    assert.equal(first('::/32'), '2001:db8:1::/48', 'any, when none is as large');
  });

  test('Solicit is advertised to, or with rapid commit replied to', () => {
    assert.equal(ask('solicit', [client, association])?.type, 'advertise');
    const reply = ask('solicit', [client, association, { kind: 'rapid-commit' }]);
    assert.equal(reply?.type, 'reply');
    assert.ok(findOption(reply.options, 'rapid-commit'));
  });

  test('what is sent to the server’s own address is told to use multicast', () => {
    const reply = ask('renew', [client, server, association], { unicast: true });
    assert.deepEqual(told(reply), [`status ${DHCPV6_STATUS.useMulticast}`]);
    assert.equal(reply?.options.length, 3);
    assert.equal(ask('solicit', [client, association], { unicast: true }), undefined);
    assert.equal(ask('information-request', [], { unicast: true }), undefined);
  });

  test('ports of routers get nothing', () => {
    assert.equal(ask('solicit', [client, association], { of: { ...port, isRouterPort: true } }), undefined);
  });
});

suite('settings', () => {
  const requesting = (...codes: number[]): Dhcpv6Option => ({ kind: 'option-request', codes });
  const texts = (options: readonly Dhcpv6Option[]): string[] =>
    options.flatMap((option) => {
      if (option.kind === 'dns-servers') return option.servers.map(String);
      if (option.kind === 'domain-search') return [...option.domains];
      return [];
    });

  test('DNS servers and search list of the port’s subnets, to a client without an identity too', () => {
    const reply = ask('information-request', [requesting(23, 24, 32)]);
    assert.deepEqual(texts(reply!.options), ['fd00::53', 'fd00::54', 'a.example.org', 'b.example.org']);
    assert.equal(findOption(reply!.options, 'information-refresh-time')?.seconds, 3600);
    assert.equal(findOption(reply!.options, 'client-id'), undefined);
  });

  test('only what the client asks for; DNS if it does not say', () => {
    assert.deepEqual(texts(ask('information-request', [requesting(24)])!.options), [
      'a.example.org',
      'b.example.org',
    ]);
    assert.equal(texts(ask('information-request', [])!.options).length, 4);
  });

  test('the network’s domain is searched where the subnet names none; the host resolves names where it is on-link', () => {
    const heard = (raMode: 'dhcpv6-stateful' | null) => {
      const on = networkFacts([subnetFacts('fd00:1::/64', { raMode })], { dnsDomain: 'net.example.org' });
      return texts(ask('information-request', [], { on, of: portFacts(on, ['fd00:1::a']) })!.options);
    };
    assert.deepEqual(heard('dhcpv6-stateful'), ['fd00:a9fe:a9fe::254', 'net.example.org']);
    assert.deepEqual(heard(null), ['net.example.org']);
  });

  test('the unspecified address is no DNS server', () => {
    const on = networkFacts([subnetFacts('fd00:1::/64', { dnsServers: [Address.parse('::')] })]);
    assert.deepEqual(texts(ask('information-request', [], { on, of: portFacts(on, []) })!.options), []);
  });

  test('options of the port go before those of the subnet; those of IPv4 do not count', () => {
    const dhcpOptions = [
      { name: 'dns-server', value: 'fd00::99', family: 6 },
      { name: 'ntp-server', value: 'fd00::7b', family: 6 },
      { name: 'bootfile-url', value: 'http://[fd00::b]/boot', family: 6 },
      { name: 'domain-search', value: 'ignored.example.org', family: 4 },
      { name: 'no-such', value: 'x', family: 6 },
    ] as const;
    const of = { ...port, dhcpOptions };
    const { options } = ask('information-request', [requesting(23, 24, 56, 59)], { of })!;
    assert.deepEqual(texts(options), ['fd00::99', 'a.example.org', 'b.example.org']);
    assert.equal(String(findOption(options, 'ntp-servers')?.servers), 'fd00::7b');
    assert.equal(findOption(options, 'bootfile-url')?.url, 'http://[fd00::b]/boot');
    assert.equal(optionsOfKind(ask('information-request', [], { of })!.options, 'bootfile-url').length, 0);
  });

  test('the client’s name', () => {
    const of = { ...port, hostname: 'web' };
    const on = { ...network, dnsDomain: 'example.org' };
    const named = (options: Dhcpv6Option[], where: typeof network) =>
      findOption(ask('information-request', options, { of, on: where })!.options, 'client-fqdn');
    const clients: Dhcpv6Option = { kind: 'client-fqdn', flags: 0, name: 'mine', complete: false };
    assert.deepEqual(named([clients], on), {
      kind: 'client-fqdn',
      flags: 3,
      name: 'web.example.org',
      complete: true,
    });
    assert.deepEqual(named([{ ...clients, flags: 1 }], network), {
      kind: 'client-fqdn',
      flags: 1,
      name: 'web',
      complete: false,
    });
    assert.equal(named([], on), undefined);
    assert.equal(named([requesting(39)], on)?.name, 'web.example.org');
  });
});

test('whatever arrives, the server goes on, and says nothing that cannot be sent or is not the port’s', () => {
  const seeds: Dhcpv6Message[] = (Object.keys(DHCPV6_TYPE) as Dhcpv6Message['type'][]).flatMap((type) => [
    {
      type,
      transaction: 1,
      options: [client, ia(1, lease('fd00:1::a')), pd(2), { kind: 'option-request', codes: [23, 39] }],
    },
    {
      type,
      transaction: 1,
      options: [client, server, ia(0), ia(7, lease('fd00:9::a')), { kind: 'rapid-commit' }],
    },
  ]);
  const own = new Set(port.fixedIps.map(({ address }) => String(address)));
  const changes = fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 6 });
  fc.assert(
    fc.property(
      fc.constantFrom(...seeds),
      changes,
      fc.nat(200),
      fc.boolean(),
      (seed, edits, cut, unicast) => {
        const octets = encodeDhcpv6(seed);
        for (const [at, value] of edits) if (at < octets.length) octets[at] = value;
        let message: Dhcpv6Message;
        try {
          message = decodeDhcpv6(cut > 100 ? octets : octets.subarray(0, cut));
        } catch (error) {
          assert(error instanceof PacketError);
          return;
        }
        const reply = answer({ message, unicast }, port, network);
        if (reply === undefined) return;
        encodeDhcpv6(reply);
        for (const association of optionsOfKind(reply.options, 'ia-na'))
          for (const { address, validLifetime } of optionsOfKind(association.options, 'ia-address'))
            assert(validLifetime === 0 || own.has(String(address)));
      },
    ),
    { numRuns: 2000 },
  );
});
