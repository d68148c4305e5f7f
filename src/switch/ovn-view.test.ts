import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '../ovsdb/json.ts';
import { asOvnSees } from './ovn-view.ts';

const instancePatch = (type: string): Json => ({
  type,
  external_ids: [
    'map',
    [
      ['sextant:port', 'p1'],
      ['iface-id', 'p1'],
    ],
  ],
});
const foreignPatch: Json = { type: 'patch', external_ids: ['map', [['ovn-localnet-port', 'x']]] };
const updates = (type: string): Json => ({
  Interface: {
    a: { initial: instancePatch(type) },
    b: { insert: instancePatch(type) },
    c: { new: instancePatch(type), old: { ofport: 1 } },
    d: { insert: foreignPatch },
    e: { modify: { ofport: 3 } },
    f: { delete: null },
  },
  Bridge: { g: { modify: { ports: ['set', []] } } },
});

test('patch ports of instances look like devices in every kind of update', () => {
  const messages: ((type: string) => Json)[] = [
    (type) => ({ id: 1, error: null, result: updates(type) }),
    (type) => ({ id: 1, error: null, result: [false, 'txn', updates(type)] }),
    (type) => ({ id: null, method: 'update', params: ['monid', updates(type)] }),
    (type) => ({ id: null, method: 'update2', params: ['monid', updates(type)] }),
    (type) => ({ id: null, method: 'update3', params: ['monid', 'txn', updates(type)] }),
  ];
  for (const message of messages) assert.deepEqual(asOvnSees(message('patch')), message(''));
});

test('the datapath cannot translate sources to all zeros', () => {
  const datapath = (can: string): Json => ({
    capabilities: [
      'map',
      [
        ['ct_zone', 'true'],
        ['ct_zero_snat', can],
      ],
    ],
  });
  for (const kind of ['initial', 'insert', 'new', 'modify']) {
    const message = (can: string): Json => ({
      id: null,
      method: 'update3',
      params: ['monid', 'txn', { Datapath: { a: { [kind]: datapath(can) } } }],
    });
    assert.deepEqual(asOvnSees(message('true')), message('false'), kind);
  }
});

test('everything else passes as it is', () => {
  const others: Json[] = [
    { id: 0, method: 'echo', params: [] },
    { id: 3, error: null, result: [{ count: 1 }, {}] },
    { id: 3, error: { error: 'no' }, result: null },
    { id: null, method: 'update3', params: ['monid', 'txn', { Interface: { a: { insert: foreignPatch } } }] },
  ];
  for (const message of others) assert.deepEqual(asOvnSees(structuredClone(message)), message);
});
