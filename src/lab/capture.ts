/** Captures: what passed a device, decoded, to be awaited, searched and kept as evidence. */

import { writeFile } from 'node:fs/promises';
import { Listeners } from '../base/index.ts';
import { type CapturedFrame, PacketSocket, type Reception, receiveFrames } from '../linux/index.ts';
import { decodeFrame, type Frame } from '../packets/index.ts';
import { encodePcap } from './pcap.ts';
import { afterPatience } from './wait.ts';

/** A captured frame with what it says. */
export interface Observation extends CapturedFrame {
  readonly frame: Frame;
}

type FrameTest = (frame: Frame) => boolean;

export class Capture {
  /** What passed so far, in the device's order. */
  readonly observations: Observation[] = [];
  readonly #socket: PacketSocket;
  readonly #reception: Reception;
  #stopped: Promise<void> | undefined;
  readonly #listeners = new Listeners<Observation>();

  readonly #keeps: FrameTest;

  private constructor(socket: PacketSocket, keeps: FrameTest) {
    this.#socket = socket;
    this.#keeps = keeps;
    this.#reception = receiveFrames(socket.fd, (frames) => this.#take(frames));
  }

  /**
   * Takes down every frame that a device sends or receives from now on, whomever it is for.
   * @param namespace network namespace of the device; null is the process's own
   * @param keeps frames that are kept; of others the listeners alone are told
   * @throws SystemCallError when there is no such device
   */
  static start(namespace: string | null, device: string, keeps: FrameTest = () => true): Capture {
    return new Capture(PacketSocket.forCapture(namespace, device), keeps);
  }

  /** Frames that the device received so far and `test` picks. Await `settle` first to prove an absence. */
  received(test: FrameTest = () => true): Observation[] {
    return this.observations.filter((observation) => isReceived(observation, test));
  }

  /** Calls `listener` for every frame that is received from now on and `test` picks; the result ends it. */
  onReceived(test: FrameTest, listener: (observation: Observation) => void): () => void {
    const hear = (observation: Observation): void => {
      if (isReceived(observation, test)) listener(observation);
    };
    return this.#listeners.add(hear);
  }

  /** Calls `listener` for every frame that the device sends from now on and `test` picks; the result ends it. */
  onSent(test: FrameTest, listener: (observation: Observation) => void): () => void {
    return this.#listeners.add((observation) => {
      if (observation.outgoing && test(observation.frame)) listener(observation);
    });
  }

  /** The first received frame that `test` picks, past or to come; undefined when none is there in time. */
  async waitFor(test: FrameTest, milliseconds: number): Promise<Observation | undefined> {
    const seen = this.observations.find((observation) => isReceived(observation, test));
    if (seen !== undefined) return seen;
    const { promise, resolve } = Promise.withResolvers<Observation | undefined>();
    const end = this.onReceived(test, resolve);
    const endWait = afterPatience(milliseconds, () => resolve(undefined));
    try {
      return await promise;
    } finally {
      endWait();
      end();
    }
  }

  /** After this, all frames that passed before are in `observations`. */
  settle(): Promise<void> {
    return this.#reception.drain();
  }

  /** Ends the capture; what it holds stays. */
  stop(): Promise<void> {
    this.#stopped ??= this.#reception.end().then(() => this.#socket.close());
    return this.#stopped;
  }

  /** Writes the frames that `test` picks (all, unless told) to a pcap file. */
  async save(file: string, test: (observation: Observation) => boolean = () => true): Promise<void> {
    await writeFile(file, encodePcap(this.observations.filter(test)));
  }

  #take(frames: readonly CapturedFrame[]): void {
    for (const captured of frames) {
      const observation = { ...captured, frame: decodeFrame(captured.octets) };
      if (this.#keeps(observation.frame)) this.observations.push(observation);
      this.#listeners.tell(observation);
    }
  }
}

const isReceived = ({ outgoing, frame }: Observation, test: FrameTest): boolean => !outgoing && test(frame);
