/**
 * The few calls of the C library that Node has no binding for. All of them are synchronous and return at once
 * (nothing here waits for the network), so calling them on the main thread is fine.
 *
 * A call that fails throws a SystemCallError instead of returning -1.
 */
import { getSystemErrorMap } from 'node:util';
import koffi from 'koffi';
import type { Address } from '../addressing/index.ts';

const libc = koffi.load('libc.so.6');

/** A call to the kernel that failed: `code` is the errno's name, such as `EEXIST`. */
export class SystemCallError extends Error {
  override readonly name = 'SystemCallError';
  readonly code: string;

  /** `errno` is the positive number that the kernel reports. */
  constructor(what: string, errno: number) {
    const [code, text] = getSystemErrorMap().get(-errno) ?? [`errno ${errno}`, 'unknown error'];
    super(`${what}: ${text} (${code})`);
    this.code = code;
  }
}

/** Wraps a C function that returns -1 and sets errno when it fails. */
export function checked<Arguments extends unknown[]>(definition: string): (...args: Arguments) => number {
  const call = libc.func(definition) as (...args: Arguments) => number;
  const name = call.name || definition.replace(/\(.*/, '').replace(/.* /, '');
  return (...args) => {
    const result = call(...args);
    if (result === -1) throw new SystemCallError(name, koffi.errno());
    return result;
  };
}

export const CLONE_NEWNET = 0x40000000;
export const CLONE_NEWNS = 0x00020000;

/** setns(2): moves the calling thread into the namespace that `fd` refers to. */
export const setns = checked<[fd: number, type: number]>('int setns(int fd, int nstype)');

/** unshare(2): gives the calling thread namespaces of its own. */
export const unshare = checked<[flags: number]>('int unshare(int flags)');

export const MS_BIND = 0x1000;
export const MS_REC = 0x4000;
export const MS_SLAVE = 0x80000;
export const MS_SHARED = 0x100000;

/** mount(2). */
export const mount = checked<
  [source: string | null, target: string, type: string | null, flags: number, data: string | null]
>(
  'int mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data)',
);

export const MNT_DETACH = 2;

/** umount2(2). */
export const umount = checked<[target: string, flags: number]>('int umount2(const char *target, int flags)');

export const LOCK_EX = 2;
export const LOCK_NB = 4;

/** flock(2). The lock goes with the open file: the kernel releases it when the process ends, however it ends. */
export const flock = checked<[fd: number, operation: number]>('int flock(int fd, int operation)');

export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_NETLINK = 16;
export const SOCK_RAW = 3;
export const SOCK_CLOEXEC = 0o2000000;

/** The address family of an address, for the kernel. */
export const familyOf = ({ family }: Pick<Address, 'family'>): number => (family === 6 ? AF_INET6 : AF_INET);

/** socket(2). The socket belongs to the network namespace that the thread is in at this moment, for good. */
export const socket = checked<[domain: number, type: number, protocol: number]>(
  'int socket(int domain, int type, int protocol)',
);

/** send(2): the number of bytes sent. */
export const send = checked<[fd: number, data: Uint8Array, length: number, flags: number]>(
  'long send(int fd, const uint8_t *data, unsigned long length, int flags)',
);

export const MSG_DONTWAIT = 0x40;

/** recv(2): the number of bytes received into `data`. */
export const receive = checked<[fd: number, data: Uint8Array, length: number, flags: number]>(
  'long recv(int fd, _Out_ uint8_t *data, unsigned long length, int flags)',
);

const setsockopt = checked<[fd: number, level: number, option: number, value: Uint8Array, length: number]>(
  'int setsockopt(int fd, int level, int option, const uint8_t *value, uint32_t length)',
);

/** setsockopt(2) of an option that is a structure. */
export function setSocketOptionBytes(fd: number, level: number, option: number, value: Uint8Array): void {
  setsockopt(fd, level, option, value, value.length);
}

/** setsockopt(2) of an option that is a number. */
export function setSocketOption(fd: number, level: number, option: number, value: number): void {
  const encoded = Buffer.alloc(4);
  encoded.writeInt32LE(value);
  setsockopt(fd, level, option, encoded, encoded.length);
}

const getsockopt = checked<
  [fd: number, level: number, option: number, value: Uint8Array, length: Uint8Array]
>('int getsockopt(int fd, int level, int option, _Out_ uint8_t *value, _Inout_ uint8_t *length)');

/** getsockopt(2) of an option that is a structure of this many octets. */
export function getSocketOption(fd: number, level: number, option: number, length: number): Buffer {
  const value = Buffer.alloc(length);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(length);
  getsockopt(fd, level, option, value, size);
  return value;
}
