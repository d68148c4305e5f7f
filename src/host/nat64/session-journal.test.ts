/** Sessions in a file, which whoever wrote them may leave at any moment. */
import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { IP_PROTOCOL } from '../../packets/index.ts';
import { SessionJournal } from './session-journal.ts';
import { decodeRecords, encodeRecords, mappingKey, type SessionRecord } from './session-record.ts';

const ROUTER = '2a8c8b8a-5b0e-4c0e-9d53-0a9d8b6f3c11';

const record = (outsidePort: number): SessionRecord => ({
  ...{ isClients: false, protocol: IP_PROTOCOL.udp, inside: 'red-------------', insidePort: 5 },
  ...{ remote: 1, remotePort: 2, outsidePort, mapping: mappingKey('64:ff9b::/96') },
  ...{ seenInside: 0, seenOutside: 0, isAnswered: true, isContinued: true, progress: undefined },
  ...{ idleMs: 10, leftMs: 300_000 },
});
const octets = (...ports: number[]): Buffer => encodeRecords(ports.map(record));

function directoryFor(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'sextant-journal-'));
  t.after(() => rmSync(directory, { recursive: true }));
  return directory;
}
const open = (directory: string) => new SessionJournal(directory, ROUTER);
const portsIn = (journal: SessionJournal): number[] =>
  decodeRecords(Buffer.from(journal.read())).map(({ outsidePort }) => outsidePort);

test('a successor finds what was written, and how long ago', (t) => {
  const directory = directoryFor(t);
  const journal = open(directory);
  journal.append(octets(1, 2));
  journal.append(octets(3));
  journal.close();
  const next = open(directory);
  assert.deepEqual(portsIn(next), [1, 2, 3]);
  const [first] = decodeRecords(Buffer.from(next.read()));
  assert.ok(first!.idleMs >= 10 && first!.leftMs <= 300_000 && first!.idleMs + first!.leftMs === 300_010);
  next.close();
});

test('of what its writer did not finish the rest counts', (t) => {
  const directory = directoryFor(t);
  const journal = open(directory);
  journal.append(octets(1));
  journal.close();
  appendFileSync(join(directory, ROUTER), Buffer.from([255, 255, 0, 0, 1]));
  const next = open(directory);
  assert.deepEqual(portsIn(next), [1]);
  next.append(octets(2));
  assert.deepEqual(portsIn(next), [1, 2]);
  next.close();
});

test('while the whole is written anew nothing is lost, whenever its writer is killed', (t) => {
  const directory = directoryFor(t);
  const journal = open(directory);
  journal.append(octets(1, 2));
  journal.renew();
  journal.append(octets(3));
  journal.close();
  const next = open(directory);
  assert.deepEqual(portsIn(next), [1, 2, 3]);
  next.renew();
  next.append(octets(1, 2, 3));
  next.renewed();
  next.append(octets(4));
  assert.deepEqual(portsIn(next), [1, 2, 3, 4]);
  assert.deepEqual(readdirSync(directory), [ROUTER]);
  next.close();
});

test('it is long when most of it is about what is over, and nobody else may read it', (t) => {
  const directory = directoryFor(t);
  const journal = open(directory);
  const many = octets(...Array.from({ length: 1_000 }, (_, index) => index + 1));
  for (let count = 0; count < 4; count++) journal.append(many);
  assert.equal(journal.isLong, false);
  journal.append(many);
  assert.equal(journal.isLong, true);
  journal.renew();
  assert.equal(journal.isLong, false);
  assert.equal(statSync(join(directory, ROUTER)).mode & 0o777, 0o600);
  journal.remove();
  assert.deepEqual(readdirSync(directory), []);
});
