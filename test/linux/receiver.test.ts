/** The thread that receives: who has how much of it, and what becomes of it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Mac } from '../../src/addressing/index.ts';
import { createVeth, findLink, NetlinkSocket, PacketSocket, setLink } from '../../src/linux/index.ts';
import { Receiver } from '../../src/linux/raw-socket/receiver.ts';
import { inside, temporaryNamespace } from '../host/support.ts';
import { eventually } from '../support/eventually.ts';

/** For experiments (IEEE 802): the kernel sends nothing of it. */
const PROTOCOL = 0x88b5;
const ALL = [[0x06, 0, 0, 0x40000]] as const;
const macs = [Mac.parse('fa:16:3e:00:00:01'), Mac.parse('fa:16:3e:00:00:02')] as const;

/** Two ends of a wire, a socket at each, with a small buffer. */
async function wire(scope: { after(act: () => void): void }, name: string) {
  const namespace = temporaryNamespace(scope as never);
  using socket = new NetlinkSocket(namespace);
  createVeth(socket, { name: `${name}a`, mac: macs[0] }, { name: `${name}b`, mac: macs[1], namespace });
  for (const end of ['a', 'b']) setLink(socket, findLink(socket, `${name}${end}`)!.index, { up: true });
  // Until the kernel has looked at the link it drops what is sent.
  const state = () => inside(namespace, 'ip', 'link', 'show', `${name}a`);
  await eventually('the wire is up', async () => (await state()).includes('state UP'));
  const open = (device: string) => PacketSocket.forProtocol({ namespace, device }, PROTOCOL, ALL, 64 * 1024);
  const [from, to] = [open(`${name}a`), open(`${name}b`)];
  scope.after(() => from.close());
  return { from, to };
}

/** A frame with a number. */
function numbered(number: number): Uint8Array {
  const octets = Buffer.alloc(60);
  octets.write('fa163e000002fa163e00000188b5', 'hex');
  octets.writeUInt32BE(number, 14);
  return octets;
}

test('a socket that is not listened to fills up and drops, and another has its turn', async (scope) => {
  const receiver = new Receiver();
  const [flooded, quiet] = [await wire(scope, 'x'), await wire(scope, 'y')];
  const heard = { flooded: 0, most: 0, quiet: 0 };
  receiver.add(
    flooded.to.fd,
    (frames) => {
      heard.flooded += frames.length;
      heard.most = Math.max(heard.most, frames.length);
      // It cannot keep up with this many.
      const until = performance.now() + frames.length;
      while (performance.now() < until);
    },
    8,
  );
  receiver.add(
    quiet.to.fd,
    (frames) => {
      heard.quiet += frames.length;
    },
    8,
  );
  for (let number = 0; number < 20_000; number++) flooded.from.send(numbered(number));
  for (let number = 0; number < 20; number++) quiet.from.send(numbered(number));
  await eventually('the quiet one is heard', () => heard.quiet === 20, 10);
  assert(heard.flooded < 200, `${heard.flooded} of the flood were heard before`);
  assert(heard.most <= 8);
  assert(flooded.to.takeDropped() > 10_000);
  for (const { to } of [flooded, quiet]) {
    await receiver.remove(to.fd);
    to.close();
  }
});

test('a thread that dies is followed by another, and nothing that was asked is forgotten', async (scope) => {
  const directory = await mkdtemp(join(tmpdir(), 'sextant-receiver-'));
  const [program, mark] = [join(directory, 'worker.ts'), join(directory, 'started')];
  const real = new URL('../../src/linux/raw-socket/receiver-worker.ts', import.meta.url);
  await writeFile(
    program,
    `import { existsSync, writeFileSync } from 'node:fs';
     const again = existsSync('${mark}');
     writeFileSync('${mark}', '');
     if (!again) throw new Error('dead');
     await import('${real}');`,
  );
  const warnings: string[] = [];
  const hear = ({ name }: Error) => void warnings.push(name);
  process.on('warning', hear);
  const receiver = new Receiver(pathToFileURL(program));
  const { from, to } = await wire(scope, 'z');
  let heard = 0;
  receiver.add(
    to.fd,
    (frames) => {
      heard += frames.length;
    },
    8,
  );
  from.send(numbered(1));
  await receiver.remove(to.fd);
  assert.equal(heard, 1);
  assert(warnings.includes('ReceiverWarning'), warnings.join());
  process.off('warning', hear);
  to.close();
  await rm(directory, { recursive: true });
});

test('a process whose thread dies over and over ends, and does not live on deaf', async () => {
  const receiver = new URL('../../src/linux/raw-socket/receiver.ts', import.meta.url);
  const dead = 'data:text/javascript,throw new Error("dead")';
  const script = `import { Receiver } from '${receiver}';
    new Receiver(new URL(${JSON.stringify(dead)}));
    setInterval(() => {}, 1_000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
  const [status] = await once(child, 'exit');
  assert.notEqual(status, 0);
  assert.notEqual(status, null, 'it ended by itself');
});
