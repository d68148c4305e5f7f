/** How long an answer of DNS may be kept (RFC 2181 section 5.2, RFC 2308), and where it says so. Pure. */
import { DNS_CODE, DNS_FLAG, DNS_HEADER_LENGTH, DNS_TYPE, readPlaces } from './dns.ts';

/** What an answer says of how long it holds. */
export interface DnsLifetimes {
  /** Seconds for which the answer as a whole holds. */
  readonly seconds: number;
  /** Where in the message its records have their lifetimes, of four octets each. */
  readonly at: readonly number[];
}

const POINTER = 0xc0;

/**
 * The lifetimes in an answer.
 * @returns undefined for an answer that says nothing of it, that was cut, or that tells of a fault
 * @throws PacketError for what is no message
 */
export const dnsLifetimes = (octets: Uint8Array): DnsLifetimes | undefined => readPlaces(octets, lifetimesIn);

function lifetimesIn(message: Buffer): DnsLifetimes | undefined {
  const flags = message.readUInt16BE(2);
  const code = flags & 0xf;
  if ((flags & DNS_FLAG.truncated) !== 0 || (code !== DNS_CODE.noError && code !== DNS_CODE.nameError))
    return undefined;
  const [questions, answers, authorities, additional] = [4, 6, 8, 10].map((at) =>
    message.readUInt16BE(at),
  ) as [number, number, number, number];
  let at = DNS_HEADER_LENGTH;
  for (let left = questions; left > 0; left--) at = behindName(message, at) + 4;
  const places: number[] = [];
  const holds: number[] = [];
  for (let index = 0; index < answers + authorities + additional; index++) {
    at = behindName(message, at);
    const type = message.readUInt16BE(at);
    const [ttlAt, length] = [at + 4, message.readUInt16BE(at + 8)];
    at += 10 + length;
    if (type === DNS_TYPE.opt) continue; // it has flags in the place of a lifetime
    const ttl = message.readUInt32BE(ttlAt);
    places.push(ttlAt);
    // That there is nothing holds as long as the zone says in its last field.
    const isDenial = answers === 0 && type === DNS_TYPE.soa;
    if (isDenial) holds.push(Math.min(ttl, message.readUInt32BE(at - 4)));
    else if (index < answers) holds.push(ttl);
  }
  return holds.length === 0 ? undefined : { seconds: Math.min(...holds), at: places };
}

/** Where a name ends: behind its root, or behind a pointer to the rest of it. */
function behindName(message: Buffer, start: number): number {
  let at = start;
  for (let size = message.readUInt8(at); size > 0; size = message.readUInt8(at)) {
    if ((size & POINTER) === POINTER) return at + 2;
    at += size + 1;
  }
  return at + 1;
}
