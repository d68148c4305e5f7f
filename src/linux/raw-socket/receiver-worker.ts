/** The thread that waits for frames: one poll(2) over all sockets, so that the main thread never blocks. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { type CapturedFrame, capturedFrame } from './captured-frame.ts';
import type { FromReceiver, ToReceiver } from './receiver.ts';
import { clearEvent, MessageBuffer, waitReadable } from './system-calls.ts';

/** Frames handed over at once: enough to be quick, few enough to be prompt. */
const BATCH = 256;
/** Should a wake-up get lost when the process ends, it ends this many milliseconds later. */
const LONGEST_WAIT_MS = 1000;

const port = parentPort!;
const wakeUp = (workerData as { wakeUp: number }).wakeUp;
const buffer = new MessageBuffer();
const sockets = new Set<number>();

const report = (message: FromReceiver): void => port.postMessage(message);

/** Hands over what a socket holds. */
function drain(fd: number): void {
  for (let full = true; full; ) {
    const frames: CapturedFrame[] = [];
    while (frames.length < BATCH) {
      const message = buffer.receive(fd);
      if (message === undefined) break;
      frames.push(capturedFrame(message, BigInt(Date.now()) * 1_000_000n));
    }
    full = frames.length === BATCH;
    if (frames.length > 0) report({ kind: 'frames', fd, frames });
  }
}

/** Does what the main thread asks; false when it is to stop. */
function obey(message: ToReceiver): boolean {
  switch (message.kind) {
    case 'add':
      sockets.add(message.fd);
      return true;
    case 'remove':
      drain(message.fd);
      sockets.delete(message.fd);
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

for (let running = true; running; ) {
  for (const fd of waitReadable([wakeUp, ...sockets], LONGEST_WAIT_MS)) {
    if (fd === wakeUp) clearEvent(fd);
    else drain(fd);
  }
  for (let next = receiveMessageOnPort(port); running && next; next = receiveMessageOnPort(port)) {
    running = obey(next.message as ToReceiver);
  }
}
