/**
 * DNS messages (RFC 1035 section 4), as far as a server with a small zone and a forwarder need them: questions with
 * EDNS (RFC 6891) are read, answers written. Names are lists of labels, each a text of latin1 characters.
 */
import type { Address } from '../addressing/index.ts';
import { addressOctets, concat, PacketError, Reader, u8, u16, u32 } from './wire.ts';

export const DNS_TYPE = {
  a: 1,
  ns: 2,
  cname: 5,
  soa: 6,
  ptr: 12,
  aaaa: 28,
  opt: 41,
  ixfr: 251,
  axfr: 252,
  any: 255,
} as const;

export const DNS_CLASS_IN = 1;

export const DNS_CODE = {
  noError: 0,
  formatError: 1,
  serverFailure: 2,
  nameError: 3,
  notImplemented: 4,
  refused: 5,
  badVersion: 16,
} as const;

/** Octets of a UDP answer to whoever says nothing of larger ones. */
export const PLAIN_UDP_SIZE = 512;
/** Octets of a UDP message that needs no fragments on any IPv6 link (RFC 9715). */
export const SAFE_UDP_SIZE = 1232;

/** Octets of the header; the question follows. */
export const DNS_HEADER_LENGTH = 12;
/**
 * Reads a message by its octets' places.
 * @throws PacketError for one that ends too soon, and what `read` throws
 */
export function readPlaces<Result>(octets: Uint8Array, read: (message: Buffer) => Result): Result {
  try {
    return read(Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength));
  } catch (error) {
    if (error instanceof RangeError) throw new PacketError('a DNS message ends too soon', { cause: error });
    throw error;
  }
}

/** Flags of the header (RFC 1035 section 4.1.1, RFC 4035 section 3.2.2). */
export const DNS_FLAG = {
  response: 0x8000,
  authoritative: 0x0400,
  truncated: 0x0200,
  recursionAvailable: 0x0080,
  checkingDisabled: 0x0010,
} as const;
/** Opcode, "recursion desired" and "checking disabled": an answer has those of its question. */
const ECHOED_FLAGS = 0x7910;

export interface DnsQuestion {
  readonly name: readonly string[];
  readonly type: number;
  readonly class: number;
}

export interface DnsQuery {
  readonly id: number;
  readonly isResponse: boolean;
  readonly opcode: number;
  readonly recursionDesired: boolean;
  readonly question: DnsQuestion;
  readonly edns:
    | { readonly udpSize: number; readonly version: number; readonly dnssecOk: boolean }
    | undefined;
  /** The header's flags and the question as they came, for the answer. */
  readonly flags: number;
  readonly questionOctets: Uint8Array;
}

/** What a record says. */
export type DnsData =
  | { readonly kind: 'address'; readonly address: Address }
  | { readonly kind: 'ptr' | 'cname'; readonly name: readonly string[] }
  | { readonly kind: 'soa'; readonly server: readonly string[]; readonly minimum: number };

export interface DnsRecord {
  /** Undefined for the name in question. */
  readonly name?: readonly string[];
  /** Seconds. */
  readonly ttl: number;
  readonly data: DnsData;
}

export interface DnsAnswer {
  /** One of `DNS_CODE`. */
  readonly code: number;
  readonly authoritative?: boolean;
  readonly answers?: readonly DnsRecord[];
  readonly authority?: readonly DnsRecord[];
}

/** @throws PacketError for what is no message with exactly one question */
export function decodeDnsQuery(octets: Uint8Array): DnsQuery {
  const reader = new Reader(octets, 'a DNS message');
  const id = reader.u16();
  const flags = reader.u16();
  const [questions, answers, authorities, additionals] = [
    reader.u16(),
    reader.u16(),
    reader.u16(),
    reader.u16(),
  ];
  if (questions !== 1) throw new PacketError(`a DNS message has ${questions} questions: 1 is answered`);
  const name = readName(reader);
  const question = { name, type: reader.u16(), class: reader.u16() };
  const questionOctets = octets.slice(DNS_HEADER_LENGTH, octets.length - reader.remaining);
  const isResponse = (flags & DNS_FLAG.response) !== 0;
  // What follows in an answer is for who asked: names there may be compressed.
  const edns = isResponse || answers + authorities > 0 ? undefined : readEdns(reader, additionals);
  return {
    id,
    isResponse,
    opcode: (flags >> 11) & 0xf,
    recursionDesired: (flags & 0x0100) !== 0,
    question,
    edns,
    flags,
    questionOctets,
  };
}

/**
 * An answer to a query.
 * @param limit octets that the answer may have; one that has more is cut to its head, and says so
 * @throws PacketError for a name that cannot be written
 */
