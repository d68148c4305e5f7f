/** What the datapath keeps for one port leaves room for others. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Address, Mac } from '../../src/addressing/index.ts';
import { GuardTable } from '../../src/host/guard/pipeline.ts';
import { Capture, waitUntil } from '../../src/lab/index.ts';
import { PacketSocket } from '../../src/linux/index.ts';
import { jsonRpcCall } from '../../src/ovsdb/index.ts';
import { fragmentIpv6 } from '../../src/packets/fragments.ts';
import { encodeFrame, frame, ipv6, udp } from '../../src/packets/index.ts';
import { attach } from '../../src/switch/attach.ts';
import { INSTANCE_BRIDGE, pluggedPort, SwitchDatabase } from '../../src/switch/index.ts';
import { killDaemon, silent, startEngine, tool } from '../engine/embedded/support.ts';
import { eventually } from '../support/eventually.ts';
import {
  addressesOf,
  attachmentOf,
  makeNetwork,
  openFacts,
  startAgent,
  temporaryNamespace,
  untilUp,
} from './support.ts';

const engine = await startEngine({ after });
const facts = await openFacts(engine, { after });
const agent = await startAgent(engine, { after }, facts);
const database = await SwitchDatabase.open(engine.switchDatabase, silent);
after(() => database.close());
const [left, right, third] = [1, 2, 3].map(() => temporaryNamespace({ after })) as [string, string, string];

const addressOf = (number: number) => Address.parse(addressesOf(number).global);
const macOf = (number: number) => Mac.of(0xfa163e000000n + BigInt(number));
const datagram = (from: number, to: number, port: number, octets: number) =>
  ipv6(addressOf(from), addressOf(to), udp(port, 9, new Uint8Array(octets)));

before(async () => {
  await makeNetwork(engine, 'net', { one: 1, two: 2, three: 3 });
  const theSwitch = { database, namespace: engine.namespace };
  await attach(theSwitch, attachmentOf('one', 1, left));
  await attach(theSwitch, attachmentOf('two', 2, right));
  await attach(theSwitch, attachmentOf('three', 3, third));
  for (const direction of ['from-lport', 'to-lport'])
    await tool(engine, 'ovn-nbctl', 'acl-add', 'net', direction, '1000', 'ip6', 'allow-related');
  for (const port of ['one', 'two', 'three']) await untilUp(engine, port);
  await tool(engine, 'ovn-nbctl', '--wait=hv', 'sync');
});

/** A command of the switch's control socket. */
async function control(method: string, ...params: string[]): Promise<string> {
  const pid = (await readFile(join(engine.rundir, 'ovs-vswitchd.pid'), 'utf8')).trim();
  const socket = join(engine.rundir, `ovs-vswitchd.${pid}.ctl`);
  return String(await jsonRpcCall(socket, method, params, AbortSignal.timeout(10_000)));
}

/** How many connections the switch keeps for a port, and may. */
async function connections(port: string): Promise<{ limit: number; count: number }> {
  const zone = database.connectionZones().get(port);
  const text = await control('dpctl/ct-get-limits', `zone=${zone}`);
  const [, limit, count] = /zone=\d+,limit=(\d+),count=(\d+)/.exec(text) ?? [];
  return { limit: Number(limit), count: Number(count) };
}

const isLimited = async () =>
  (await connections('one')).limit === 65_536 &&
  (await connections('two')).limit === 65_536 &&
  /max num frags \(v4\/v6\): 5000/.test(await control('dpctl/ipf-get-status'));

test('each port has a limit of its own, also after a restart of the switch', async () => {
  await eventually('the limits are set', isLimited);
  await killDaemon(engine, 'ovs-vswitchd');
  await eventually('the limits are set again', isLimited);
});

test('connections of a port that has too many are not kept, those of others are', async () => {
  const zone = database.connectionZones().get('one')!;
  await control('dpctl/ct-set-limits', `zone=${zone},limit=20`);
  const send = (from: number, namespace: string, to: number, count: number) => {
    const socket = PacketSocket.forSending(namespace, 'eth0');
    for (let port = 0; port < count; port++)
      socket.send(encodeFrame(frame(macOf(from), macOf(to), datagram(from, to, 20_000 + port, 8))));
    socket.close();
  };
  await eventually('the other port has connections', async () => {
    send(1, left, 2, 60);
    return (await connections('two')).count >= 60;
  });
  assert.equal((await connections('one')).count, 20);
});

test('fragments that never become whole leave room for the datagrams of others', async (t) => {
  const [attacker, other] = [left, third].map((namespace) => PacketSocket.forSending(namespace, 'eth0'));
  const capture = Capture.start(right, 'eth0');
  t.after(async () => {
    attacker!.close();
    other!.close();
    await capture.stop();
  });
  let identification = 0;
  const parts = (from: number, octets: number): Uint8Array[] =>
    fragmentIpv6(datagram(from, 2, 5_000, octets), [1_280], { identification: ++identification }).map(
      (part) => encodeFrame(frame(macOf(from), macOf(2), part)),
    );
  /** First fragments, whose others never come. */
  const flood = (count: number) => {
    for (let sent = 0; sent < count; sent++) attacker!.send(parts(1, 1_300)[0]!);
  };
  const waiting = async () => Number(/num frag: (\d+)/.exec(await control('dpctl/ipf-get-status'))?.[1]);
  const heard = () =>
    capture.received(({ network }) => network.kind === 'ipv6' && network.source.equals(addressOf(3))).length;
  /** Whether a datagram in two fragments gets from the third port to the second. */
  const passes = async (): Promise<boolean> => {
    const before = heard();
    for (const part of parts(3, 2_000)) other!.send(part);
    return (await waitUntil(() => heard() >= before + 2, 1_000)) ?? false;
  };
  await eventually('the flood is limited', async () => {
    flood(1_000);
    return (await waiting()) > 300;
  });
  flood(5_000);
  assert.ok((await waiting()) < 4_500, `${await waiting()} wait`);
  await eventually('the datagram of another passes', passes);

  // The same flood past the limit.
  await agent.stop();
  const { ofport } = database.interfacesOn(INSTANCE_BRIDGE).find((row) => pluggedPort(row)?.id === 'one')!;
  const rule = `table=${GuardTable.FRAGMENT_RATE},in_port=${ofport}`;
  await tool(
    engine,
    'ovs-ofctl',
    'mod-flows',
    'br-vif',
    `${rule},actions=resubmit(,${GuardTable.LINK_LAYER})`,
  );
  await eventually('no room is left', async () => {
    flood(1_000);
    return (await waiting()) >= 5_000;
  });
  flood(1_000);
  assert.equal(await passes(), false);
});
