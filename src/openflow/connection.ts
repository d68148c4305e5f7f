/** A connection to a bridge's management socket, speaking OpenFlow 1.4. */
import { connect, type Socket } from 'node:net';
import { encodeBundle, type FlowDifference } from './bundle.ts';
import {
  type CountedDrop,
  decodeFlowStatistics,
  dropsOf,
  type EncodedFlow,
  encodeFlowStatisticsRequest,
  flowIdentity,
} from './flow.ts';
import { isLearned } from './learning.ts';
import { encodeMatch } from './match.ts';
import {
  decodeOpenFlowMessages,
  encodeOpenFlowMessage,
  type Message,
  MessageType,
  VERSION,
} from './message.ts';
import {
  decodeMeterDrops,
  decodeMeters,
  encodeMeterMods,
  encodeMetersRequest,
  type Meter,
  type MeterDifference,
} from './meter.ts';
import { decodePacketIn, encodePacketOut, type ReportedPacket } from './packet-in.ts';

/** ofp_multipart_type (ONF TS-012, section 7.3.5). */
const Multipart = { FLOW: 1, METER: 9, METER_CONFIG: 10, FLOW_MONITOR: 16 } as const;
const MULTIPART_HEADER_LENGTH = 8;
const MORE_FOLLOWS = 0x1;

/** Watch additions, removals and modifications of flows, with instructions (section 7.3.5.18). */
const MONITOR_EVERYTHING = 0x2 | 0x4 | 0x8 | 0x10;
/** The event by which the switch mentions what this connection itself did. */
const EVENT_ABBREVIATED = 4;

/** Open vSwitch's own value of ofp_config_flags (section 7.3.2). */
const FRAGMENTS_NX_MATCH = 3;
/** What the switch wants to be told before it reports packets here; how much of them is up to each flow. */
const SOME_OCTETS = 128;

/** OFPP_NORMAL: as a switch forwards that learns. */
const NORMAL = 0xfffffffa;

/** A switch that refused a request, or is gone. */
export class OpenFlowError extends Error {
  override readonly name = 'OpenFlowError';
}

/** A request under way, known by the transaction that its answer has: the last of its messages'. */
interface Waiting {
  /** The transaction of its first message. */
  first: number;
  resolve: (answers: Message[]) => void;
  reject: (error: Error) => void;
  answers: Message[];
}

export class OpenFlowConnection {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiting>();
  readonly #closed = Promise.withResolvers<void>();
  #received = Buffer.alloc(0);
  #transaction = 0;
  #bundle = 0;
  #flowsChanged: () => void = () => {};
  #reported: (packet: ReportedPacket) => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (data: Buffer) => this.#receive(data));
    socket.on('error', () => {}); // 'close' follows
    socket.on('close', () => {
      for (const { reject } of this.#waiting.values())
        reject(new OpenFlowError('the switch closed the connection'));
      this.#closed.resolve();
    });
  }

  /**
   * Connects to a bridge.
   * @param path unix socket, `<OVS_RUNDIR>/<bridge>.mgmt`
   * @throws a system error when nobody listens there
   */
  static async open(path: string): Promise<OpenFlowConnection> {
    const socket = connect({ path });
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    const connection = new OpenFlowConnection(socket);
    socket.write(encodeOpenFlowMessage(MessageType.HELLO, 0, versionBitmap()));
    return connection;
  }

  /** Settles when the connection is closed, by either side. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  close(): void {
    this.#socket.destroy();
  }

  /**
   * Has flows see the upper layer in first fragments, for as long as the bridge lives. Without it they see zeros
   * there, as they do in later fragments ("Fragments" in ovs-fields(7)). And calls `listener` with the packets that
   * flows report, from now on.
   */
  configure(listener: (packet: ReportedPacket) => void): void {
    this.#reported = listener;
    const config = Buffer.alloc(4);
    config.writeUInt16BE(FRAGMENTS_NX_MATCH, 0);
    config.writeUInt16BE(SOME_OCTETS, 2);
    this.#socket.write(encodeOpenFlowMessage(MessageType.SET_CONFIG, ++this.#transaction, config));
  }

