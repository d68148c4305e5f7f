/** Addresses and delegated prefixes for the identity associations of a message: IA_NA, IA_PD, IA_TA. */

import type { Address, Prefix } from '../../../addressing/index.ts';
import {
  dhcpv6Gives,
  type Lifetimes,
  type NetworkFacts,
  type PortFacts,
} from '../../../host-contract/index.ts';
import {
  DHCPV6_INFINITY,
  DHCPV6_STATUS,
  type Dhcpv6Option,
  type Dhcpv6OptionOf,
  optionsOfKind,
} from '../../../packets/index.ts';
import { shareOut } from './association-shares.ts';

/** Of delegated prefixes: no subnet says how long they last. */
const PREFIX_TIME: Lifetimes = { preferred: 43_200, valid: 86_400 };
const WITHDRAWN: Lifetimes = { preferred: 0, valid: 0 };

/** Messages that ask for addresses, each with its own manners. */
type Asking = 'solicit' | 'request' | 'renew' | 'rebind';

/** Something that a port has, and for how long its instance may use it. */
interface Holding<T> {
  readonly value: T;
  readonly time: Lifetimes;
}

/** What there is to know of a kind of association. */
interface Kind<T extends Address | Prefix> {
  readonly ia: 'ia-na' | 'ia-pd';
  readonly holdings: readonly Holding<T>[];
  /** What the client names in an association. */
  named(options: readonly Dhcpv6Option[]): T[];
  /** Those values of the port that come nearest to what the client wishes for, when it names none of them. */
  hinted(options: readonly Dhcpv6Option[]): readonly T[];
  lease(value: T, time: Lifetimes): Dhcpv6Option;
  /** Whether the value can be used on the client's link. */
  fits(value: T): boolean;
  readonly nothing: number;
}

/** Addresses that DHCPv6 gives to a port at most: what fits into a packet of 1280 octets beside all else. */
const ADDRESSES = 20;

/** The addresses of the port that DHCPv6 gives to its instance, in the port's order, the first 20. */
export function servedAddresses(
  port: PortFacts,
  network: NetworkFacts,
): { address: Address; time: Lifetimes }[] {
  const served = port.fixedIps.flatMap(({ address, subnetId }) => {
    const subnet = network.subnets.find(({ id }) => id === subnetId);
    const given = subnet !== undefined && address.family === 6 && dhcpv6Gives(subnet) === 'addresses';
    return given ? [{ address, time: subnet.leaseTime }] : [];
  });
  return served.slice(0, ADDRESSES);
}

/** The associations of an answer to Solicit, Request, Renew or Rebind (RFC 8415 section 18.3.1 to 18.3.5). */
export function associate(
  type: Asking,
  options: readonly Dhcpv6Option[],
  port: PortFacts,
  network: NetworkFacts,
): Dhcpv6Option[] {
  return [
    ...answerKind(type, options, addresses(port, network)),
    ...answerKind(type, options, prefixes(port)),
    // Temporary addresses are the instance's own affair (RFC 8981): none is given.
    ...optionsOfKind(options, 'ia-ta').map(({ iaid }): Dhcpv6Option => {
      return { kind: 'ia-ta', iaid, options: [status(DHCPV6_STATUS.noAddrsAvail)] };
    }),
  ];
}

/** Associations in which nothing is the port's, as the answer to Release and Decline has them (section 18.3.7). */
export function unbound(
  options: readonly Dhcpv6Option[],
  port: PortFacts,
  network: NetworkFacts,
): Dhcpv6Option[] {
  const foreign = <T extends Address | Prefix>(kind: Kind<T>): Dhcpv6Option[] =>
    optionsOfKind(options, kind.ia)
      .filter(
        (ia) => !kind.named(ia.options).some((one) => kind.holdings.some(({ value }) => same(value, one))),
      )
      .map((ia) => association(ia, [status(DHCPV6_STATUS.noBinding)]));
  return [...foreign(addresses(port, network)), ...foreign(prefixes(port))];
}

/** The addresses that a client names in its associations. */
export const namedAddresses = (options: readonly Dhcpv6Option[]): Address[] =>
  [...optionsOfKind(options, 'ia-na'), ...optionsOfKind(options, 'ia-ta')]
    .flatMap((ia) => optionsOfKind(ia.options, 'ia-address'))
    .map(({ address }) => address);

export const status = (code: number): Dhcpv6Option => ({ kind: 'status-code', code, message: '' });

