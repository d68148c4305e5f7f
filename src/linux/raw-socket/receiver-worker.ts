/** The thread that waits for frames: one poll(2) over all sockets, so that the main thread never blocks. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { type CapturedFrame, capturedFrame } from './captured-frame.ts';
import type { FromReceiver, ToReceiver } from './receiver.ts';
import { clearEvent, MessageBuffer, waitReadable } from './system-calls.ts';

/** Frames of a socket that are handed over at once: enough to be quick, few enough that others have their turn. */
const BATCH = 256;
/** Should a wake-up get lost when the process ends, it ends this many milliseconds later. */
const LONGEST_WAIT_MS = 1000;

const port = parentPort!;
const wakeUp = (workerData as { wakeUp: number }).wakeUp;
const buffer = new MessageBuffer();
/** How many more frames of each socket the main thread takes now. */
const credit = new Map<number, number>();

const report = (message: FromReceiver): void => port.postMessage(message);

/**
 * Hands over what a socket holds, a batch at most.
 * @returns whether there may be more that may be handed over
 */
function takeTurn(fd: number): boolean {
  const left = credit.get(fd) ?? 0;
  const most = Math.min(left, BATCH);
  const frames: CapturedFrame[] = [];
  while (frames.length < most) {
    const message = buffer.receive(fd);
    if (message === undefined) break;
    frames.push(capturedFrame(message, BigInt(Date.now()) * 1_000_000n));
  }
  if (frames.length > 0) report({ kind: 'frames', fd, frames });
  credit.set(fd, left - frames.length);
  return frames.length === most && left > most;
}

function drain(fd: number): void {
  while (takeTurn(fd));
}

/** Does what the main thread asks; false when it is to stop. */
function obey(message: ToReceiver): boolean {
  switch (message.kind) {
    case 'add':
      credit.set(message.fd, message.window);
      return true;
    case 'credit': {
      const left = credit.get(message.fd);
      if (left !== undefined) credit.set(message.fd, left + message.frames);
      return true;
    }
    case 'remove':
      drain(message.fd);
      credit.delete(message.fd);
      report({ kind: 'done', request: message.request });
      return true;
    case 'drain':
      drain(message.fd);
      report({ kind: 'done', request: message.request });
      return true;
    case 'stop':
      return false;
  }
}

/** Sockets that may have something for the main thread: those without credit fill up, and drop. */
const awaited = (): number[] => [...credit].flatMap(([fd, left]) => (left > 0 ? [fd] : []));

for (let running = true; running; ) {
  for (const fd of waitReadable([wakeUp, ...awaited()], LONGEST_WAIT_MS)) {
    if (fd === wakeUp) clearEvent(fd);
    else takeTurn(fd);
  }
  for (let next = receiveMessageOnPort(port); running && next; next = receiveMessageOnPort(port)) {
    running = obey(next.message as ToReceiver);
  }
}
