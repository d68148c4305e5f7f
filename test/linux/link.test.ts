import assert from 'node:assert/strict';
import { readlinkSync } from 'node:fs';
import { test } from 'node:test';
import { Mac } from '../../src/addressing/index.ts';
import { SystemCallError } from '../../src/linux/libc.ts';
import { createVeth, deleteLink, findLink, listLinks, setLink } from '../../src/linux/link.ts';
import {
  createNamespace,
  deleteNamespace,
  inNamespace,
  namespaceExists,
  namespacesNamed,
} from '../../src/linux/namespace.ts';
import { NetlinkSocket } from '../../src/linux/netlink.ts';
import { inside, temporaryNamespace } from '../host/support.ts';

const hasCode = (code: string) => (error: unknown) => error instanceof SystemCallError && error.code === code;

test('a namespace is there from its making to its removal', (t) => {
  const name = temporaryNamespace(t);
  assert.ok(namespaceExists(name));
  assert.ok(namespacesNamed('sxt-test-').includes(name));
  assert.throws(() => createNamespace(name), hasCode('EEXIST'));
  deleteNamespace(name);
  assert.ok(!namespaceExists(name));
  deleteNamespace(name);
  assert.throws(() => inNamespace(name, () => {}), hasCode('ENOENT'));
});

test('an action in a namespace leaves the thread where it was, also when it throws', (t) => {
  const name = temporaryNamespace(t);
  const here = () => readlinkSync('/proc/thread-self/ns/net');
  const home = here();
  assert.notEqual(inNamespace(name, here), home);
  assert.equal(here(), home);
  assert.throws(() =>
    inNamespace(name, () => {
      throw new Error('on purpose');
    }),
  );
  assert.equal(here(), home);
});

test('a pair of devices spans two namespaces and goes as a pair', (t) => {
  const [left, right] = [temporaryNamespace(t), temporaryNamespace(t)];
  using inLeft = new NetlinkSocket(left);
  using inRight = new NetlinkSocket(right);
  const mac = Mac.parse('fa:16:3e:00:00:07');
  createVeth(inLeft, { name: 'a', mtu: 1400, up: true }, { name: 'b', mac, mtu: 1400, namespace: right });

  const [a, b] = [findLink(inLeft, 'a'), findLink(inRight, 'b')];
  assert.ok(a && b);
  assert.deepEqual([a.kind, a.mtu, a.up, a.peerIndex], ['veth', 1400, true, b.index]);
  assert.deepEqual([b.kind, b.mac, b.up, b.peerIndex], ['veth', 'fa:16:3e:00:00:07', false, a.index]);
  assert.throws(() => createVeth(inLeft, { name: 'a' }, { name: 'c', namespace: right }), hasCode('EEXIST'));

  deleteLink(inLeft, 'a');
  assert.equal(findLink(inRight, 'b'), undefined);
  deleteLink(inLeft, 'a');
});

test('settings of a device change as asked, and `ip` sees the same', async (t) => {
  const namespace = temporaryNamespace(t);
  using socket = new NetlinkSocket(namespace);
  createVeth(socket, { name: 'a' }, { name: 'b', namespace });
  const { index } = findLink(socket, 'a') ?? assert.fail('no device');
  setLink(socket, index, { name: 'renamed', mac: Mac.parse('02:00:00:00:00:01'), mtu: 9000 });
  setLink(socket, index, { up: true });
  assert.match(
    await inside(namespace, 'ip', 'link', 'show', 'renamed'),
    /UP.* mtu 9000[\s\S]*02:00:00:00:00:01/,
  );
  assert.deepEqual(
    listLinks(socket)
      .map(({ name }) => name)
      .sort(),
    ['b', 'lo', 'renamed'],
  );
  setLink(socket, index, { up: false });
  assert.equal(findLink(socket, 'renamed')?.up, false);
});

test("the kernel's reason for a refusal is in the error", (t) => {
  using socket = new NetlinkSocket(temporaryNamespace(t));
  assert.throws(
    () => createVeth(socket, { name: 'much-too-long-a-name' }, { name: 'b', namespace: null }),
    /make devices much-too-long-a-name and b: .*\(ERANGE\)/,
  );
});
