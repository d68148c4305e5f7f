/** What a DNS server answers, whatever carried the question. */
import type { Prefix } from '../../../addressing/index.ts';
import {
  DNS_CLASS_IN,
  DNS_CODE,
  DNS_TYPE,
  type DnsAnswer,
  type DnsQuery,
  decodeDnsQuery,
  encodeDnsAnswer,
  encodeFormatError,
  encodeTruncated,
  PacketError,
  udpLimit,
} from '../../../packets/index.ts';
import type { DnsZone } from './dns-zone.ts';
import { askedFor, concernsDns64, dns64, ipv4OnlyAnswer } from './dns64.ts';

/** Octets of a message by TCP (RFC 1035 section 4.2.2). */
const TCP_LIMIT = 0xffff;

export interface DnsAsked {
  readonly octets: Uint8Array;
  readonly transport: 'udp' | 'tcp';
  readonly zone: DnsZone;
  /** By which the network's instances reach IPv4; undefined where they need no DNS64. */
  readonly nat64Prefix: Prefix | undefined;
  /**
   * Passes a question on, undefined where that is not done.
   * @param octets the question as a whole message
   * @returns undefined for no answer
   */
  readonly forward: ((query: DnsQuery, octets: Uint8Array) => Promise<Uint8Array | undefined>) | undefined;
}

/** The answer; undefined for octets that deserve none. */
export async function respond(asked: DnsAsked): Promise<Uint8Array | undefined> {
  const { octets, transport, nat64Prefix } = asked;
  let query: DnsQuery;
  try {
    query = decodeDnsQuery(octets);
  } catch (error) {
    if (error instanceof PacketError) return encodeFormatError(octets);
    throw error;
  }
  if (query.isResponse) return undefined;
  const limit = transport === 'udp' ? udpLimit(query) : TCP_LIMIT;
  const refused = refusal(query);
  if (refused !== undefined) return encodeDnsAnswer(query, refused, limit);
  const answer =
    nat64Prefix === undefined
      ? await resolve(query, octets, asked)
      : await resolveByDns64(query, nat64Prefix, asked);
  if (answer === undefined) return encodeDnsAnswer(query, { code: DNS_CODE.serverFailure }, limit);
  return answer.length <= limit ? answer : encodeTruncated(query);
}

/** The whole answer by what is known here, or else by others; undefined for none. */
async function resolve(
  query: DnsQuery,
  octets: Uint8Array,
  { zone, forward }: DnsAsked,
): Promise<Uint8Array | undefined> {
  const own = zone.answer(query.question.name, query.question.type);
  if (own !== undefined) return encodeDnsAnswer(query, own, TCP_LIMIT);
  if (!query.recursionDesired || forward === undefined)
    return encodeDnsAnswer(query, { code: DNS_CODE.refused }, TCP_LIMIT);
  return forward(query, octets);
}

async function resolveByDns64(
  query: DnsQuery,
  prefix: Prefix,
  asked: DnsAsked,
): Promise<Uint8Array | undefined> {
  const known = ipv4OnlyAnswer(query, prefix);
  if (known !== undefined) return encodeDnsAnswer(query, known, TCP_LIMIT);
  if (!concernsDns64(query)) return resolve(query, asked.octets, asked);
  const answer = await dns64(query, prefix, (name, type) => {
    const octets = askedFor(asked.octets, query, name, type);
    return resolve(decodeDnsQuery(octets), octets, asked);
  });
  if (answer === 'truncated') return encodeTruncated(query);
  return answer === undefined || answer instanceof Uint8Array
    ? answer
    : encodeDnsAnswer(query, answer, TCP_LIMIT);
}

/** What is not served, of the network's own names or of others. */
function refusal({ opcode, question, edns }: DnsQuery): DnsAnswer | undefined {
  if (opcode !== 0) return { code: DNS_CODE.notImplemented };
  if (edns && edns.version > 0) return { code: DNS_CODE.badVersion };
  const isTransfer = question.type === DNS_TYPE.axfr || question.type === DNS_TYPE.ixfr;
  return question.class !== DNS_CLASS_IN || isTransfer ? { code: DNS_CODE.refused } : undefined;
}
