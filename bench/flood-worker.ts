/** A thread that sends frames from a device of a namespace, again and again as fast as it can, until it is ended. */
import { setImmediate } from 'node:timers/promises';
import { workerData } from 'node:worker_threads';
import { PacketSocket } from '../src/linux/index.ts';

const { namespace, device, frames } = workerData as {
  namespace: string;
  device: string;
  frames: readonly Uint8Array[];
};

using socket = PacketSocket.forSending(namespace, device);
for (;;) {
  for (const frame of frames) socket.send(frame);
  await setImmediate();
}
