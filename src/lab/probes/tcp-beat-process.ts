/**
 * A program, in a process of its own so that it notices at once what comes. `PORT`: a server that echoes. `PORT ADDRESS`:
 * sends octets to that server on a connection that it keeps, and makes new ones all the while, and prints when either
 * came about: `kept` or `new`, and the time in milliseconds.
 */
import { connect, createServer, type Socket } from 'node:net';

const BEAT_MS = 20;
/** Between two new connections: none waits for the one before, whose first packet may be lost. */
const NEXT_MS = 50;
/** What each of them is given. */
const CONNECT_MS = 2_000;
const [, , port, host] = process.argv;

const open = (): Socket => connect({ host: host!, port: Number(port) });

const tell = (what: 'kept' | 'new'): void => {
  process.stdout.write(`${what} ${performance.now()}\n`);
};

function keepOne(): void {
  const kept = open().setNoDelay(true);
  let beat: NodeJS.Timeout | undefined;
  kept.on('connect', () => {
    beat = setInterval(() => kept.write('.'), BEAT_MS);
  });
  kept.on('data', () => tell('kept'));
  // The server may not be there yet. One that was had and is lost, is lost.
  kept.on('error', () => {
    if (beat === undefined) setTimeout(keepOne, NEXT_MS);
  });
}

function makeNew(): void {
  const socket = open();
  socket.setTimeout(CONNECT_MS, () => socket.destroy());
  socket.on('error', () => {});
  socket.on('connect', () => socket.write('.'));
  socket.once('data', () => {
    tell('new');
    socket.destroy();
  });
}

if (host === undefined) {
  createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(Number(port));
} else {
  keepOne();
  setInterval(makeNew, NEXT_MS);
}
