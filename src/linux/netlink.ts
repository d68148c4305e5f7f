/**
 * A conversation with a subsystem of the kernel's: with that of routing (rtnetlink(7)) about links, addresses, routes.
 *
 * The kernel carries a request out while it is being sent, and its answer is there when `send` returns. So the
 * calls are synchronous, take microseconds, and never wait.
 */
import { closeSync } from 'node:fs';
import {
  AF_NETLINK,
  MSG_DONTWAIT,
  receive,
  SOCK_CLOEXEC,
  SOCK_RAW,
  SystemCallError,
  send,
  setSocketOption,
  socket,
} from './libc.ts';
import { inNamespace } from './namespace.ts';
import {
  attributeText,
  decodeAttributes,
  decodeNetlinkMessages,
  encodeNetlinkMessage,
  type NetlinkMessage,
} from './netlink-message.ts';

const NETLINK_ROUTE = 0;
const SOL_NETLINK = 270;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;

const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const NLM_F_REQUEST = 0x1;
const NLM_F_ACK = 0x4;
/** On a request: give all objects. On the acknowledgement the same bit says that attributes explain an error. */
const NLM_F_DUMP = 0x300;
const NLM_F_ACK_TLVS = 0x200;
const NLMSGERR_ATTR_MSG = 1;
/** Error code, and the header of the message that it is about. */
const ERROR_LENGTH = 20;

/** Make the object, which must not be there. */
export const CREATE = 0x400 | 0x200;
/** Make the object, or replace one that is there. */
export const REPLACE = 0x400 | 0x100;

/** The biggest answer that the kernel makes up at once is 32 KiB. */
const BUFFER_LENGTH = 64 * 1024;
/** One for all sockets: what is read is copied before anything else is. */
const buffer = Buffer.alloc(BUFFER_LENGTH);

export class NetlinkSocket implements Disposable {
  readonly #fd: number;
  #sequence = 0;

  /**
   * Opens a conversation about a network namespace; null is the process's own.
   * @param subsystem of the kernel; that of routing when left out
   */
  constructor(namespace: string | null, subsystem = NETLINK_ROUTE) {
    this.#fd = inNamespace(namespace, () => socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, subsystem));
    setSocketOption(this.#fd, SOL_NETLINK, NETLINK_CAP_ACK, 1);
    setSocketOption(this.#fd, SOL_NETLINK, NETLINK_EXT_ACK, 1);
  }

  /** As long as the socket is open, its namespace cannot end. */
  close(): void {
    closeSync(this.#fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * Has the kernel do something.
   * @param what names the request in the error
   * @throws SystemCallError when it refuses, with its reason
   */
  request(what: string, type: number, flags: number, parts: readonly Buffer[]): NetlinkMessage[] {
    return this.#exchange(what, type, NLM_F_REQUEST | NLM_F_ACK | flags, parts);
  }

  /** Asks for all objects of a kind. */
  dump(what: string, type: number, parts: readonly Buffer[]): NetlinkMessage[] {
    return this.#exchange(what, type, NLM_F_REQUEST | NLM_F_DUMP, parts);
  }

  /** Sends a request and collects what comes back before its end. */
  #exchange(what: string, type: number, flags: number, parts: readonly Buffer[]): NetlinkMessage[] {
    const sequence = ++this.#sequence;
    const message = encodeNetlinkMessage(type, flags, sequence, parts);
    send(this.#fd, message, message.length, 0);
    const answers: NetlinkMessage[] = [];
    while (true) {
      const length = receive(this.#fd, buffer, BUFFER_LENGTH, MSG_DONTWAIT);
      for (const answer of decodeNetlinkMessages(Buffer.from(buffer.subarray(0, length)))) {
        if (answer.sequence !== sequence) continue; // of a request that was given up
        if (answer.type === NLMSG_DONE) return answers;
        if (answer.type === NLMSG_ERROR) {
          throwError(what, answer);
          return answers;
        }
        answers.push(answer);
      }
    }
  }
}

/** An acknowledgement is an error with code 0. */
function throwError(what: string, { body, flags }: NetlinkMessage): void {
  const code = -body.readInt32LE(0);
  if (code === 0) return;
  const explanation =
    flags & NLM_F_ACK_TLVS ? decodeAttributes(body.subarray(ERROR_LENGTH)).get(NLMSGERR_ATTR_MSG) : undefined;
  throw new SystemCallError(explanation ? `${what}: ${attributeText(explanation)}` : what, code);
}
