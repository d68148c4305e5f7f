/**
 * A stateful translator of IPv6 to IPv4 (RFC 6146) for the instances behind one router: packets in, packets out. It knows
 * no devices and no clocks.
 */

import { Address, type Prefix, reachesByNat64 } from '../../addressing/index.ts';
import { TokenBucket } from '../../base/index.ts';
import { IP_PROTOCOL } from '../../packets/index.ts';
import { Embedding } from './embedding.ts';
import { FragmentTable } from './fragments.ts';
import { errorToInside, quotedOutside, toInside } from './inbound.ts';
import { type ReadIpv4, readIpv4 } from './ipv4-packet.ts';
import { type ReadIpv6, readIpv6 } from './ipv6-packet.ts';
import { V4, V6 } from './octets.ts';
import { errorToOutside, quotedInside, toOutside } from './outbound.ts';
import { icmpv4Error, icmpv6Error } from './own-errors.ts';
import { Reassembly } from './reassembly.ts';
import { type Nat64Session, type SessionLimits, Sessions } from './sessions.ts';
import { ECHO, hasHeader } from './transport.ts';

export interface TranslatorOptions {
  /** By which IPv4 is reached from inside. */
  readonly prefixes: readonly Prefix[];
  /** IPv4: all that goes out is from this one. */
  readonly address: Address;
  /** Octets of the largest packet on the link to the router. */
  readonly mtu: number;
  readonly limits?: SessionLimits;
}

/** What became of packets. */
export interface Nat64Tally {
  translated: number;
  /** Broken, of a protocol that is not translated, or of no session. */
  dropped: number;
  /** Of sessions for which there was no port. */
  exhausted: number;
}

/** Errors of its own a second, after some at once (RFC 4443 section 2.4 f). */
const ERRORS = { burst: 20, everyMs: 10 } as const;
/** Addresses outside of which it is known whether they may be reached. */
const KNOWN_REMOTES = 4_096;
/** From which nothing comes that has an answer: nobody's, groups, the link's alone. */
const isUnicast = (packet: Buffer): boolean =>
  packet[V6.source] !== 0xff &&
  !(packet[V6.source] === 0xfe && (packet[V6.source + 1]! & 0xc0) === 0x80) &&
  !packet.subarray(V6.source, V6.source + 16).every((octet) => octet === 0);

export class Nat64Translator {
  readonly tally: Nat64Tally = { translated: 0, dropped: 0, exhausted: 0 };
  readonly sessions: Sessions;
  readonly #embeddings: readonly Embedding[];
  readonly #address: number;
  readonly #mtu: number;
  readonly #inside = new FragmentTable();
  readonly #outside = new Reassembly();
  readonly #errors = new TokenBucket(ERRORS.burst, ERRORS.everyMs, 0);
  readonly #reachable = new Map<string, boolean>();

  constructor({ prefixes, address, mtu, limits }: TranslatorOptions) {
    this.#embeddings = prefixes.map((prefix) => new Embedding(prefix));
    this.#address = Number(address.value);
    this.#mtu = mtu;
    this.sessions = new Sessions(limits);
  }

  /**
   * Translates a packet of either kind.
   * @param now seconds on a clock that never goes back
   * @returns what goes to the router, in either direction: the translation, or an error to whoever sent it
   */
  translate(packet: Buffer, now: number): Buffer[] {
    const made = packet[0]! >> 4 === 6 ? this.#outbound(packet, now) : this.#inbound(packet, now);
    if (made.length === 0) this.tally.dropped++;
    else this.tally.translated++;
    return made;
  }

  /** Forgets what is over: to be called every few seconds. */
  sweep(now: number): void {
    this.sessions.sweep(now);
    this.#inside.sweep(now);
    this.#outside.sweep(now);
  }

