/**
 * What hosts advertise on a network (RFC 4861 section 6.2.3): for routers' ports what OVN cannot say, and for the
 * service port that the services are on-link. Pure.
 */

import { type Address, linkLocalAddress, type Mac, type Prefix } from '../../../addressing/index.ts';
import {
  type Lifetimes,
  type NetworkFacts,
  type PortFacts,
  type RetiredRouter,
  SERVICE_LINK_LOCAL,
  SERVICE_PREFIX,
  type SubnetFacts,
} from '../../../host-contract/index.ts';
import {
  INFINITE_LIFETIME,
  type NdOption,
  type Preference,
  type RouterAdvertisement,
} from '../../../packets/index.ts';
import type { KnownPort } from '../../facts/index.ts';
import { resolverOn } from '../resolver.ts';

/** Somebody who advertises: a router's port, or the service port. */
export interface Advertiser {
  readonly mac: Mac;
  /** Link-local. */
  readonly source: Address;
  readonly advertisement: RouterAdvertisement;
  /** Seconds between two unsolicited advertisements at most: MaxRtrAdvInterval of section 6.2.1. */
  readonly interval: number;
  /** A router that has left: the advertisement is its farewell (section 6.2.5). */
  readonly hasLeft: boolean;
}

/** What `interval` can be. */
const INTERVAL = { least: 4, usual: 600 } as const;

/** Seconds that what goes with the router lasts at least, where the router is none: three intervals (RFC 8106). */
const LEAST_LIFETIME = 3 * INTERVAL.usual;
/** PREF64 counts in units of 8 seconds, of which it has 13 bits (RFC 8781 section 4). */
const LONGEST_PREF64 = 0xfff8;

/** Hop limit that instances use. */
const HOP_LIMIT = 64;

const ALWAYS = { preferred: INFINITE_LIFETIME, valid: INFINITE_LIFETIME };

const ORDER: readonly Preference[] = ['low', 'medium', 'high'];

/** A network as advertisements need it. */
interface Scene {
  readonly network: NetworkFacts;
  /** Prefixes that are to be given up: gone, and not back on any router. */
  readonly retired: readonly Prefix[];
  /** Now, since 1970. */
  readonly seconds: number;
}

/** The service port among those that advertise. */
export const SERVICE = '';

/**
 * All that advertise on a network, by the id of the router's port, and the service port; and those that have left, by
 * their MAC address. Those of OVN are among them: when they leave, OVN says no farewell.
 * @param seconds since 1970
 */
export function advertisersOn(
  network: NetworkFacts,
  ports: Iterable<KnownPort>,
  seconds: number,
): Map<string, Advertiser & { readonly by: 'ovn' | 'host' }> {
  const all = [...ports];
  const routers = all
    .filter(({ facts: { advertiser } }) => advertiser !== null)
    .map(({ id, facts }) => ({ id, facts, subnets: subnetsOf(facts, network) }))
    .filter(({ subnets }) => subnets.length > 0);
  const present = routers.flatMap(({ subnets }) => subnets.map(({ prefix: of }) => of));
  const retired = network.retiredPrefixes
    .filter(({ prefix: of, until }) => until > seconds && !present.some((one) => one.equals(of)))
    .map(({ prefix: of }) => of);
  const scene: Scene = { network, retired, seconds };
  const advertisers = new Map<string, Advertiser & { by: 'ovn' | 'host' }>();
  const service = serviceAdvertiser(scene);
  if (service !== undefined) advertisers.set(SERVICE, { ...service, by: 'host' });
  for (const { id, facts, subnets } of routers) {
    advertisers.set(id, {
      ...routerAdvertiser(facts, subnets, scene),
      by: facts.advertiser === 'ovn' ? 'ovn' : 'host',
    });
  }
  // Another's MAC address now, an instance's for one, is nobody's to speak for.
  const taken = [
    ...routers.map(({ facts }) => facts),
    ...all.map(({ facts }) => facts).filter(({ isRouterPort }) => !isRouterPort),
  ];
  for (const router of network.retiredRouters) {
    if (router.until <= seconds || taken.some(({ mac }) => mac.equals(router.mac))) continue;
    advertisers.set(router.mac.toString(), { ...farewell(router, scene, present.length > 0), by: 'host' });
  }
  return advertisers;
}

const subnetsOf = (port: Pick<PortFacts, 'fixedIps'>, network: NetworkFacts): SubnetFacts[] =>
  network.subnets.filter(
    ({ id, raMode }) => raMode !== null && port.fixedIps.some(({ subnetId }) => subnetId === id),
  );

