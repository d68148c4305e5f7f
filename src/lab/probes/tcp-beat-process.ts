/**
 * A program, in a process of its own so that it notices at once what comes. `PORT`: a server that echoes, and has more to
 * say to whoever asks to listen. `PORT ADDRESS`: sends octets to that server on a connection that it keeps, makes new ones
 * all the while, and prints when either came about: `kept` or `new`, and the time in milliseconds. `PORT ADDRESS listen`:
 * also listens on a connection on which it says nothing, and prints `heard`.
 */
import { connect, createServer, type Socket } from 'node:net';

const BEAT_MS = 20;
/** Between two new connections: none waits for the one before, whose first packet may be lost. */
const NEXT_MS = 50;
/** What each of them is given. */
const CONNECT_MS = 2_000;
/** By which a server is asked to speak. */
const LISTENS = '?';
const [, , port, host, listens] = process.argv;

const open = (): Socket => connect({ host: host!, port: Number(port) });

const tell = (what: 'kept' | 'new' | 'heard'): void => {
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

function listenOnly(): void {
  const listening = open();
  let isHeard = false;
  listening.on('connect', () => listening.write(LISTENS));
  listening.on('data', () => {
    isHeard = true;
    tell('heard');
  });
  listening.on('error', () => {
    if (!isHeard) setTimeout(listenOnly, NEXT_MS);
  });
}

/** Speaks to whoever asks for it, until they are gone; to others it says what they say. */
function serve(socket: Socket): void {
  socket.on('error', () => {}).setNoDelay(true);
  socket.once('data', (first) => {
    if (first.toString() !== LISTENS) {
      socket.write(first);
      socket.pipe(socket);
      return;
    }
    const beat = setInterval(() => socket.write('.'), BEAT_MS);
    socket.on('close', () => clearInterval(beat));
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
  createServer(serve).listen(Number(port));
} else {
  keepOne();
  if (listens !== undefined) listenOnly();
  setInterval(makeNew, NEXT_MS);
}
