/**
 * DNS64 (RFC 6147): names that have addresses of IPv4 alone get some of IPv6, by which a NAT64 leads to them. Pure but for
 * what it asks.
 */

import { Address, embedIpv4, extractIpv4, type Prefix, reachesByNat64 } from '../../../addressing/index.ts';
import {
  DNS_CODE,
  DNS_FLAG,
  DNS_HEADER_LENGTH,
  DNS_TYPE,
  type DnsAnswer,
  type DnsQuery,
  type DnsReading,
  type DnsRecord,
  encodeDnsQuestion,
  PacketError,
  readDnsAnswer,
} from '../../../packets/index.ts';
import { reversed } from './dns-zone.ts';

/** Seconds for which what is made up holds, where nothing else says (RFC 6147 section 5.1.7). */
const USUAL_SECONDS = 600;

/** The name by which hosts find out the prefix, and what it has (RFC 7050, RFC 8880). */
const IPV4_ONLY = ['ipv4only', 'arpa'];
const IPV4_ONLY_ADDRESSES = ['192.0.0.170', '192.0.0.171'].map((text) => Address.parse(text));

/** Asks for a name as the client would: the whole answer, undefined for none. */
export type AskFor = (name: readonly string[], type: number) => Promise<Uint8Array | undefined>;

/** What DNS64 makes of a question: an answer of its own, octets of another server's as they are, or nothing. */
export type Dns64Answer = DnsAnswer | Uint8Array | 'truncated' | undefined;

/** What a name of which everybody knows what it has, has on a network with this prefix; undefined for other names. */
export function ipv4OnlyAnswer(
  { question: { name, type } }: DnsQuery,
  prefix: Prefix,
): DnsAnswer | undefined {
  const labels = name.map((label) => label.toLowerCase());
  if (labels.slice(-2).join('.') !== IPV4_ONLY.join('.')) return undefined;
  if (labels.length > 2) return { code: DNS_CODE.nameError, authoritative: true };
  const addresses = [
    ...(type === DNS_TYPE.a || type === DNS_TYPE.any ? IPV4_ONLY_ADDRESSES : []),
    ...(type === DNS_TYPE.aaaa || type === DNS_TYPE.any
      ? IPV4_ONLY_ADDRESSES.map((address) => embedIpv4(prefix, address))
      : []),
  ];
  const answers = addresses.map(
    (address): DnsRecord => ({
      ttl: USUAL_SECONDS,
      data: { kind: 'address', address },
    }),
  );
  return { code: DNS_CODE.noError, authoritative: true, answers };
}

/** Whether anything may have to be made up for an answer. */
export function concernsDns64({ question: { type }, edns, flags }: DnsQuery): boolean {
  // Who looks at signatures itself makes its own addresses (section 5.5).
  if (edns?.dnssecOk && (flags & DNS_FLAG.checkingDisabled) !== 0) return false;
  return type === DNS_TYPE.aaaa || type === DNS_TYPE.ptr;
}

/** Answers a question that concerns DNS64 on a network with this prefix. */
export function dns64(query: DnsQuery, prefix: Prefix, ask: AskFor): Promise<Dns64Answer> {
  return query.question.type === DNS_TYPE.ptr ? pointer(query, prefix, ask) : addresses(query, prefix, ask);
}

async function addresses(
  { question: { name } }: DnsQuery,
  prefix: Prefix,
  ask: AskFor,
): Promise<Dns64Answer> {
  const known = await ask(name, DNS_TYPE.aaaa);
  const read = known && reading(known);
  // That there is no such name is so for every type (section 5.1.2). What was cut is asked for again.
  if (read?.code === DNS_CODE.nameError || read?.isTruncated) return known;
  const isFine = read?.code === DNS_CODE.noError;
  const unusable = isFine ? read.answers.filter(isMapped) : [];
  const usable = isFine ? read.answers.filter((one) => one.data.kind === 'address' && !isMapped(one)) : [];
  if (usable.length > 0) {
    if (unusable.length === 0) return known;
    return { code: DNS_CODE.noError, answers: read!.answers.filter((one) => !isMapped(one)) };
  }
  const octets = await ask(name, DNS_TYPE.a);
  const found = octets && reading(octets);
  if (found?.isTruncated) return 'truncated';
  const most = (isFine ? read.denialSeconds : undefined) ?? USUAL_SECONDS;
  const answers = (found?.answers ?? []).flatMap((one) => synthesised(one, prefix, most));
  if (found?.code === DNS_CODE.noError && answers.some(({ data }) => data.kind === 'address'))
    return { code: DNS_CODE.noError, answers };
  return known;
}

/** Mapped addresses are nobody's on the wire (section 5.1.4). */
const isMapped = ({ data }: DnsRecord): boolean => data.kind === 'address' && data.address.isMappedV4;

function synthesised(record: DnsRecord, prefix: Prefix, most: number): DnsRecord[] {
  const { data } = record;
  if (data.kind === 'cname') return [record];
  if (data.kind !== 'address' || data.address.family !== 4 || !reachesByNat64(prefix, data.address))
    return [];
  const address = embedIpv4(prefix, data.address);
  return [{ ...record, ttl: Math.min(record.ttl, most), data: { kind: 'address', address } }];
}

/** The name of an address that was made up is that of the one in it (section 5.3.1). */
async function pointer({ question: { name } }: DnsQuery, prefix: Prefix, ask: AskFor): Promise<Dns64Answer> {
  const asked = reversed(name.map((label) => label.toLowerCase()));
  const address = asked?.family === 6 && asked.bits === 128 ? Address.of(6, asked.value) : undefined;
  const embedded = address && extractIpv4(prefix, address);
  if (embedded === undefined) return ask(name, DNS_TYPE.ptr);
  const other = [...embedded.toString().split('.').reverse(), 'in-addr', 'arpa'];
  const octets = await ask(other, DNS_TYPE.ptr);
  const found = octets && reading(octets);
  if (found === undefined) return undefined;
  if (found.isTruncated) return 'truncated';
  const alias: DnsRecord = { ttl: USUAL_SECONDS, data: { kind: 'cname', name: other } };
  return { code: found.code, answers: [alias, ...found.answers] };
}

/** Undefined for octets that cannot be read: they are no answer. */
function reading(octets: Uint8Array): DnsReading | undefined {
  try {
    return readDnsAnswer(octets);
  } catch (error) {
    if (error instanceof PacketError) return undefined;
    throw error;
  }
}

/** The query for another name or type, with all else that the client said. */
export function askedFor(
  octets: Uint8Array,
  { questionOctets }: DnsQuery,
  name: readonly string[],
  type: number,
): Uint8Array {
  const rest = octets.subarray(DNS_HEADER_LENGTH + questionOctets.length);
  return Buffer.concat([octets.subarray(0, DNS_HEADER_LENGTH), encodeDnsQuestion(name, type), rest]);
}