  /** Calls `listener` whenever somebody else adds, changes or removes flows of the bridge; those that it learns do not count. */
  async watchFlows(listener: () => void): Promise<void> {
    this.#flowsChanged = listener;
    const monitor = Buffer.alloc(16);
    monitor.writeUInt32BE(1, 0); // number of the monitor
    monitor.writeUInt32BE(0xffffffff, 4); // any port
    monitor.writeUInt32BE(0xffffffff, 8); // any group
    monitor.writeUInt16BE(MONITOR_EVERYTHING, 12);
    monitor.writeUInt8(0xff, 14); // all tables
    await this.#multipart(Multipart.FLOW_MONITOR, Buffer.concat([monitor, encodeMatch({})]));
  }

  /** All flows of the bridge, but those that it has learned. */
  async flows(): Promise<EncodedFlow[]> {
    const answers = await this.#multipart(Multipart.FLOW, encodeFlowStatisticsRequest());
    return answers
      .flatMap(({ body }) => decodeFlowStatistics(body.subarray(MULTIPART_HEADER_LENGTH)))
      .filter(({ cookie }) => !isLearned(cookie));
  }

  /** What flows that drop for a reason have dropped since they are there. */
  async flowDrops(): Promise<CountedDrop[]> {
    const answers = await this.#multipart(Multipart.FLOW, encodeFlowStatisticsRequest('reasoned'));
    return dropsOf(
      answers.flatMap(({ body }) => decodeFlowStatistics(body.subarray(MULTIPART_HEADER_LENGTH))),
    );
  }

  /** How many packets flows have let through that are counted, by their identity. */
  async flowCounts(): Promise<Map<string, number>> {
    const answers = await this.#multipart(Multipart.FLOW, encodeFlowStatisticsRequest('counted'));
    const flows = answers.flatMap(({ body }) => decodeFlowStatistics(body.subarray(MULTIPART_HEADER_LENGTH)));
    return new Map(flows.map((flow) => [flowIdentity(flow), flow.packets]));
  }

  /** What meters have dropped since they are there, by number. */
  async meterDrops(): Promise<Map<number, number>> {
    const answers = await this.#multipart(Multipart.METER, encodeMetersRequest());
    return new Map(
      answers.flatMap(({ body }) => [...decodeMeterDrops(body.subarray(MULTIPART_HEADER_LENGTH))]),
    );
  }

  /** All meters of the bridge, by number. */
  async meters(): Promise<Map<number, Meter>> {
    const answers = await this.#multipart(Multipart.METER_CONFIG, encodeMetersRequest());
    return new Map(answers.flatMap(({ body }) => [...decodeMeters(body.subarray(MULTIPART_HEADER_LENGTH))]));
  }

  /**
   * Changes flows, all of them or none, and the meters that they use. Packets see either the old flows or the new
   * ones.
   * @throws OpenFlowError when the switch refuses one
   */
  async change(flows: FlowDifference, meters: MeterDifference): Promise<void> {
    const first = this.#transaction + 1;
    const transaction = () => ++this.#transaction;
    const { before, after } = encodeMeterMods(meters, transaction);
    const bundle = encodeBundle(flows, ++this.#bundle, transaction);
    const barrier = encodeOpenFlowMessage(MessageType.BARRIER_REQUEST, transaction());
    await this.#request([...before, ...bundle, ...after, barrier], first, this.#transaction);
  }

  /**
   * Has the bridge forward a frame as a switch does that learns, as if it had come in by a port; resolves when it has.
   */
  async forward(from: number, frame: Uint8Array): Promise<void> {
    this.#packetOut(encodePacketOut(NORMAL, from), frame);
    const barrier = encodeOpenFlowMessage(MessageType.BARRIER_REQUEST, ++this.#transaction);
    await this.#request([barrier], this.#transaction, this.#transaction);
  }

  /** Sends an Ethernet frame out of a port. */
  send(port: number, frame: Uint8Array): void {
    this.#packetOut(encodePacketOut(port), frame);
  }

  #packetOut(body: Buffer, frame: Uint8Array): void {
    this.#socket.write(
      encodeOpenFlowMessage(MessageType.PACKET_OUT, ++this.#transaction, body, Buffer.from(frame)),
    );
  }

  async #multipart(type: number, body: Buffer): Promise<Message[]> {
    const header = Buffer.alloc(MULTIPART_HEADER_LENGTH);
    header.writeUInt16BE(type, 0);
    const transaction = ++this.#transaction;
    const request = encodeOpenFlowMessage(MessageType.MULTIPART_REQUEST, transaction, header, body);
    return this.#request([request], transaction, transaction);
  }

