/** What a device leaves to be done by whoever takes its frames: ethtool's requests, by ioctl(2). */
import { closeSync } from 'node:fs';
import koffi from 'koffi';
import { AF_INET, checked, SOCK_CLOEXEC, socket } from './libc.ts';
import { inNamespace } from './namespace.ts';

const SOCK_DGRAM = 2;
const SIOCETHTOOL = 0x8946;
const ETHTOOL_STXCSUM = 0x17;
const NAME_LENGTH = 16;
/** Octets of the union in struct ifreq that follow the pointer. */
const REST_LENGTH = 16;

const ethtoolValue = koffi.struct('ethtool_value', { cmd: 'uint32_t', data: 'uint32_t' });
koffi.struct('ifreq', {
  name: koffi.array('uint8_t', NAME_LENGTH),
  data: koffi.pointer(ethtoolValue),
  rest: koffi.array('uint8_t', REST_LENGTH),
});

interface DeviceRequest {
  readonly name: Uint8Array;
  readonly data: { readonly cmd: number; readonly data: number };
  readonly rest: Uint8Array;
}

const ioctl = checked<[fd: number, request: number, about: DeviceRequest]>(
  'int ioctl(int fd, unsigned long request, ifreq *about)',
);

/**
 * Has the kernel complete the checksums of what is sent on a device, and segment it, before anybody takes it.
 * @param namespace of the device; null is the process's own
 * @throws SystemCallError when there is no such device
 */
export function completeChecksums(namespace: string | null, device: string): void {
  switchOff(ETHTOOL_STXCSUM, namespace, device);
}

function switchOff(cmd: number, namespace: string | null, device: string): void {
  const name = Buffer.alloc(NAME_LENGTH);
  name.write(device, 'latin1');
  inNamespace(namespace, () => {
    const fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    try {
      const data = { cmd, data: 0 };
      ioctl(fd, SIOCETHTOOL, { name, data, rest: new Uint8Array(REST_LENGTH) });
    } finally {
      closeSync(fd);
    }
  });
}
