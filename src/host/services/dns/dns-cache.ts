/**
 * Answers of other DNS servers, kept as long as they hold. A network has a cache of its own: how fast an answer comes
 * tells nobody what another tenant asked, and what one tenant's servers say is nobody else's.
 */

/** Octets that a network's answers may have together, and what each costs beside them. */
const LARGEST = 256 * 1024;
const OVERHEAD = 256;
/** Seconds that an answer is kept at most. */
const LONGEST = 3_600;

interface Kept {
  readonly octets: Uint8Array;
  readonly lifetimesAt: readonly number[];
  /** On the clock of the cache. */
  readonly since: number;
  readonly until: number;
}

import {
  DNS_FLAG,
  DNS_HEADER_LENGTH,
  type DnsQuery,
  dnsLifetimes,
  PacketError,
} from '../../../packets/index.ts';
export class DnsCache {
  readonly #now: () => number;
  /** Those used last come last. */
  readonly #kept = new Map<string, Kept>();
  #octets = 0;

  /** @param now milliseconds on a clock that never goes back */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** The answer to a question, as it would be by now. */
  find(query: DnsQuery, servers: readonly string[]): Uint8Array | undefined {
    const key = keyOf(query, servers);
    const kept = this.#kept.get(key);
    if (kept === undefined) return undefined;
    this.#forget(key);
    const now = this.#now();
    if (kept.until <= now) return undefined;
    this.#keep(key, kept);
    const answer = Buffer.from(kept.octets);
    answer.writeUInt16BE(query.id, 0);
    // Clients may look whether letters come back as they sent them.
    answer.set(query.questionOctets, DNS_HEADER_LENGTH);
    const age = Math.floor((now - kept.since) / 1000);
    for (const at of kept.lifetimesAt) answer.writeUInt32BE(Math.max(0, answer.readUInt32BE(at) - age), at);
    return answer;
  }

  /** Keeps an answer, if it says how long it holds. */
  put(query: DnsQuery, servers: readonly string[], answer: Uint8Array): void {
    const hasQuestion = answer.length >= DNS_HEADER_LENGTH + query.questionOctets.length;
    const lifetimes = hasQuestion ? readLifetimes(answer) : undefined;
    if (lifetimes === undefined || lifetimes.seconds === 0) return;
    const key = keyOf(query, servers);
    this.#forget(key);
    const now = this.#now();
    const until = now + 1000 * Math.min(lifetimes.seconds, LONGEST);
    this.#keep(key, { octets: answer.slice(), lifetimesAt: lifetimes.at, since: now, until });
    for (const oldest of this.#kept.keys()) {
      if (this.#octets <= LARGEST) break;
      this.#forget(oldest);
    }
  }

  #keep(key: string, kept: Kept): void {
    this.#kept.set(key, kept);
    this.#octets += kept.octets.length + OVERHEAD;
  }

  #forget(key: string): void {
    const kept = this.#kept.get(key);
    if (kept === undefined) return;
    this.#kept.delete(key);
    this.#octets -= kept.octets.length + OVERHEAD;
  }
}

/** All that an answer depends on. */
function keyOf({ questionOctets, edns, flags }: DnsQuery, servers: readonly string[]): string {
  const question = Buffer.from(questionOctets).subarray(0, -4).toString('latin1').toLowerCase();
  const kind = Buffer.from(questionOctets).subarray(-4).toString('latin1');
  // Where checking is disabled, an answer may be one that others would be refused.
  const wishes = [edns !== undefined, edns?.dnssecOk === true, (flags & DNS_FLAG.checkingDisabled) !== 0];
  return [servers.join(), wishes.join(), question, kind].join('\n');
}

function readLifetimes(answer: Uint8Array): ReturnType<typeof dnsLifetimes> {
  try {
    return dnsLifetimes(answer);
  } catch (error) {
    if (error instanceof PacketError) return undefined;
    throw error;
  }
}
