/** Frames of instances, looked at where the fields are: what is not for a service costs a few comparisons. */

import { Address, Mac } from '../../addressing/index.ts';
import { ETHER_TYPE, ICMPV6_TYPE, IP_PROTOCOL } from '../../packets/index.ts';

/** Octets from the start of a frame, where IPv6 follows Ethernet and nothing stands between it and the upper layer. */
const AT = {
  source: 6,
  etherType: 12,
  payloadLength: 18,
  nextHeader: 20,
  hopLimit: 21,
  ipSource: 22,
  ipDestination: 38,
  upper: 54,
  /** Of a neighbour solicitation. */
  ndTarget: 62,
} as const;

const UDP_HEADER = 8;

/** An IPv6 packet that an instance sent. */
export class ClientFrame {
  readonly #octets: Buffer;

  private constructor(octets: Buffer) {
    this.#octets = octets;
  }

  /** The UDP datagram to a port, or nothing. */
  static udpTo(port: number, frame: Uint8Array): ClientFrame | undefined {
    const octets = asBuffer(frame);
    const is =
      octets.length >= AT.upper + UDP_HEADER &&
      isIpv6With(IP_PROTOCOL.udp, octets) &&
      octets.readUInt16BE(AT.upper + 2) === port;
    return is ? new ClientFrame(octets) : undefined;
  }

  /** The message of Neighbour Discovery (RFC 4861 section 6.1.1, 7.1.1) of a type, or nothing. */
  static discovery(
    type: 'router-solicitation' | 'neighbour-solicitation',
    frame: Uint8Array,
  ): ClientFrame | undefined {
    const octets = asBuffer(frame);
    const is =
      octets.length >= (type === 'router-solicitation' ? AT.upper + 8 : AT.ndTarget + 16) &&
      isIpv6With(IP_PROTOCOL.icmpv6, octets) &&
      octets[AT.upper] === ICMPV6_TYPE[type] &&
      octets[AT.upper + 1] === 0 &&
      octets[AT.hopLimit] === 255;
    return is ? new ClientFrame(octets) : undefined;
  }

  /** The source MAC as a number: a cheap key. */
  get sourceNumber(): number {
    return this.#octets.readUIntBE(AT.source, 6);
  }

  get sourceMac(): Mac {
    return Mac.of(BigInt(this.sourceNumber));
  }

  get source(): Address {
    return this.#address(AT.ipSource);
  }

  get destination(): Address {
    return this.#address(AT.ipDestination);
  }

  /** Whom a neighbour solicitation asks for. */
  get target(): Address {
    return this.#address(AT.ndTarget);
  }

  /** What a UDP datagram carries, as far as it is there. */
  get data(): Uint8Array {
    const end = AT.upper + this.#octets.readUInt16BE(AT.payloadLength);
    return this.#octets.subarray(AT.upper + UDP_HEADER, end);
  }

  #address(at: number): Address {
    const [high, low] = [this.#octets.readBigUInt64BE(at), this.#octets.readBigUInt64BE(at + 8)];
    return Address.of(6, (high << 64n) | low);
  }
}

const isIpv6With = (protocol: number, octets: Buffer): boolean =>
  octets.readUInt16BE(AT.etherType) === ETHER_TYPE.ipv6 && octets[AT.nextHeader] === protocol;

const asBuffer = (frame: Uint8Array): Buffer => Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