function routerAdvertiser(
  port: Pick<PortFacts, 'mac' | 'fixedIps'>,
  subnets: readonly SubnetFacts[],
  scene: Scene,
): Advertiser {
  const routerLifetime = Math.max(...subnets.map((subnet) => subnet.routerLifetime));
  const lifetime = Math.max(routerLifetime, LEAST_LIFETIME);
  return {
    mac: port.mac,
    source: linkLocalAddress(port.mac),
    advertisement: {
      ...common(subnets),
      // A router that is none must not be preferred (RFC 4191 section 2.2).
      preference: routerLifetime === 0 ? 'medium' : mostPreferred(subnets),
      routerLifetime,
      options: [
        { kind: 'source-link-layer-address', mac: port.mac },
        { kind: 'mtu', mtu: scene.network.mtu },
        ...subnets.map((subnet) => prefixInformation(subnet, scene.seconds)),
        ...scene.retired.map(givenUp),
        ...resolution(subnets, scene.network, lifetime),
        ...pref64(subnets, scene.network, lifetime),
        ...routes(subnets, port, lifetime),
      ],
    },
    interval: intervalFor([
      routerLifetime,
      ...subnets.flatMap((subnet) => addressTimes(subnet, scene.seconds)),
    ]),
    hasLeft: false,
  };
}

/**
 * What the service port says: that the services are on-link, and by whom nobody gets anywhere else. Undefined on a
 * network of which no subnet has an RA mode: there nothing is advertised.
 */
function serviceAdvertiser({ network, retired }: Scene): Advertiser | undefined {
  const subnets = network.subnets.filter(({ raMode }) => raMode !== null);
  if (subnets.length === 0 && retired.length === 0) return undefined;
  return {
    mac: network.mac,
    source: SERVICE_LINK_LOCAL,
    advertisement: {
      // The same flags as the routers', lest clients find a contradiction.
      ...common(subnets),
      preference: 'medium',
      routerLifetime: 0,
      options: [
        { kind: 'source-link-layer-address', mac: network.mac },
        { kind: 'mtu', mtu: network.mtu },
        prefix(SERVICE_PREFIX, { ...ALWAYS, onLink: true, autonomous: false }),
        ...retired.map(givenUp),
      ],
    },
    interval: INTERVAL.usual,
    hasLeft: false,
  };
}

/** Often enough that what ends after so many seconds is heard of three times before; 0 has no end to wait for. */
function intervalFor(lifetimes: readonly number[]): number {
  const soonest = Math.min(...lifetimes.filter((lifetime) => lifetime > 0).map((lifetime) => lifetime / 3));
  return Math.max(INTERVAL.least, Math.min(INTERVAL.usual, soonest));
}

/**
 * The last words of a router that has left: it is none any more, nor is what it told to be used (section 6.2.5). Which
 * prefixes are to be given up everybody tells who advertises.
 * @param hasSuccessor whether another router advertises: what resolves names is that one's to say
 */
function farewell(router: RetiredRouter, scene: Scene, hasSuccessor: boolean): Advertiser {
  const { network } = scene;
  const { advertisement, ...rest } = routerAdvertiser(router, subnetsOf(router, network), scene);
  const options = advertisement.options.flatMap((option): NdOption[] => {
    switch (option.kind) {
      case 'prefix-information':
        return [];
      case 'rdnss':
      case 'dnssl':
        return hasSuccessor ? [] : [{ ...option, lifetime: 0 }];
      case 'pref64':
      case 'route-information':
        return [{ ...option, lifetime: 0 }];
      default:
        return [option];
    }
  });
  return {
    ...rest,
    advertisement: {
      ...advertisement,
      // The same flags as those who stay, lest clients find a contradiction.
      ...common(network.subnets.filter(({ raMode }) => raMode !== null)),
      preference: 'medium',
      routerLifetime: 0,
      options,
    },
    interval: INTERVAL.usual,
    hasLeft: true,
  };
}

const common = (subnets: readonly SubnetFacts[]) =>
  ({
    kind: 'router-advertisement',
    hopLimit: HOP_LIMIT,
    managed: subnets.some(({ raMode }) => raMode === 'dhcpv6-stateful'),
    otherConfig: subnets.some(({ raMode }) => raMode === 'dhcpv6-stateless'),
    reachableTime: 0,
    retransTimer: 0,
  }) as const;

const mostPreferred = (subnets: readonly SubnetFacts[]): Preference =>
  ORDER[Math.max(...subnets.map(({ routerPreference }) => ORDER.indexOf(routerPreference)))] ?? 'medium';

