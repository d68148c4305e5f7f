/** What a DNS server answers, whatever carried the question. */
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

/** Octets of a message by TCP (RFC 1035 section 4.2.2). */
const TCP_LIMIT = 0xffff;
const HEADER_LENGTH = 12;

export interface DnsAsked {
  readonly octets: Uint8Array;
  readonly transport: 'udp' | 'tcp';
  readonly zone: DnsZone;
  /**
   * Passes the question on, undefined where that is not done.
   * @param questionEnd where the question in the message ends
   * @returns undefined for no answer
   */
  readonly forward: ((query: DnsQuery, questionEnd: number) => Promise<Uint8Array | undefined>) | undefined;
}

/** The answer; undefined for octets that deserve none. */
export async function respond(asked: DnsAsked): Promise<Uint8Array | undefined> {
  const { octets, transport, zone } = asked;
  let query: DnsQuery;
  try {
    query = decodeDnsQuery(octets);
  } catch (error) {
    if (error instanceof PacketError) return encodeFormatError(octets);
    throw error;
  }
  if (query.isResponse) return undefined;
  const limit = transport === 'udp' ? udpLimit(query) : TCP_LIMIT;
  const own = refusal(query) ?? zone.answer(query.question.name, query.question.type);
  if (own !== undefined) return encodeDnsAnswer(query, own, limit);
  if (!query.recursionDesired || asked.forward === undefined)
    return encodeDnsAnswer(query, { code: DNS_CODE.refused }, limit);
  const answer = await asked.forward(query, HEADER_LENGTH + query.questionOctets.length);
  if (answer === undefined) return encodeDnsAnswer(query, { code: DNS_CODE.serverFailure }, limit);
  return answer.length <= limit ? answer : encodeTruncated(query);
}

/** What is not served, of the network's own names or of others. */
function refusal({ opcode, question, edns }: DnsQuery): DnsAnswer | undefined {
  if (opcode !== 0) return { code: DNS_CODE.notImplemented };
  if (edns && edns.version > 0) return { code: DNS_CODE.badVersion };
  const isTransfer = question.type === DNS_TYPE.axfr || question.type === DNS_TYPE.ixfr;
  return question.class !== DNS_CLASS_IN || isTransfer ? { code: DNS_CODE.refused } : undefined;
}
