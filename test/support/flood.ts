/**
 * Sends one frame over and over, as a process of its own in an instance:
 * `node flood.ts DEVICE FRAMES_A_SECOND SECONDS FRAME`, the frame in hexadecimal digits. Prints how many it sent.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { PacketSocket } from '../../src/linux/raw-socket/packet-socket.ts';

const [device, rate, seconds, frame] = process.argv.slice(2);
const octets = Buffer.from(frame!, 'hex');
const socket = PacketSocket.forSending(null, device!);
const began = performance.now();
let sent = 0;
for (let elapsed = 0; elapsed < Number(seconds); elapsed = (performance.now() - began) / 1000) {
  // What was not sent in time is made up for, but not all at once.
  const due = Math.min(Math.floor(elapsed * Number(rate)) - sent, 2_000);
  for (let number = 0; number < due; number++) socket.send(octets);
  sent += due;
  await pause(1);
}
console.log(sent);
