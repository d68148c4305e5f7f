import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { SystemCallError } from '../../src/linux/libc.ts';
import { createVeth, deleteLink, findLink } from '../../src/linux/link.ts';
import { NetlinkSocket } from '../../src/linux/netlink.ts';
import { attach, detach, type Switch } from '../../src/switch/attach.ts';
import { SwitchDatabase } from '../../src/switch/switch-database.ts';
import { silent, startEngine, tool } from '../engine/embedded/support.ts';
import {
  attachmentOf,
  inside,
  makeNetwork,
  openFacts,
  startAgent,
  temporaryNamespace,
  untilUp,
} from '../host/support.ts';
import { eventually } from '../support/eventually.ts';

const engine = await startEngine({ after });
const database = await SwitchDatabase.open(engine.switchDatabase, silent);
after(() => database.close());
const theSwitch: Switch = { database, namespace: engine.namespace };
await startAgent(engine, { after }, await openFacts(engine, { after }));
await makeNetwork(engine, 'net', { one: 1, two: 2, three: 3, four: 4, five: 5 });

test("an attached instance has a device with the port's MAC and MTU, and OVN binds the port", async (t) => {
  const namespace = temporaryNamespace(t);
  await attach(theSwitch, attachmentOf('one', 1, namespace));
  using socket = new NetlinkSocket(namespace);
  const device = findLink(socket, 'eth0');
  assert.deepEqual([device?.mac, device?.mtu, device?.up], ['fa:16:3e:00:00:01', 1442, true]);
  await untilUp(engine, 'one');
});

test('attaching again changes what differs and keeps the device', async (t) => {
  const namespace = temporaryNamespace(t);
  await attach(theSwitch, attachmentOf('two', 2, namespace));
  using socket = new NetlinkSocket(namespace);
  const before = findLink(socket, 'eth0');
  await attach(theSwitch, { ...attachmentOf('two', 2, namespace), mtu: 1300 });
  const afterwards = findLink(socket, 'eth0');
  assert.equal(afterwards?.index, before?.index);
  assert.equal(afterwards?.mtu, 1300);
});

test('attaching elsewhere moves the port', async (t) => {
  const [first, second] = [temporaryNamespace(t), temporaryNamespace(t)];
  await attach(theSwitch, attachmentOf('three', 3, first));
  await attach(theSwitch, attachmentOf('three', 3, second));
  using inFirst = new NetlinkSocket(first);
  using inSecond = new NetlinkSocket(second);
  assert.equal(findLink(inFirst, 'eth0'), undefined);
  assert.equal(findLink(inSecond, 'eth0')?.mac, 'fa:16:3e:00:00:03');
});

test("the instance hears nothing from the switch's own kernel", async (t) => {
  await attach(theSwitch, attachmentOf('four', 4, temporaryNamespace(t)));
  assert.doesNotMatch(await inside(engine.namespace as string, 'ip', '-6', 'address'), /inet6/);
});

test('detaching leaves no device and no port, and may be repeated', async (t) => {
  const namespace = temporaryNamespace(t);
  await attach(theSwitch, attachmentOf('five', 5, namespace));
  await detach(theSwitch, 'five');
  await detach(theSwitch, 'five');
  using socket = new NetlinkSocket(namespace);
  assert.equal(findLink(socket, 'eth0'), undefined);
  await eventually('no port is left', async () => {
    const ports = await tool(engine, 'ovs-vsctl', '--columns=name', '--bare', 'list', 'Interface');
    return !ports.includes('five');
  });
});

test('a device of that name that is not ours is left alone', async (t) => {
  const namespace = temporaryNamespace(t);
  using socket = new NetlinkSocket(namespace);
  createVeth(socket, { name: 'eth0' }, { name: 'other', namespace });
  await assert.rejects(
    attach(theSwitch, attachmentOf('one', 1, namespace)),
    (error) => error instanceof SystemCallError && error.code === 'EEXIST',
  );
  assert.ok(findLink(socket, 'eth0'));
});

test("without a namespace the device stays in the machine's", async () => {
  const device = `sxt${process.pid}`;
  await attach(theSwitch, { ...attachmentOf('one', 1, null), device });
  using socket = new NetlinkSocket(null);
  try {
    assert.equal(findLink(socket, device)?.mac, 'fa:16:3e:00:00:01');
  } finally {
    deleteLink(socket, device);
  }
});