  #outbound(octets: Buffer, now: number): Buffer[] {
    const read = readIpv6(octets);
    if (read === undefined || !isUnicast(read.packet)) return [];
    const { packet } = read;
    const embedding = this.#embeddings.find((one) => one.read(packet, V6.destination) !== undefined);
    // What claims to be from the prefix was never sent inside (RFC 6146 section 3.5).
    if (!embedding || this.#embeddings.some((one) => one.read(packet, V6.source) !== undefined)) return [];
    const remote = embedding.read(packet, V6.destination)!;
    const refuse = (type: number, code: number) =>
      this.#mayError(now) ? icmpv6Error(read, { type, code, parameter: 0 }, embedding, this.#address) : [];
    if (packet[V6.hopLimit]! <= 1) return refuse(3, 0);
    if (!this.#reaches(embedding, remote)) return refuse(1, 1);
    if (read.protocol === IP_PROTOCOL.icmpv6 && read.fragment === undefined) {
      const type = packet[read.upper];
      if (type !== ECHO.request6 && type !== ECHO.reply6) return this.#errorOut(read, now);
    }
    const session = this.#sessionFromInside(read, embedding, remote, now);
    if (session === undefined) return [];
    const first = toOutside(read, session, this.#address);
    if (read.fragment === undefined || read.fragment.offset !== 0) return [first];
    const waiting = this.#inside.begin(fragmentKey6(read), session, now);
    return [first, ...waiting.map((later) => toOutside(readIpv6(later)!, session, this.#address))];
  }

  #sessionFromInside(
    read: ReadIpv6,
    embedding: Embedding,
    remote: number,
    now: number,
  ): Nat64Session | undefined {
    const { packet, upper, protocol, fragment } = read;
    // The checksum of ICMPv6 covers what no fragment says of itself (RFC 7915 section 5.4).
    if (protocol === IP_PROTOCOL.icmpv6 && fragment !== undefined && (fragment.more || fragment.offset !== 0))
      return undefined;
    if (fragment !== undefined && fragment.offset !== 0)
      return this.#inside.later(fragmentKey6(read), packet, now);
    const body = packet.subarray(upper);
    if (!TRANSLATED.has(protocol) || !hasHeader(body, protocol)) return undefined;
    const isQuery = protocol === IP_PROTOCOL.icmpv6;
    // UDP must have a checksum (RFC 8200 section 8.1).
    if (protocol === IP_PROTOCOL.udp && body.readUInt16BE(6) === 0) return undefined;
    const ends = {
      protocol: isQuery ? IP_PROTOCOL.icmp : protocol,
      inside: packet.toString('latin1', V6.source, V6.source + 16),
      insidePort: body.readUInt16BE(isQuery ? 4 : 0),
      remote,
      remotePort: isQuery ? 0 : body.readUInt16BE(2),
    };
    const flags = protocol === IP_PROTOCOL.tcp ? body[13]! : 0;
    const session = this.sessions.fromInside(ends, embedding, flags, now);
    if (session === undefined) this.tally.exhausted++;
    return session;
  }

  #errorOut(read: ReadIpv6, now: number): Buffer[] {
    const { packet, upper } = read;
    if (packet.length < upper + 8) return [];
    const quoted = quotedInside(read);
    if (quoted === undefined) return [];
    const inner = quoted.read.packet;
    const remote = this.#embeddings.map((one) => one.read(inner, V6.source)).find((one) => one !== undefined);
    if (remote === undefined) return [];
    const inside = inner.toString('latin1', V6.destination, V6.destination + 16);
    const { protocol, insidePort, remotePort } = quoted;
    const session = this.sessions.findInside({ protocol, inside, insidePort, remote, remotePort }, now);
    if (session === undefined) return [];
    const made = errorToOutside(read, quoted, session, { address: this.#address, mtu: this.#mtu });
    return made === undefined ? [] : [made];
  }

  #inbound(octets: Buffer, now: number): Buffer[] {
    const part = readIpv4(octets);
    if (part === undefined || part.destination !== this.#address) return [];
    const refuse = (type: number, code: number, parameter: number) =>
      this.#mayError(now) ? icmpv4Error(part, { type, code, parameter }, this.#address) : [];
    if (part.packet[V4.timeToLive]! <= 1) return refuse(11, 0, 0);
    const isWhole = part.offset === 0 && !part.more;
    const packet = isWhole ? part.packet : this.#outside.add(part, now);
    const read = isWhole ? part : packet && readIpv4(packet);
    if (read === undefined) return [];
    const { protocol, upper, source } = read;
    const body = read.packet.subarray(upper);
    const isQuery = protocol === IP_PROTOCOL.icmp;
    if (!TRANSLATED_BACK.has(protocol) || !hasHeader(body, protocol)) return [];
    if (isQuery && body[0] !== ECHO.reply4 && body[0] !== ECHO.request4) return this.#errorIn(read, now);
    const port = body.readUInt16BE(isQuery ? 4 : 2);
    const remotePort = isQuery ? 0 : body.readUInt16BE(0);
    const flags = protocol === IP_PROTOCOL.tcp ? body[13]! : 0;
    const session = this.sessions.fromOutside(protocol, port, source, remotePort, flags, now);
    if (session === undefined) return [];
    const length = V6.octets + read.packet.length - upper;
    if (read.dontFragment && length > this.#mtu) return refuse(3, 4, this.#mtu - V6.octets + V4.octets);
    return toInside(read, session);
  }

  #errorIn(read: ReadIpv4, now: number): Buffer[] {
    const quoted = quotedOutside(read);
    if (quoted === undefined || quoted.read.source !== this.#address) return [];
    const { read: inner, outsidePort, remotePort } = quoted;
    const session = this.sessions.find(inner.protocol, outsidePort, inner.destination, remotePort, now);
    const made = session && errorToInside(read, quoted, session, this.#mtu);
    return made === undefined ? [] : [made];
  }

  #reaches(embedding: Embedding, remote: number): boolean {
    const key = `${remote} ${embedding.name}`;
    const known = this.#reachable.get(key);
    if (known !== undefined) return known;
    if (this.#reachable.size >= KNOWN_REMOTES) this.#reachable.clear();
    const reaches =
      remote !== this.#address && reachesByNat64(embedding.prefix, Address.of(4, BigInt(remote)));
    this.#reachable.set(key, reaches);
    return reaches;
  }

  #mayError(now: number): boolean {
    return this.#errors.take(now * 1000);
  }
}

const TRANSLATED: ReadonlySet<number> = new Set([IP_PROTOCOL.tcp, IP_PROTOCOL.udp, IP_PROTOCOL.icmpv6]);
const TRANSLATED_BACK: ReadonlySet<number> = new Set([IP_PROTOCOL.tcp, IP_PROTOCOL.udp, IP_PROTOCOL.icmp]);

/** What all fragments of a packet say, and no other packet's. */
const fragmentKey6 = ({ packet, protocol, fragment }: ReadIpv6): string =>
  `${packet.toString('latin1', V6.source, V6.octets)}${protocol},${fragment?.identification}`;
