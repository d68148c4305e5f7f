import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sextant } from '../../test/support/command.ts';
import { serve } from '../../test/support/http-server.ts';
import type { ServiceStatus } from '../service/status.ts';

const ready: ServiceStatus = {
  version: '0.1.0',
  started: '2026-01-01T00:00:00Z',
  ready: true,
  checks: { store: { ok: true }, northbound: { ok: true, note: '1 unit could not be brought into OVN' } },
  store: { dialect: 'sqlite' },
  engine: {
    ...{
      role: 'acting',
      ovn_version: '26.03.2',
      position: 510,
      journal_end: 512,
      waiting: 2,
      oldest_waiting_ms: 1_520,
    },
    counters: { units: 40, transactions: 12, operations: 80, repairs: 1 },
  },
  failed_units: {
    total: 120,
    units: [
      {
        ...{ unit: 'port/p1', since: '2026-01-01T00:01:00Z', attempts: 3 },
        reason: `port p1: mac_address: "\u001b[2Jx" is not a MAC address: ${'word '.repeat(9)}end`,
      },
    ],
  },
  processes: [
    { name: 'ovn-northd', up: true, hangs: true, pid: 12, since: '2026-01-01T00:00:00Z', adopted: true },
    { name: 'host', up: false, hangs: false, pid: null, since: null, adopted: false },
  ],
  hosts: [{ name: 'h1', last_report: '2026-01-01T00:02:00Z' }],
};

test('the status is told in a few lines, with what failed', async (t) => {
  const { endpoint, received } = await serve(t, () => [200, ready]);
  const { status, out, err } = await sextant(endpoint, 'status');
  assert.deepEqual([status, err, received[0]?.url], [0, '', '/status']);
  assert.deepEqual(out.split('\n'), [
    'Sextant 0.1.0, started 2026-01-01T00:00:00Z, is ready',
    '  store       sqlite: ok',
    '  northbound  ok, 1 unit could not be brought into OVN',
    '  engine      OVN 26.03.2; acting, entry 510 of 512 is in OVN; 2 wait, the oldest for 1.5 s; transactions: 12, repairs: 1',
    '  hosts       reported last: h1 (2026-01-01T00:02:00Z)',
    '    ovn-northd  since 2026-01-01T00:00:00Z, process 12, adopted, does not answer',
    '    host        not up: it is started again',
    '',
    'Could not be brought into OVN (120); each is tried again by itself:',
    '+---------+----------------------+----------+-----------------------------------------------------------------------+',
    '| Unit    | Since                | Attempts | Reason                                                                |',
    '+---------+----------------------+----------+-----------------------------------------------------------------------+',
    '| port/p1 | 2026-01-01T00:01:00Z | 3        | port p1: mac_address: "\\x1b[2Jx" is not a MAC address: word word word |',
    '|         |                      |          | word word word word word word end                                     |',
    '+---------+----------------------+----------+-----------------------------------------------------------------------+',
    '... and 119 more.',
    'Look at the resource ("sextant port show ID" for port/ID) and change what the reason names; where it names',
    "nothing of the resource's, the service's log says more.",
    '',
  ]);
});

test('a service that is not ready makes the exit status 1, in every format', async (t) => {
  const away = { ok: false, reason: "OVN's northbound database is not reached" } as const;
  const document = {
    ...{ ...ready, ready: false, checks: { northbound: away } },
    ...{ engine: null, failed_units: null, hosts: [], processes: null },
  };
  const { endpoint } = await serve(t, () => [200, document]);
  const { status, out, err } = await sextant(endpoint, 'status');
  assert.deepEqual([status, err], [1, 'sextant: the service is not ready\n']);
  assert.deepEqual(out.split('\n'), [
    'Sextant 0.1.0, started 2026-01-01T00:00:00Z, is not ready',
    "  northbound  not ok, OVN's northbound database is not reached",
    '  engine      not known now',
    '  hosts       none reports',
    '',
    'What could not be brought into OVN is not known now.',
    '',
  ]);
  const inJson = await sextant(endpoint, 'status -f json');
  assert.equal(inJson.status, 1);
  assert.deepEqual(JSON.parse(inJson.out), document);
});

test('who answers otherwise, or not at all, is told from a service that is not ready', async (t) => {
  for (const [answer, reason] of [
    [[404, ''], /no \/status: it is no Sextant, or one of an older release/],
    [[200, []], /no \/status/],
    [[403, { NeutronError: { type: 'PolicyNotAuthorized', message: 'not you' } }], /not you \(403/],
  ] as const) {
    const { endpoint } = await serve(t, () => [...answer]);
    const { status, out, err } = await sextant(endpoint, 'status');
    assert.deepEqual([status, out], [1, '']);
    assert.match(err, reason);
  }
  const { status, err } = await sextant('http://[::1]:1', 'status');
  assert.equal(status, 1);
  assert.match(err, /GET http:\/\/\[::1\]:1\/status got no answer.*\n"sextant serve" starts one/);
});
