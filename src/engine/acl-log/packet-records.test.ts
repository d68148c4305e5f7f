import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LoggedPacket } from './acl-log-line.ts';
import { type Known, recordsOf } from './packet-records.ts';

const packet = (facts: Partial<LoggedPacket> = {}): LoggedPacket => ({
  time: '2026-11-22T07:18:42.963Z',
  acl: 'group-web',
  verdict: 'DROP',
  direction: 'ingress',
  mac: 'mac1',
  protocol: 'udp',
  source: 'fd55::1',
  destination: 'fd55::2',
  ...facts,
});

const log = (id: string, facts: Partial<Known['logs'][number]> = {}): Known['logs'][number] => ({
  id,
  project_id: 'red',
  resource_id: null,
  target_id: null,
  event: 'ALL',
  ...facts,
});

const known = (...logs: Known['logs'][number][]): Known => ({
  ports: new Map([
    ['mac1', [{ id: 'p1', groups: ['web', 'ssh'] }]],
    [
      'twin',
      [
        { id: 'p2', groups: ['web'] },
        { id: 'p3', groups: ['web'] },
      ],
    ],
  ]),
  groupOfRule: new Map([['r1', 'web']]),
  groups: new Map(['web', 'ssh'].map((id) => [id, { id, projectId: 'red' }])),
  logs,
});

const logIds = (one: LoggedPacket, ...logs: Known['logs'][number][]): string[] =>
  recordsOf(one, known(...logs)).map(({ log_id }) => log_id);

test('a packet is in each log that covers it', () => {
  const logs = [
    log('all'),
    log('drops', { event: 'DROP' }),
    log('accepts', { event: 'ACCEPT' }),
    log('web', { resource_id: 'web' }),
    log('ssh', { resource_id: 'ssh' }),
    log('p1', { target_id: 'p1' }),
    log('p2', { target_id: 'p2' }),
    log('web at p1', { resource_id: 'web', target_id: 'p1' }),
    log('blue', { project_id: 'blue' }),
  ];
  // No group of the port let it through: it is as much the one's as the other's.
  assert.deepEqual(logIds(packet(), ...logs), ['all', 'drops', 'web', 'ssh', 'p1', 'web at p1']);
  const accepted = packet({ acl: 'rule-r1', verdict: 'ACCEPT' });
  assert.deepEqual(logIds(accepted, ...logs), ['all', 'accepts', 'web', 'p1', 'web at p1']);
});

test('a record says whose port it was, which group and which rule', () => {
  const [accepted] = recordsOf(packet({ acl: 'rule-r1', verdict: 'ACCEPT' }), known(log('l')));
  assert.deepEqual(accepted, {
    time: '2026-11-22T07:18:42.963Z',
    verdict: 'ACCEPT',
    direction: 'ingress',
    protocol: 'udp',
    source: 'fd55::1',
    destination: 'fd55::2',
    log_id: 'l',
    project_id: 'red',
    port_id: 'p1',
    security_group_id: 'web',
    security_group_rule_id: 'r1',
  });
});

test('a port that the packet does not tell is null, and no log of a port has it', () => {
  for (const mac of ['33:33:00:00:00:01', 'twin']) {
    const records = recordsOf(packet({ mac }), known(log('l'), log('p2', { target_id: 'p2' })));
    assert.deepEqual(
      records.map(({ log_id, port_id }) => [log_id, port_id]),
      [['l', null]],
    );
  }
});

test('what is about a rule that is gone, or an ACL of somebody else, is nowhere', () => {
  assert.deepEqual(logIds(packet({ acl: 'rule-gone', verdict: 'ACCEPT' }), log('l')), []);
  assert.deepEqual(logIds(packet({ acl: 'theirs' }), log('l')), []);
});
