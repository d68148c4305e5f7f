/** What other servers' answers say (RFC 1035 section 4), as far as a translator of them must know. Pure. */
import { Address } from '../addressing/index.ts';
import {
  DNS_CLASS_IN,
  DNS_FLAG,
  DNS_HEADER_LENGTH,
  DNS_TYPE,
  type DnsData,
  type DnsRecord,
  readPlaces,
} from './dns.ts';
import { PacketError } from './wire.ts';

/** An answer, read. */
export interface DnsReading {
  /** One of `DNS_CODE`. */
  readonly code: number;
  /** It was cut: there is more by TCP. */
  readonly isTruncated: boolean;
  /** Addresses, other names and pointers, with the names that they are of; records of other types are left out. */
  readonly answers: readonly (DnsRecord & { readonly name: readonly string[] })[];
  /** Seconds for which it holds that there is nothing (RFC 2308 section 5); undefined where it does not say. */
  readonly denialSeconds: number | undefined;
}

/** Octets of a name in a message are at most these (RFC 1035 section 2.3.4); pointers are followed no longer. */
const LONGEST_NAME = 255;

/** @throws PacketError for what is no message, or ends too soon */
export const readDnsAnswer = (octets: Uint8Array): DnsReading => readPlaces(octets, read);

function read(message: Buffer): DnsReading {
  const flags = message.readUInt16BE(2);
  const [questions, answered, authorities] = [4, 6, 8].map((at) => message.readUInt16BE(at)) as [
    number,
    number,
    number,
  ];
  let at = DNS_HEADER_LENGTH;
  for (let left = questions; left > 0; left--) at = nameAt(message, at).end + 4;
  const answers: (DnsRecord & { name: readonly string[] })[] = [];
  let denialSeconds: number | undefined;
  for (let index = 0; index < answered + authorities; index++) {
    const { labels: name, end } = nameAt(message, at);
    const [type, kind] = [message.readUInt16BE(end), message.readUInt16BE(end + 2)];
    const [ttl, length] = [message.readUInt32BE(end + 4), message.readUInt16BE(end + 8)];
    const start = end + 10;
    at = start + length;
    if (at > message.length) throw new PacketError('a record of a DNS message ends too late');
    if (index >= answered) {
      if (type === DNS_TYPE.soa) denialSeconds = Math.min(ttl, message.readUInt32BE(at - 4));
      continue;
    }
    const data = kind === DNS_CLASS_IN ? dataAt(message, type, start, length) : undefined;
    if (data !== undefined) answers.push({ name, ttl, data });
  }
  return { code: flags & 0xf, isTruncated: (flags & DNS_FLAG.truncated) !== 0, answers, denialSeconds };
}

function dataAt(message: Buffer, type: number, start: number, length: number): DnsData | undefined {
  switch (type) {
    case DNS_TYPE.a:
      if (length !== 4) throw new PacketError(`an A record has ${length} octets`);
      return { kind: 'address', address: Address.of(4, BigInt(message.readUInt32BE(start))) };
    case DNS_TYPE.aaaa: {
      if (length !== 16) throw new PacketError(`an AAAA record has ${length} octets`);
      const [high, low] = [message.readBigUInt64BE(start), message.readBigUInt64BE(start + 8)];
      return { kind: 'address', address: Address.of(6, (high << 64n) | low) };
    }
    case DNS_TYPE.cname:
      return { kind: 'cname', name: nameAt(message, start).labels };
    case DNS_TYPE.ptr:
      return { kind: 'ptr', name: nameAt(message, start).labels };
    default:
      return undefined;
  }
}

/** A name and where it ends. Pointers lead backwards only: none is followed twice. */
function nameAt(message: Buffer, start: number): { labels: string[]; end: number } {
  const labels: string[] = [];
  let [at, end, octets, limit] = [start, -1, 0, start];
  for (;;) {
    const size = message.readUInt8(at);
    if ((size & 0xc0) === 0xc0) {
      const target = message.readUInt16BE(at) & 0x3fff;
      if (end < 0) end = at + 2;
      if (target >= limit) throw new PacketError('a pointer in a DNS name leads forward');
      limit = target;
      at = target;
      continue;
    }
    if (size > 63) throw new PacketError(`a label in a DNS message has ${size} octets: at most 63`);
    octets += size + 1;
    if (octets > LONGEST_NAME) throw new PacketError('a name in a DNS message has more than 255 octets');
    if (size === 0) return { labels, end: end < 0 ? at + 1 : end };
    if (at + 1 + size > message.length) throw new RangeError('a label ends behind the message');
    labels.push(message.toString('latin1', at + 1, at + 1 + size));
    at += size + 1;
  }
}