  /** Sends messages and waits for the answer to the last one; an error about any of them is thrown. */
  #request(messages: readonly Buffer[], first: number, last: number): Promise<Message[]> {
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) return reject(new OpenFlowError('the connection to the switch is closed'));
      this.#waiting.set(last, { first, resolve, reject, answers: [] });
      this.#socket.write(Buffer.concat(messages));
    });
  }

  #receive(data: Buffer): void {
    const { messages, rest } = decodeOpenFlowMessages(Buffer.concat([this.#received, data]));
    this.#received = Buffer.from(rest);
    for (const message of messages) this.#dispatch(message);
  }

  #dispatch(message: Message): void {
    const { type, transaction, body } = message;
    if (type === MessageType.ECHO_REQUEST) {
      this.#socket.write(encodeOpenFlowMessage(MessageType.ECHO_REPLY, transaction, body));
      return;
    }
    if (type === MessageType.PACKET_IN) {
      const packet = decodePacketIn(body);
      if (packet !== undefined) this.#reported(packet);
      return;
    }
    if (type === MessageType.MULTIPART_REPLY && isForeignChange(body)) this.#flowsChanged();
    if (type === MessageType.ERROR) {
      this.#refuse(transaction, refusal(body));
      return;
    }
    const waiting = this.#waiting.get(transaction);
    if (waiting === undefined) return;
    waiting.answers.push(message);
    if (type === MessageType.MULTIPART_REPLY && body.readUInt16BE(2) & MORE_FOLLOWS) return;
    this.#waiting.delete(transaction);
    waiting.resolve(waiting.answers);
  }

  #refuse(transaction: number, error: OpenFlowError): void {
    for (const [last, { first, reject }] of this.#waiting) {
      if (transaction < first || transaction > last) continue;
      this.#waiting.delete(last);
      reject(error);
    }
  }
}

/** Where an update of the flow monitor has the lower half of the flow's cookie (ofp_flow_update_full). */
const COOKIE_AT = 20;

/** Whether an update of the flow monitor tells of anything that another connection did. */
function isForeignChange(body: Buffer): boolean {
  if (body.readUInt16BE(0) !== Multipart.FLOW_MONITOR) return false;
  for (let at = MULTIPART_HEADER_LENGTH; at < body.length; at += body.readUInt16BE(at)) {
    if (body.readUInt16BE(at + 2) === EVENT_ABBREVIATED) continue;
    if (!isLearned(body.readUInt32BE(at + COOKIE_AT))) return true;
  }
  return false;
}

function refusal(body: Buffer): OpenFlowError {
  const [type, code] = [body.readUInt16BE(0), body.readUInt16BE(2)];
  return new OpenFlowError(`the switch refused a request: error type ${type}, code ${code} (ofp_error_msg)`);
}

/** The element of a HELLO that says which versions this side speaks. */
function versionBitmap(): Buffer {
  const element = Buffer.alloc(8);
  element.writeUInt16BE(1, 0);
  element.writeUInt16BE(8, 2);
  element.writeUInt32BE(1 << VERSION, 4);
  return element;
}
