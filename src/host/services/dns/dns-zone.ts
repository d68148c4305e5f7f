/**
 * The names of a network: what a host answers itself. Host names are the ports' dns_name, or made of their addresses, alone and
 * below the network's domain; addresses in the network's prefixes have the names of their ports. Pure.
 */

import { Address, type Family, hostNameOf, Prefix } from '../../../addressing/index.ts';
import type { NetworkFacts } from '../../../host-contract/index.ts';
import { DNS_CODE, DNS_TYPE, type DnsAnswer, type DnsRecord } from '../../../packets/index.ts';
import type { KnownPort } from '../../facts/index.ts';

/** Seconds for which answers may be kept. */
const TTL_SECONDS = 30;

const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/** A host name, and what it stands for. */
interface Named {
  readonly name: string;
  /** In small letters, below a domain of the port's own; undefined without one. */
  readonly full?: string;
  readonly addresses: readonly Address[];
}

/** The port's own name for all its addresses, or one for each that is made of it. */
function namesOf({ hostname, domain, fixedIps }: KnownPort['facts']): Named[] {
  const addresses = fixedIps.map(({ address }) => address);
  const name = hostname.toLowerCase();
  if (name === '') return addresses.map((address) => ({ name: hostNameOf(address), addresses: [address] }));
  const full = domain === '' ? {} : { full: `${name}.${domain.toLowerCase()}` };
  return LABEL.test(name) ? [{ name, addresses, ...full }] : [];
}

export class DnsZone {
  /** Labels of the network's domain; none without one. */
  #domain: readonly string[] = [];
  #prefixes: readonly Prefix[] = [];
  /** Addresses by host name and port: a name may be that of several. */
  readonly #addresses = new Map<string, Map<string, readonly Address[]>>();
  /** Addresses by whole name and port, of those with a domain of their own. */
  readonly #fullNames = new Map<string, Map<string, readonly Address[]>>();
  /** Host names by address and port: that of the port that was noted last is told. */
  readonly #names = new Map<string, Map<string, string>>();
  /** What was noted of each port. */
  readonly #ports = new Map<string, readonly Named[]>();

  constructor(network: NetworkFacts, ports: Iterable<KnownPort>) {
    this.network(network);
    for (const port of ports) this.put(port);
  }

  /** Takes over what the network itself says. */
  network({ dnsDomain, subnets }: NetworkFacts): void {
    this.#domain = dnsDomain === '' ? [] : dnsDomain.toLowerCase().split('.');
    this.#prefixes = subnets.map(({ prefix }) => prefix);
  }

  /** Takes a port over as it is now, instead of what it was. */
  put({ id, facts }: KnownPort): void {
    this.delete(id);
    const known = namesOf(facts);
    this.#ports.set(id, known);
    for (const { name, full, addresses } of known) {
      this.#addresses.getOrInsertComputed(name, () => new Map()).set(id, addresses);
      if (full !== undefined) this.#fullNames.getOrInsertComputed(full, () => new Map()).set(id, addresses);
      for (const { sortKey } of addresses)
        this.#names.getOrInsertComputed(sortKey, () => new Map()).set(id, name);
    }
  }