function answerKind<T extends Address | Prefix>(
  type: Asking,
  options: readonly Dhcpv6Option[],
  kind: Kind<T>,
): Dhcpv6Option[] {
  const asked = optionsOfKind(options, kind.ia).map((ia) => ({ ia, named: kind.named(ia.options) }));
  // A request for what cannot be used here is told so, and its association is left out (section 18.3.2).
  const misplaced = asked.filter(({ named }) => type === 'request' && !named.every((one) => kind.fits(one)));
  const placed = asked.filter((one) => !misplaced.includes(one));
  const shares = shareOut(
    kind.holdings,
    placed.map(({ ia, named }) => {
      const own = kind.holdings.map(({ value }) => value).filter((value) => isAmong(named, value));
      const wished = own.length > 0 ? own : kind.hinted(ia.options);
      return { iaid: ia.iaid, names: ({ value }: Holding<T>) => isAmong(wished, value) };
    }),
  );
  const answers = placed.map(({ ia, named }, index) => {
    const share = shares[index] ?? [];
    const leases = share.map(({ value, time }) => kind.lease(value, time));
    if (type === 'renew' || type === 'rebind') {
      // What the port no longer has ends now.
      const gone = named.filter((one) => !kind.holdings.some(({ value }) => same(value, one)));
      leases.push(...gone.map((one) => kind.lease(one, WITHDRAWN)));
      if (leases.length === 0) return association(ia, [status(DHCPV6_STATUS.noBinding)]);
    }
    return leases.length === 0
      ? association(ia, [status(kind.nothing)])
      : association(ia, leases, shortest(share.map(({ time }) => time.preferred)));
  });
  return [...answers, ...misplaced.map(({ ia }) => association(ia, [status(DHCPV6_STATUS.notOnLink)]))];
}

/** With T1 and T2 of the shortest preferred lifetime (section 21.4); 0 leaves them to the client. */
function association(
  { kind, iaid }: Dhcpv6OptionOf<'ia-na' | 'ia-pd'>,
  options: Dhcpv6Option[],
  preferred = 0,
): Dhcpv6Option {
  const part = (share: number): number =>
    preferred === DHCPV6_INFINITY ? DHCPV6_INFINITY : Math.floor(preferred * share);
  return { kind, iaid, t1: part(0.5), t2: part(0.8), options };
}

const shortest = (times: readonly number[]): number => (times.length === 0 ? 0 : Math.min(...times));

const isAmong = (values: readonly (Address | Prefix)[], one: Address | Prefix): boolean =>
  values.some((value) => same(value, one));

const same = (one: Address | Prefix, other: Address | Prefix): boolean => String(one) === String(other);

function addresses(port: PortFacts, network: NetworkFacts): Kind<Address> {
  return {
    ia: 'ia-na',
    holdings: servedAddresses(port, network).map(({ address, time }) => ({ value: address, time })),
    named: (options) => optionsOfKind(options, 'ia-address').map(({ address }) => address),
    hinted: () => [],
    lease: (address, { preferred, valid }) => ({
      kind: 'ia-address',
      address,
      preferredLifetime: preferred,
      validLifetime: valid,
      options: [],
    }),
    fits: (address) => network.subnets.some(({ prefix }) => prefix.contains(address)),
    nothing: DHCPV6_STATUS.noAddrsAvail,
  };
}

const namedPrefixes = (options: readonly Dhcpv6Option[]): Prefix[] =>
  optionsOfKind(options, 'ia-prefix').map(({ prefix }) => prefix);

/** The prefixes of this length; when there are none, the smallest of those that hold one (RFC 8168 section 3.2). */
function nearestIn(delegated: readonly Prefix[], length: number): Prefix[] {
  const nearest = Math.max(...delegated.map((one) => one.length).filter((one) => one <= length));
  return delegated.filter((one) => one.length === nearest);
}

function prefixes(port: PortFacts): Kind<Prefix> {
  return {
    ia: 'ia-pd',
    holdings: port.delegatedPrefixes.map((prefix) => ({ value: prefix, time: PREFIX_TIME })),
    named: (options) => namedPrefixes(options).filter(({ network }) => !network.isUnspecified),
    // ::/56 wishes for any prefix of this length (section 18.2.4), as does one that is not the port's (RFC 8168 section 2).
    hinted: (options) =>
      namedPrefixes(options).flatMap(({ length }) => nearestIn(port.delegatedPrefixes, length)),
    lease: (prefix, { preferred, valid }) => ({
      kind: 'ia-prefix',
      prefix,
      preferredLifetime: preferred,
      validLifetime: valid,
      options: [],
    }),
    fits: () => true,
    nothing: DHCPV6_STATUS.noPrefixAvail,
  };
}
