/** Devices whose other end is a program's: a virtual machine's. */
import { closeSync, constants, openSync } from 'node:fs';
import koffi from 'koffi';
import { checked } from './libc.ts';
import { inNamespace } from './namespace.ts';

const TUNSETIFF = 0x400454ca;
const TUNSETPERSIST = 0x400454cb;
const IFF_TAP = 0x0002;
const IFF_NO_PI = 0x1000;
const NAME_LENGTH = 16;
/** Octets of struct ifreq after name and flags. */
const REST_LENGTH = 22;

koffi.struct('ifreq_flags', {
  name: koffi.array('uint8_t', NAME_LENGTH),
  flags: 'uint16_t',
  rest: koffi.array('uint8_t', REST_LENGTH),
});

const setInterface = checked<
  [fd: number, request: number, about: { name: Uint8Array; flags: number; rest: Uint8Array }]
>('int ioctl(int fd, unsigned long request, ifreq_flags *about)');
const setPersistence = checked<[fd: number, request: number, persists: number]>(
  'int ioctl(int fd, unsigned long request, int persists)',
);

/**
 * Makes a tap device, down, that stays until it is deleted, whatever opens and closes it. One that is there is left as it
 * is.
 * @param namespace network namespace that it is to be in; null is the process's own
 * @throws SystemCallError `EBUSY` when a program has it open, `EINVAL` when a device of another kind has the name
 */
export function createTap(namespace: string | null, device: string): void {
  const name = Buffer.alloc(NAME_LENGTH);
  name.write(device, 'latin1');
  inNamespace(namespace, () => {
    const fd = openSync('/dev/net/tun', constants.O_RDWR);
    try {
      setInterface(fd, TUNSETIFF, { name, flags: IFF_TAP | IFF_NO_PI, rest: new Uint8Array(REST_LENGTH) });
      setPersistence(fd, TUNSETPERSIST, 1);
    } finally {
      closeSync(fd);
    }
  });
}