  delete(portId: string): void {
    const known = this.#ports.get(portId) ?? [];
    this.#ports.delete(portId);
    for (const { name, full, addresses } of known) {
      forget(this.#addresses, name, portId);
      if (full !== undefined) forget(this.#fullNames, full, portId);
      for (const { sortKey } of addresses) forget(this.#names, sortKey, portId);
    }
  }

  /** The answer to a question about the network's own names and addresses; undefined for others. */
  answer(name: readonly string[], type: number): DnsAnswer | undefined {
    const labels = name.map((part) => part.toLowerCase());
    return this.#forward(labels, type) ?? this.#reverse(labels, type);
  }

  #forward(labels: readonly string[], type: number): DnsAnswer | undefined {
    const full = this.#fullNames.get(labels.join('.'));
    if (full) return found(addressRecords([...full.values()].flat(), type), this.#soa(labels.slice(1)));
    const depth = labels.length - this.#domain.length;
    const isBelow = this.#domain.length > 0 && depth >= 0 && endsWith(labels, this.#domain);
    if (isBelow) {
      const start = this.#soa(this.#domain);
      if (depth === 0)
        return found(type === DNS_TYPE.soa ? [{ ttl: TTL_SECONDS, data: start.data }] : [], start);
      const known = depth === 1 ? this.#addressesOf(labels[0]!) : undefined;
      return known ? found(addressRecords(known, type), start) : { ...absent, authority: [start] };
    }
    if (labels.length !== 1) return undefined;
    const known = this.#addressesOf(labels[0]!);
    if (known) return found(addressRecords(known, type), undefined);
    // Bare names that nobody here has are nobody's business elsewhere; questions about top-level domains are.
    return addressTypes.has(type) ? absent : undefined;
  }

  #addressesOf(name: string): Address[] | undefined {
    const known = this.#addresses.get(name);
    return known && [...known.values()].flat();
  }

  #reverse(labels: readonly string[], type: number): DnsAnswer | undefined {
    const asked = reversed(labels);
    const zone = asked && this.#prefixes.find((prefix) => isWithin(prefix, asked));
    if (!asked || !zone) return undefined;
    const start = this.#soa(reverseZone(zone));
    if (asked.bits < ADDRESS_BITS[asked.family]) {
      const part = Prefix.of(Address.of(asked.family, asked.value), asked.bits);
      const isEmpty = !this.#names.keys().some((key) => part.contains(Address.fromSortKey(key)));
      return isEmpty && asked.bits > zone.length ? { ...absent, authority: [start] } : found([], start);
    }
    const host = [...(this.#names.get(Address.of(asked.family, asked.value).sortKey)?.values() ?? [])].at(-1);
    if (host === undefined) return { ...absent, authority: [start] };
    const isAsked = type === DNS_TYPE.ptr || type === DNS_TYPE.any;
    const pointer: DnsRecord = { ttl: TTL_SECONDS, data: { kind: 'ptr', name: [host, ...this.#domain] } };
    return found(isAsked ? [pointer] : [], start);
  }

  #soa(zone: readonly string[]): DnsRecord {
    return {
      name: zone,
      ttl: TTL_SECONDS,
      data: { kind: 'soa', server: ['ns', ...zone], minimum: TTL_SECONDS },
    };
  }
}

/** Takes a port out of what is known under a key. */
function forget(known: Map<string, Map<string, unknown>>, key: string, portId: string): void {
  const ports = known.get(key);
  ports?.delete(portId);
  if (ports?.size === 0) known.delete(key);
}

const ADDRESS_BITS = { 4: 32, 6: 128 } as const;
const addressTypes: ReadonlySet<number> = new Set([DNS_TYPE.a, DNS_TYPE.aaaa, DNS_TYPE.any]);

const absent = { code: DNS_CODE.nameError, authoritative: true } as const;

/** Records, or none of the type that was asked for: then the zone's SOA says how long that holds (RFC 2308). */
function found(answers: readonly DnsRecord[], start: DnsRecord | undefined): DnsAnswer {
  const authority = answers.length === 0 && start ? [start] : [];
  return { code: DNS_CODE.noError, authoritative: true, answers, authority };
}

function addressRecords(addresses: readonly Address[], type: number): DnsRecord[] {
  const families: Family[] = [];
  if (type === DNS_TYPE.aaaa || type === DNS_TYPE.any) families.push(6);
  if (type === DNS_TYPE.a || type === DNS_TYPE.any) families.push(4);
  return addresses
    .filter(({ family }) => families.includes(family))
    .map((address) => ({ ttl: TTL_SECONDS, data: { kind: 'address', address } }));
}

const endsWith = (labels: readonly string[], end: readonly string[]): boolean =>
  end.every((part, index) => labels[labels.length - end.length + index] === part);

/** The leading bits of an address that a name below ip6.arpa or in-addr.arpa stands for. */
export interface Reversed {
  readonly family: Family;
  /** With zeros after the bits. */
  readonly value: bigint;
  readonly bits: number;
}

/** What a name below ip6.arpa or in-addr.arpa, in small letters, stands for (RFC 3596 section 2.5, RFC 1035 section 3.5). */
export function reversed(labels: readonly string[]): Reversed | undefined {
  const isV6 = endsWith(labels, ['ip6', 'arpa']);
  if (!isV6 && !endsWith(labels, ['in-addr', 'arpa'])) return undefined;
  const family = isV6 ? 6 : 4;
  const digits = labels.slice(0, -2).reverse();
  const width = isV6 ? 4 : 8;
  const bits = digits.length * width;
  const form = isV6 ? /^[0-9a-f]$/ : /^(?:0|[1-9]\d{0,2})$/;
  if (bits > ADDRESS_BITS[family] || !digits.every((digit) => form.test(digit))) return undefined;
  const numbers = digits.map((digit) => Number.parseInt(digit, isV6 ? 16 : 10));
  if (numbers.some((number) => number > 255)) return undefined;
  const value = numbers.reduce((sum, number) => (sum << BigInt(width)) | BigInt(number), 0n);
  return { family, value: value << BigInt(ADDRESS_BITS[family] - bits), bits };
}

const isWithin = (prefix: Prefix, { family, value, bits }: Reversed): boolean =>
  prefix.family === family && bits >= prefix.length && prefix.contains(Address.of(family, value));

/** The name that a prefix has below ip6.arpa or in-addr.arpa; of one between two labels, the shorter. */
function reverseZone({ family, network, length }: Prefix): string[] {
  const width = family === 6 ? 4 : 8;
  const shift = (index: number) => BigInt(ADDRESS_BITS[family] - (index + 1) * width);
  const digits = Array.from({ length: Math.floor(length / width) }, (_, index) =>
    ((network.value >> shift(index)) & BigInt(2 ** width - 1)).toString(family === 6 ? 16 : 10),
  );
  return [...digits.reverse(), family === 6 ? 'ip6' : 'in-addr', 'arpa'];
}
