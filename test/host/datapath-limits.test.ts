/** What the datapath keeps for one port leaves room for others. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Address, Mac } from '../../src/addressing/index.ts';
import { PacketSocket } from '../../src/linux/index.ts';
import { jsonRpcCall } from '../../src/ovsdb/index.ts';
import { encodeFrame, frame, ipv6, udp } from '../../src/packets/index.ts';
import { attach } from '../../src/switch/attach.ts';
import { SwitchDatabase } from '../../src/switch/index.ts';
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
await startAgent(engine, { after }, facts);
const database = await SwitchDatabase.open(engine.switchDatabase, silent);
after(() => database.close());
const [left, right] = [temporaryNamespace({ after }), temporaryNamespace({ after })];

before(async () => {
  await makeNetwork(engine, 'net', { one: 1, two: 2 });
  const theSwitch = { database, namespace: engine.namespace };
  await attach(theSwitch, attachmentOf('one', 1, left));
  await attach(theSwitch, attachmentOf('two', 2, right));
  for (const direction of ['from-lport', 'to-lport'])
    await tool(engine, 'ovn-nbctl', 'acl-add', 'net', direction, '1000', 'ip6', 'allow-related');
  for (const port of ['one', 'two']) await untilUp(engine, port);
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
    for (let port = 0; port < count; port++) {
      const [source, target] = [from, to].map((each) => Address.parse(addressesOf(each).global));
      const macs = [from, to].map((each) => Mac.of(0xfa163e000000n + BigInt(each)));
      const datagram = ipv6(source!, target!, udp(20_000 + port, 9, new Uint8Array(8)));
      socket.send(encodeFrame(frame(macs[0]!, macs[1]!, datagram)));
    }
    socket.close();
  };
  await eventually('the other port has connections', async () => {
    send(1, left, 2, 60);
    return (await connections('two')).count >= 60;
  });
  assert.equal((await connections('one')).count, 20);
});
