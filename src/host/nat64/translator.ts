/**
 * A translator between IPv6 and IPv4 (RFC 6146, RFC 7915) for the instances behind one router: packets in, packets out. It
 * knows no devices and no clocks.
 */

import type { Address } from '../../addressing/index.ts';
import { TokenBucket } from '../../base/index.ts';
import { IP_PROTOCOL } from '../../packets/index.ts';
import { type AddressMapping, ExplicitMapping } from './address-mapping.ts';
import type { TranslatedFlow } from './flows.ts';
import { FragmentTable } from './fragments.ts';
import { errorToInside, quotedOutside, toInside } from './inbound.ts';
import { type ReadIpv4, readIpv4 } from './ipv4-packet.ts';
import { type ReadIpv6, readIpv6 } from './ipv6-packet.ts';
import { V4, V6 } from './octets.ts';
import { errorToOutside, fragmentsOf, quotedInside, toOutside } from './outbound.ts';
import { icmpv4Error, icmpv6Error } from './own-errors.ts';
import { Reassembly } from './reassembly.ts';
import { RouterFlows } from './router-flows.ts';
import type { SessionLimits } from './sessions.ts';
import type { StaticBinding } from './static-flows.ts';
import { ECHO, hasHeader, saidByTcp } from './transport.ts';

export interface TranslatorOptions {
  /** IPv4: what instances begin is from this one. */
  readonly address: Address;
  /** IPv4: from which instances see those who reach them by IPv6. */
  readonly clients: Address;
  /** Octets of the largest packet on the link to the router. */
  readonly mtu: number;
  readonly limits?: SessionLimits;
}

/** What became of packets. */
export interface Nat64Tally {
  translated: number;
  /** Broken, of a protocol that is not translated, or of no flow. */
  dropped: number;
  /** Of sessions for which there was no port. */
  exhausted: number;
}

/** Errors of its own a second, after some at once (RFC 4443 section 2.4 f). */
const ERRORS = { burst: 20, everyMs: 10 } as const;
/** Octets that a packet of IPv4 can carry; more come in what is not cut yet alone. */
const MOST_CARRIED = 0xffff - V4.octets;
/** From which nothing comes that has an answer: nobody's, a host's own, groups, the link's alone. */
const isUnicast = (packet: Buffer): boolean =>
  packet[V6.source] !== 0xff &&
  !(packet[V6.source] === 0xfe && (packet[V6.source + 1]! & 0xc0) === 0x80) &&
  !packet.subarray(V6.source, V6.source + 16).every((octet, at) => octet === 0 || (at === 15 && octet === 1));

export class Nat64Translator {
  readonly tally: Nat64Tally = { translated: 0, dropped: 0, exhausted: 0 };
  readonly flows: RouterFlows;
  #mappings: readonly AddressMapping[] = [];
  readonly #address: number;
  readonly #mtu: number;
  readonly #inside = new FragmentTable();
  readonly #outside = new Reassembly();
  /** Of those who reach instances by IPv6. */
  readonly #entering = new Reassembly();
  readonly #errors = new TokenBucket(ERRORS.burst, ERRORS.everyMs, 0);

  constructor({ address, clients, mtu, limits }: TranslatorOptions) {
    this.#address = Number(address.value);
    this.#mtu = mtu;
    this.flows = new RouterFlows({ own: address, clients }, limits);
  }

