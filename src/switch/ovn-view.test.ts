import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '../ovsdb/json.ts';
import { SessionView } from './ovn-view.ts';

const asOvnSees = (message: Json): Json => new SessionView().asOvnSees(message);

const PORT = '8f1c0d9e-2c51-4f0b-9df3-2d0f4f1d8e11';

const instancePatch = (type: string): Json => ({
  type,
  external_ids: [
    'map',
    [
      ['sextant:port', PORT],
      ['iface-id', PORT],
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

/** A device on OVN's bridge that says that it is a port's. */
const device = (...pairs: [string, string][]): Json => ({ external_ids: ['map', pairs] });
const MAC: [string, string] = ['attached-mac', 'fa:16:3e:00:00:01'];
const NAMED: [string, string] = ['iface-id', PORT];
const update = (row: Json): Json => ({ method: 'update3', params: ['m', 'txn', { Interface: { a: row } }] });

test('a device that was plugged in past the guard is no port’s, whatever becomes of it', () => {
  const view = new SessionView();
  const seen = (row: Json): Json => view.asOvnSees(update(row));
  assert.deepEqual(seen({ initial: device(NAMED, MAC) }), update({ initial: device(MAC) }));
  assert.deepEqual(seen({ modify: device(MAC) }), update({ modify: device(MAC) }), 'its MAC address goes');
  assert.deepEqual(seen({ modify: device(NAMED) }), update({ modify: device() }), 'so does its name');
  assert.deepEqual(seen({ modify: device(NAMED, MAC) }), update({ modify: device(MAC) }), 'and both come');
  assert.deepEqual(seen({ modify: { ofport: 3 } }), update({ modify: { ofport: 3 } }));
  assert.deepEqual(seen({ delete: null }), update({ delete: null }));
});

test('one that is to be there is a port’s, from when that is said until it is no more', () => {
  const view = new SessionView();
  const seen = (row: Json): Json => view.asOvnSees(update(row));
  const wanted: [string, string] = ['sextant:unguarded', 'true'];
  seen({ insert: device(NAMED, MAC) });
  assert.deepEqual(seen({ modify: device(wanted) }), update({ modify: device(NAMED, wanted) }));
  assert.deepEqual(seen({ modify: device(wanted) }), update({ modify: device(NAMED, wanted) }));
});

test('what is plugged into OVN’s bridge and is no instance’s stays as it is', () => {
  const others = [device(['iface-id', 'svc-n1']), device(['iface-id', 'of-somebody-else'], MAC)];
  for (const row of others)
    assert.deepEqual(asOvnSees(update({ insert: structuredClone(row) })), update({ insert: row }));
});

test('a patch port is joined to OVN by a change of it', () => {
  const view = new SessionView();
  const mark: [string, string] = ['sextant:port', PORT];
  view.asOvnSees(update({ insert: device(mark) }));
  assert.deepEqual(view.asOvnSees(update({ modify: device(NAMED) })), update({ modify: device(NAMED) }));
});

test('a session begins with all rows', () => {
  const asked = (since: string): Json => ({
    id: 1,
    method: 'monitor_cond_since',
    params: ['db', 'm', {}, since],
  });
  const view = new SessionView();
  assert.deepEqual(
    view.asDatabaseSees(asked('8f1c0d9e-2c51-4f0b-9df3-2d0f4f1d8e11')),
    asked('00000000-0000-0000-0000-000000000000'),
  );
  const echo: Json = { id: 2, method: 'echo', params: [] };
  assert.deepEqual(view.asDatabaseSees(structuredClone(echo)), echo);
});
