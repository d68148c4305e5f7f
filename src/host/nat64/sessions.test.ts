import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Address, Prefix } from '../../addressing/index.ts';
import { IP_PROTOCOL } from '../../packets/index.ts';
import { Embedding } from './embedding.ts';
import { Sessions } from './sessions.ts';

const { udp } = IP_PROTOCOL;
const OUTSIDE = Address.parse('192.0.0.2');
const PREFIX = new Embedding(Prefix.parse('64:ff9b::/96'));
const SERVER = 0xc6336401;
const VICTIM = 'neighbour-------';

/** A session table, and what is sent through it. */
function table() {
  const sessions = new Sessions({ address: OUTSIDE });
  const ask = (inside: string, insidePort: number, now = 0) =>
    sessions.fromInside(
      { protocol: udp, inside, insidePort, remote: SERVER, remotePort: 9 },
      PREFIX,
      undefined,
      now,
    );
  const answer = (port: number, now = 0) => {
    const address = Number(OUTSIDE.value);
    return sessions.fromOutside({ protocol: udp, address, port, remote: SERVER, remotePort: 9 }, 0, now);
  };
  return { sessions, ask, answer };
}

const attacker = (number: number): string => `attacker${String(number).padStart(8, '0')}`;

test('an instance with many addresses does not take all ports, of one parity either', () => {
  const { sessions, ask } = table();
  for (let address = 0; address < 16; address++)
    for (let port = 0; port < 4_090; port++) assert.ok(ask(attacker(address), 1_024 + 2 * port));
  assert.ok(sessions.size <= 57_344);
  assert.ok(sessions.evicted > 0);
  const given = [2_000, 2_001, 80, 81].map((port) => ask(VICTIM, port)?.binding.outsidePort);
  assert.ok(
    given.every((port) => port !== undefined && port !== 0),
    given.join(),
  );
});

test('a flood from many addresses ends what was never answered, and no conversation', () => {
  const { sessions, ask, answer } = table();
  const port = ask(VICTIM, 5_000)!.binding.outsidePort;
  answer(port);
  ask(VICTIM, 5_000);
  for (let source = 0; source < 150_000; source++) assert.ok(ask(attacker(source), 4_000, 1));
  assert.ok(sessions.size <= 57_344);
  assert.ok(answer(port, 2), 'the conversation goes on');
  assert.ok(ask(VICTIM, 6_000, 2), 'and another begins');
});