/**
 * The prefix of a subnet: each with its own A flag, so that SLAAC and DHCPv6 get on with each other on a network. The
 * times are those of addresses: where DHCPv6 gives these, the prefix is on-link for ever.
 */
const prefixInformation = (subnet: SubnetFacts, seconds: number): NdOption =>
  isAutonomous(subnet)
    ? prefix(subnet.prefix, { ...timeOf(subnet, seconds), ...ofSubnet(subnet), autonomous: true })
    : prefix(subnet.prefix, { ...ALWAYS, ...ofSubnet(subnet), autonomous: false });

const ofSubnet = ({ prefersDelegation }: SubnetFacts) => ({ onLink: true, prefersDelegation });

const isAutonomous = ({ raMode }: SubnetFacts): boolean => raMode !== 'dhcpv6-stateful';

function addressTimes(subnet: SubnetFacts, seconds: number): number[] {
  if (!isAutonomous(subnet)) return [];
  const { preferred, valid } = timeOf(subnet, seconds);
  return [preferred, valid];
}

/** A prefix that a provider delegates lasts no longer than it says (RFC 7084 L-13, RFC 9096 section 3.2). */
function timeOf({ prefixTime, prefixEnd }: SubnetFacts, seconds: number): Lifetimes {
  const left = (end: number | null | undefined, most: number): number =>
    end === null || end === undefined ? most : Math.min(most, Math.max(0, Math.floor(end - seconds)));
  return {
    preferred: left(prefixEnd?.preferred, prefixTime.preferred),
    valid: left(prefixEnd?.valid, prefixTime.valid),
  };
}

function prefix(
  of: Prefix,
  {
    onLink,
    autonomous,
    prefersDelegation = false,
    valid,
    preferred,
  }: { onLink: boolean; autonomous: boolean; prefersDelegation?: boolean; valid: number; preferred: number },
): NdOption {
  return {
    kind: 'prefix-information',
    prefix: of,
    onLink,
    autonomous,
    prefersDelegation,
    validLifetime: valid,
    preferredLifetime: preferred,
  };
}

/**
 * Addresses in the prefix are no longer to be used, and for two hours at most (RFC 4862 section 5.5.3 e, RFC 9096
 * section 3.5); nobody forms new ones. Whether it is on-link is not said: neighbours may still be there.
 */
const givenUp = (of: Prefix): NdOption =>
  prefix(of, { onLink: false, autonomous: true, valid: 0, preferred: 0 });

/** DNS servers and search list (RFC 8106). */
function resolution(subnets: readonly SubnetFacts[], network: NetworkFacts, lifetime: number): NdOption[] {
  const { servers, domains } = resolverOn(subnets, network);
  const options: NdOption[] = [];
  if (servers.length > 0) options.push({ kind: 'rdnss', lifetime, servers });
  if (domains.length > 0) options.push({ kind: 'dnssl', lifetime, domains });
  return options;
}

/** Where NAT64 is (RFC 8781): by the network's own prefix, unless a subnet says otherwise. */
function pref64(subnets: readonly SubnetFacts[], network: NetworkFacts, lifetime: number): NdOption[] {
  const rounded = Math.min(Math.ceil(lifetime / 8) * 8, LONGEST_PREF64);
  const prefixes = subnets.flatMap(({ pref64: of = network.nat64Prefix }) => (of === undefined ? [] : [of]));
  return distinct(prefixes).map((of): NdOption => ({ kind: 'pref64', lifetime: rounded, prefix: of }));
}

/**
 * Routes of the subnets that lead to this very router (RFC 4191). Of a route by somebody else an advertisement cannot
 * tell the next hop, and the default route is what a router is for anyway.
 */
function routes(
  subnets: readonly SubnetFacts[],
  port: Pick<PortFacts, 'mac' | 'fixedIps'>,
  lifetime: number,
): NdOption[] {
  const own = [linkLocalAddress(port.mac), ...port.fixedIps.map(({ address }) => address)];
  const destinations = subnets
    .flatMap((subnet) => subnet.routes)
    .filter(
      ({ nexthop, destination }) => destination.length > 0 && own.some((address) => address.equals(nexthop)),
    )
    .map(({ destination }) => destination);
  return distinct(destinations).map(
    (destination): NdOption => ({
      kind: 'route-information',
      prefix: destination,
      preference: 'medium',
      lifetime,
    }),
  );
}

const distinct = (prefixes: readonly Prefix[]): Prefix[] => [
  ...new Map(prefixes.map((one) => [one.toString(), one])).values(),
];
