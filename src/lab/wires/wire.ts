/**
 * A wire: a device of an instance here, joined to one of a server elsewhere, as if it were that one. The instance's kernel
 * and programs are here, its packets are in the server's network. What passes is whole frames, both ways, by TCP.
 */
import { createHmac } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Mac } from '../../addressing/index.ts';
import {
  type CapturedFrame,
  completeChecksums,
  createVeth,
  deleteLink,
  disableIpv6,
  findLink,
  NetlinkSocket,
  PacketSocket,
  type Reception,
  receiveFrames,
  setLink,
} from '../../linux/index.ts';
import type { LabInstance } from '../instance/instance.ts';
import { afterPatience, withPatience } from '../wait.ts';
import type { FarEnd } from './far-end.ts';
import { FarEndStream, withLength } from './far-end-stream.ts';

/** Between the two devices of a wire: the instance's own, and what stands for the cloud. */
export interface WireEnds {
  readonly instance: LabInstance;
  /** The device's name in the instance. */
  readonly device: string;
  readonly mac: Mac;
  readonly mtu: number;
  /** Where the other end of the device is: nobody else is to take what comes there. */
  readonly room: LabInstance;
}

/** The far end is not there, does not know the secret, or has no such device. */
export class WireError extends Error {
  override readonly name = 'WireError';
}

/** How long a connection may take, the far end may look for the device, and it may take to say so. */
const CONNECT_MS = 10_000;
const DEVICE_MS = 60_000;
const ANSWER_MS = 90_000;
/** Octets that may wait; what comes then is lost, as on a wire. */
const MOST_WAITING = 8 * 1024 * 1024;

export class Wire {
  /** To the far end. */
  readonly #connection: Socket;
  readonly #room: LabInstance;
  readonly #name: string;
  #socket: PacketSocket | undefined;
  #reception: Reception | undefined;
  #closed = false;
  #broken = false;

  private constructor(connection: Socket, room: LabInstance, name: string) {
    this.#connection = connection;
    this.#room = room;
    this.#name = name;
    connection.on('close', () => {
      this.#broken ||= !this.#closed;
    });
  }

  /**
   * Joins a new device of an instance, down, to the server's device with this MAC address.
   * @param name of the device's other end, in the room
   * @throws WireError
   */
  static async lay(far: FarEnd, { instance, device, mac, mtu, room }: WireEnds, name: string): Promise<Wire> {
    const { socket: connection, stream } = await call(far, { mac: mac.toString(), mtu });
    const wire = new Wire(connection, room, name);
    try {
      using socket = new NetlinkSocket(room.namespace);
      createVeth(socket, { name, mtu }, { name: device, mac, mtu, namespace: instance.namespace });
      disableIpv6(room.namespace, name);
      completeChecksums(instance.namespace, device);
      wire.#socket = PacketSocket.forCapture(room.namespace, name);
      wire.#reception = receiveFrames(wire.#socket.fd, (frames) => wire.#send(frames));
      setLink(socket, findLink(socket, name)!.index, { up: true });
    } catch (error) {
      await wire.close();
      throw error;
    }
    stream.frames((frame) => wire.#deliver(frame));
    return wire;
  }

  /** Whether the far end is gone: nothing gets through any more. */
  get isBroken(): boolean {
    return this.#broken;
  }

  /** Ends the wire, and its device. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#connection.destroy();
    await this.#reception?.end();
    this.#socket?.close();
    using socket = new NetlinkSocket(this.#room.namespace);
    deleteLink(socket, this.#name);
  }

  #send(frames: readonly CapturedFrame[]): void {
    for (const { outgoing, octets } of frames) {
      // What went out there came from the far end.
      if (outgoing || this.#connection.destroyed || this.#connection.writableLength > MOST_WAITING) continue;
      this.#connection.write(withLength(octets));
    }
  }

  #deliver(frame: Buffer): void {
    if (this.#closed) return;
    try {
      this.#socket?.send(frame);
    } catch {
      // It does not fit, or the device is down: it is lost, as on a wire.
    }
  }
}

/** Asks a far end for a device; gives the connection, on which frames come from then on. */
async function call(
  { where, secret, connect }: FarEnd,
  wish: { readonly mac: string; readonly mtu: number },
): Promise<{ socket: Socket; stream: FarEndStream }> {
  const socket = connect();
  socket.setNoDelay().setKeepAlive(true);
  socket.on('error', () => {}); // its end tells
  const stream = new FarEndStream(socket);
  const line = (milliseconds: number): Promise<string> => {
    const endOfWait = afterPatience(milliseconds, () => socket.destroy());
    return stream.line().finally(endOfWait);
  };
  let trouble = 'nobody answers there';
  try {
    const nonce = Buffer.from(await line(CONNECT_MS), 'hex');
    trouble = 'it does not know the secret, or has gone';
    const proof = createHmac('sha256', Buffer.from(secret, 'hex'))
      .update(nonce)
      .update(wish.mac)
      .digest('hex');
    socket.write(`${JSON.stringify({ ...wish, seconds: withPatience(DEVICE_MS) / 1000, proof })}\n`);
    const answer = JSON.parse(await line(ANSWER_MS)) as { error?: string };
    if (answer.error !== undefined) throw new WireError(`The server at ${where} says: ${answer.error}`);
    return { socket, stream };
  } catch (error) {
    socket.destroy();
    if (error instanceof WireError) throw error;
    throw new WireError(`The server at ${where} is of no use: ${trouble}.`, { cause: error });
  }
}

/** Whether a far end answers, now. */
export async function farEndAnswers({ connect }: FarEnd): Promise<boolean> {
  const socket = connect();
  socket.on('error', () => {}); // its end tells
  const endOfWait = afterPatience(CONNECT_MS, () => socket.destroy());
  try {
    return (await new FarEndStream(socket).line()) !== '';
  } catch {
    return false;
  } finally {
    endOfWait();
    socket.destroy();
  }
}
