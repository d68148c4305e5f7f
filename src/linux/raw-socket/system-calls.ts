/**
 * What packet sockets need of the C library beyond `host/libc.ts`. Structures are laid out by hand, for the
 * 64-bit little-endian ABI that Linux has on x86-64 and arm64 alike.
 */
import koffi from 'koffi';
import { checked, MSG_DONTWAIT, SystemCallError, setSocketOptionBytes } from '../libc.ts';

const libc = koffi.load('libc.so.6');

export const AF_PACKET = 17;
export const SOL_SOCKET = 1;
export const SOL_PACKET = 263;
/** Receive timestamps with nanoseconds (socket(7)). */
export const SO_TIMESTAMPNS = 35;
/** Receive buffer size past the limit that the system sets for the unprivileged. */
export const SO_RCVBUFFORCE = 33;
/** The VLAN tag that the kernel took off a frame (packet(7)). */
export const PACKET_AUXDATA = 8;
/** How many frames a socket got, and dropped (packet(7)). */
export const PACKET_STATISTICS = 6;
/** A header before each frame that says what is left to be done for it (packet(7)). */
export const PACKET_VNET_HDR = 15;
/** A classic BPF program that says which frames a socket gets (socket(7)). */
const SO_ATTACH_FILTER = 26;
const POLLIN = 1;

const EFD_CLOEXEC = 0o2000000;
const EFD_NONBLOCK = 0o4000;

/** bind(2); `address` is a socket address structure. */
export const bind = checked<[fd: number, address: Uint8Array, length: number]>(
  'int bind(int fd, const uint8_t *address, uint32_t length)',
);

/** One instruction of classic BPF: operation, where to go on if it holds and if not, operand. */
export type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, operand: number];

/** Lets a socket have only the frames for which the program returns a length. */
export function attachFilter(fd: number, program: readonly Instruction[]): void {
  const instructions = Buffer.alloc(program.length * 8);
  for (const [index, [code, ifTrue, ifFalse, operand]] of program.entries()) {
    instructions.writeUInt16LE(code, index * 8);
    instructions.writeUInt8(ifTrue, index * 8 + 2);
    instructions.writeUInt8(ifFalse, index * 8 + 3);
    instructions.writeUInt32LE(operand, index * 8 + 4);
  }
  // struct sock_fprog: number of instructions, and where they are.
  const description = Buffer.alloc(16);
  description.writeUInt16LE(program.length, 0);
  description.writeBigUInt64LE(koffi.address(instructions), 8);
  setSocketOptionBytes(fd, SOL_SOCKET, SO_ATTACH_FILTER, description);
}

/** The index of a device in the namespace that the thread is in. */
export function deviceIndex(name: string): number {
  const index = ifNameToIndex(name);
  if (index === 0) throw new SystemCallError(`no device ${name}`, koffi.errno());
  return index;
}
const ifNameToIndex = libc.func('uint32_t if_nametoindex(const char *name)') as (name: string) => number;

/** An event counter to wake up a thread that polls. */
export const createEvent = (): number => eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
const eventfd = checked<[count: number, flags: number]>('int eventfd(uint32_t count, int flags)');

const pollCall = libc.func('int poll(uint8_t *fds, unsigned long count, int timeout)') as (
  fds: Uint8Array,
  count: number,
  timeout: number,
) => number;

/** Waits until one of the descriptors can be read, at most `timeout` milliseconds; gives those that can. */
export function waitReadable(fds: readonly number[], timeout: number): number[] {
  // struct pollfd: descriptor, events wanted, events seen.
  const structures = Buffer.alloc(fds.length * 8);
  fds.forEach((fd, index) => {
    structures.writeInt32LE(fd, index * 8);
    structures.writeInt16LE(POLLIN, index * 8 + 4);
  });
  // The only failures are interruption by a signal and a lack of memory: look again either way.
  if (pollCall(structures, fds.length, timeout) <= 0) return [];
  return fds.filter((_, index) => structures.readInt16LE(index * 8 + 6) !== 0);
}

/** Sets an event counter back to zero. */
export const clearEvent = (fd: number): void => {
  readCall(fd, Buffer.alloc(8), 8);
};
const readCall = libc.func('long read(int fd, _Out_ uint8_t *data, unsigned long length)') as (
  fd: number,
  data: Uint8Array,
  length: number,
) => number;

const recvmsg = libc.func('long recvmsg(int fd, uint8_t *header, int flags)') as (
  fd: number,
  header: Uint8Array,
  flags: number,
) => number;

/** What one message brought along, as views that the next one overwrites. */
export interface ReceivedMessage {
  readonly data: Buffer;
  /** Of the sender: a socket address structure. */
  readonly address: Buffer;
  /** Ancillary data: cmsghdr structures. */
  readonly control: Buffer;
}

/** Buffers for recvmsg(2), used again for each message. */
export class MessageBuffer {
  readonly #data = Buffer.allocUnsafeSlow(65536 + 64);
  readonly #address = Buffer.allocUnsafeSlow(32);
  readonly #control = Buffer.allocUnsafeSlow(256);
  readonly #vector = Buffer.allocUnsafeSlow(16);
  readonly #header = Buffer.alloc(56);

  constructor() {
    // struct iovec, and the constant part of struct msghdr.
    this.#vector.writeBigUInt64LE(koffi.address(this.#data), 0);
    this.#vector.writeBigUInt64LE(BigInt(this.#data.length), 8);
    this.#header.writeBigUInt64LE(koffi.address(this.#address), 0);
    this.#header.writeBigUInt64LE(koffi.address(this.#vector), 16);
    this.#header.writeBigUInt64LE(1n, 24);
    this.#header.writeBigUInt64LE(koffi.address(this.#control), 32);
  }

  /** The next message of a socket; undefined when there is none, or the socket reports an error. */
  receive(fd: number): ReceivedMessage | undefined {
    this.#header.writeUInt32LE(this.#address.length, 8);
    this.#header.writeBigUInt64LE(BigInt(this.#control.length), 40);
    const length = recvmsg(fd, this.#header, MSG_DONTWAIT);
    if (length < 0) return undefined;
    return {
      data: this.#data.subarray(0, length),
      address: this.#address.subarray(0, this.#header.readUInt32LE(8)),
      control: this.#control.subarray(0, Number(this.#header.readBigUInt64LE(40))),
    };
  }
}

const recv = libc.func('long recv(int fd, _Out_ uint8_t *data, unsigned long length, int flags)') as (
  fd: number,
  data: Uint8Array,
  length: number,
  flags: number,
) => number;

/** A buffer for whole frames, used again for each. */
export class FrameBuffer {
  readonly #octets = Buffer.allocUnsafeSlow(65536 + 64);

  /** The next frame of a socket, which the one after it overwrites; undefined when there is none, or an error. */
  receive(fd: number): Buffer | undefined {
    const length = recv(fd, this.#octets, this.#octets.length, MSG_DONTWAIT);
    return length < 0 ? undefined : this.#octets.subarray(0, length);
  }
}