  /**
   * What is translated from now on; sessions go on by what stays.
   * @param mappings by which IPv4 is known on the side of IPv6
   * @param bindings what stands for addresses of instances with IPv6
   */
  follow(mappings: readonly AddressMapping[], bindings: readonly StaticBinding[] = []): void {
    const known = mappings.map((one) => this.#mappings.find(({ name }) => name === one.name) ?? one);
    this.#mappings = known;
    const named = ({ name }: AddressMapping) => known.find((one) => one.name === name);
    this.flows.follow(
      bindings.map((binding) => ({ ...binding, mapping: named(binding.mapping) ?? binding.mapping })),
      known,
    );
  }

  /**
   * Translates a packet of either kind.
   * @param now seconds on a clock that never goes back
   * @param isUncut whether it is TCP that is cut into what links carry after this
   * @returns what goes to the router, in either direction: the translation, or an error to whoever sent it
   */
  translate(packet: Buffer, now: number, isUncut = false): Buffer[] {
    const made = packet[0]! >> 4 === 6 ? this.#outbound(packet, now) : this.#inbound(packet, now, isUncut);
    if (made.length === 0) this.tally.dropped++;
    else this.tally.translated++;
    return made;
  }

  /** Forgets what is over: to be called every few seconds. */
  sweep(now: number): void {
    this.flows.sweep(now);
    this.#inside.sweep(now);
    this.#outside.sweep(now);
    this.#entering.sweep(now);
  }

  #outbound(octets: Buffer, now: number): Buffer[] {
    const read = readIpv6(octets);
    if (read === undefined || !isUnicast(read.packet)) return [];
    const { packet } = read;
    if (packet.length - read.upper > MOST_CARRIED) return [];
    const mapping = this.#mappings.find((one) => one.read(packet, V6.destination) !== undefined);
    // What claims to be from the prefix was never sent inside (RFC 6146 section 3.5).
    if (!mapping || this.#mappings.some((one) => one.read(packet, V6.source) !== undefined)) return [];
    const remote = mapping.read(packet, V6.destination)!;
    const refuse = (type: number, code: number) =>
      this.#mayError(now) ? icmpv6Error(read, { type, code, parameter: 0 }, mapping, this.#address) : [];
    if (packet[V6.hopLimit]! <= 1) return refuse(3, 0);
    if (remote === this.#address || !mapping.reaches(remote)) return refuse(1, 1);
    if (read.protocol === IP_PROTOCOL.icmpv6 && read.fragment === undefined) {
      const type = packet[read.upper];
      if (type !== ECHO.request6 && type !== ECHO.reply6) return this.#errorOut(read, now);
    }
    const flow = this.#flowFromInside(read, mapping, remote, now);
    if (flow === undefined) return [];
    const first = toOutside(read, flow);
    if (read.fragment === undefined) return [first];
    const key = fragmentKey6(read);
    const waiting = read.fragment.offset === 0 ? this.#inside.begin(key, flow, now) : [];
    const parts = [first, ...waiting.map((later) => toOutside(readIpv6(later)!, flow))];
    if (!(mapping instanceof ExplicitMapping)) return parts;
    return parts.flatMap((part) => this.#refragmented(part, key, now));
  }

  /** Links of instances carry less than one outside may, and a small fragment that is not the last is taken for an attack. */
  #refragmented(part: Buffer, key: string, now: number): Buffer[] {
    const packet = this.#entering.add(readIpv4(part)!, now, key);
    return packet === undefined ? [] : fragmentsOf(packet);
  }

  #flowFromInside(
    read: ReadIpv6,
    mapping: AddressMapping,
    remote: number,
    now: number,
  ): TranslatedFlow | undefined {
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
    const said = protocol === IP_PROTOCOL.tcp ? saidByTcp(body) : undefined;
    const flow = this.flows.fromInside(ends, mapping, said, now);
    if (flow === undefined) this.tally.exhausted++;
    return flow;
  }

  #errorOut(read: ReadIpv6, now: number): Buffer[] {
    const { packet, upper } = read;
    if (packet.length < upper + 8) return [];
    const quoted = quotedInside(read);
    if (quoted === undefined) return [];
    const inner = quoted.read.packet;
    const inside = inner.toString('latin1', V6.destination, V6.destination + 16);
    const { protocol, insidePort, remotePort } = quoted;
    for (const mapping of this.#mappings) {
      // The router itself knows the packet as it left here: a floating IP is put in behind that.
      const remote = mapping.quoted.read(inner, V6.source) ?? mapping.read(inner, V6.source);
      if (remote === undefined) continue;
      const ends = { protocol, inside, insidePort, remote, remotePort };
      const flow = this.flows.findInside(ends, mapping, now);
      const made = flow && errorToOutside(read, quoted, flow, this.#mtu);
      return made === undefined ? [] : [made];
    }
    return [];
  }

  #inbound(octets: Buffer, now: number, isUncut: boolean): Buffer[] {
    const part = readIpv4(octets);
    if (part === undefined || !this.flows.serves(part.destination)) return [];
    const address = part.destination;
    const refuse = (type: number, code: number, parameter: number) =>
      this.#mayError(now) ? icmpv4Error(part, { type, code, parameter }, address) : [];
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
    const ends = { protocol, address, port, remote: source, remotePort };
    const flow = this.flows.fromOutside(ends, flags, now);
    if (flow === undefined) return [];
    // It would have no address inside (RFC 6052 section 3.1).
    if (!flow.mapping.reaches(source)) return refuse(3, 13, 0);
    const length = V6.octets + read.packet.length - upper;
    if (isUncut) return toInside({ ...read, dontFragment: true }, flow);
    if (read.dontFragment && length > this.#mtu) return refuse(3, 4, this.#mtu - V6.octets + V4.octets);
    return toInside(read, flow);
  }

  #errorIn(read: ReadIpv4, now: number): Buffer[] {
    const quoted = quotedOutside(read);
    if (quoted === undefined) return [];
    const { outsidePort: port, remotePort } = quoted;
    const { protocol, source: address, destination: remote } = quoted.read;
    const flow = this.flows.find({ protocol, address, port, remote, remotePort }, now);
    const made = flow && errorToInside(read, quoted, flow, this.#mtu);
    return made === undefined ? [] : [made];
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