export function encodeDnsAnswer(query: DnsQuery, answer: DnsAnswer, limit: number): Uint8Array {
  const { code, answers = [], authority = [], authoritative = false } = answer;
  const options = query.edns ? [ednsRecord(code, query.edns.dnssecOk)] : [];
  const flags =
    DNS_FLAG.response |
    DNS_FLAG.recursionAvailable |
    (query.flags & ECHOED_FLAGS) |
    (authoritative ? DNS_FLAG.authoritative : 0) |
    (code & 0xf);
  const message = (more: number, records: readonly DnsRecord[][]) =>
    concat(
      ...[query.id, flags | more, 1, ...records.map(({ length }) => length), options.length].map(u16),
      query.questionOctets,
      ...records.flat().map(encodeRecord),
      ...options,
    );
  const whole = message(0, [[...answers], [...authority]]);
  return whole.length <= limit ? whole : message(DNS_FLAG.truncated, [[], []]);
}

/** A refusal of octets that are no query: their id is all that is known of them. Undefined when not even that. */
export function encodeFormatError(octets: Uint8Array): Uint8Array | undefined {
  if (octets.length < DNS_HEADER_LENGTH || ((octets[2] ?? 0) & 0x80) !== 0) return undefined;
  const flags = DNS_FLAG.response | DNS_CODE.formatError;
  return concat(octets.slice(0, 2), u16(flags), new Uint8Array(8));
}

/** The head of an answer, marked as cut: whoever asked is to ask again by TCP. */
export const encodeTruncated = (query: DnsQuery): Uint8Array =>
  encodeDnsAnswer(query, { code: DNS_CODE.noError, answers: [] }, 0);

/** Octets that an answer by UDP may have. */
export const udpLimit = ({ edns }: DnsQuery): number =>
  Math.min(SAFE_UDP_SIZE, Math.max(PLAIN_UDP_SIZE, edns?.udpSize ?? 0));

/** Labels up to the root. Questions have no compressed names. */
function readName(reader: Reader): string[] {
  const labels: string[] = [];
  let length = 1;
  for (let size = reader.u8(); size > 0; size = reader.u8()) {
    length += size + 1;
    if (size > 63) throw new PacketError(`a label in a DNS question has ${size} octets: at most 63`);
    if (length > 255) throw new PacketError('a name in a DNS question has more than 255 octets');
    labels.push(String.fromCharCode(...reader.take(size)));
  }
  return labels;
}

/** The OPT record among the additional ones; others (TSIG and the like) are skipped. */
function readEdns(reader: Reader, records: number): DnsQuery['edns'] {
  let edns: DnsQuery['edns'];
  for (let left = records; left > 0; left--) {
    const name = readName(reader);
    const type = reader.u16();
    const udpSize = reader.u16();
    const flags = reader.u32();
    reader.take(reader.u16());
    if (type !== DNS_TYPE.opt) continue;
    if (edns !== undefined || name.length > 0) throw new PacketError('a DNS message has a wrong OPT record');
    edns = { udpSize, version: (flags >>> 16) & 0xff, dnssecOk: (flags & 0x8000) !== 0 };
  }
  return edns;
}

function ednsRecord(code: number, dnssecOk: boolean): Uint8Array {
  const extended = ((code >> 4) << 24) >>> 0;
  return concat(
    u8(0),
    u16(DNS_TYPE.opt),
    u16(SAFE_UDP_SIZE),
    u32(extended + (dnssecOk ? 0x8000 : 0)),
    u16(0),
  );
}

function encodeRecord({ name, ttl, data }: DnsRecord): Uint8Array {
  // The question's name begins right behind the header.
  const owner = name === undefined ? u16(0xc000 | DNS_HEADER_LENGTH) : encodeName(name);
  const [type, octets] = encodeData(data);
  return concat(owner, u16(type), u16(DNS_CLASS_IN), u32(ttl), u16(octets.length), octets);
}

function encodeData(data: DnsData): [type: number, octets: Uint8Array] {
  switch (data.kind) {
    case 'address':
      return [data.address.family === 6 ? DNS_TYPE.aaaa : DNS_TYPE.a, addressOctets(data.address)];
    case 'ptr':
    case 'cname':
      return [DNS_TYPE[data.kind], encodeName(data.name)];
    case 'soa': {
      // Serial, refresh, retry and expire are for secondaries, of which there are none.
      const times = [1, 3600, 600, 86_400, data.minimum].map(u32);
      return [
        DNS_TYPE.soa,
        concat(encodeName(data.server), encodeName(['hostmaster', ...data.server]), ...times),
      ];
    }
  }
}

/** A question as its octets stand in a message, of class IN. */
export const encodeDnsQuestion = (name: readonly string[], type: number): Uint8Array =>
  concat(encodeName(name), u16(type), u16(DNS_CLASS_IN));

function encodeName(labels: readonly string[]): Uint8Array {
  const parts = labels.map((label) => {
    const octets = Buffer.from(label, 'latin1');
    if (octets.length === 0 || octets.length > 63)
      throw new PacketError(`a label has ${octets.length} octets`);
    return concat(u8(octets.length), octets);
  });
  const name = concat(...parts, u8(0));
  if (name.length > 255) throw new PacketError(`a name has ${name.length} octets: at most 255`);
  return name;
}
