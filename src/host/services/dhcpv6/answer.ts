/**
 * What a DHCPv6 server answers (RFC 8415 section 18.3). Pure: the leases are the addresses and prefixes that the port
 * has, so there is nothing to remember, to lose or to move between hosts.
 *
 * The client is its port, known by the source MAC that the guard keeps honest. Its DUID is only repeated to it: an
 * instance that is reinstalled, or boots from another image, has another, and the same addresses.
 */

import type { NetworkFacts, PortFacts } from '../../../host-contract/index.ts';
import {
  DHCPV6_STATUS,
  type Dhcpv6Message,
  type Dhcpv6Option,
  duidOfMac,
  findOption,
} from '../../../packets/index.ts';
import { associate, namedAddresses, servedAddresses, status, unbound } from './associations.ts';
import { isServed, settingsFor } from './settings.ts';

/** A message as it arrived. */
interface Question {
  readonly message: Dhcpv6Message;
  /** Sent to the server's own address, which no server allowed (section 21.12). */
  readonly unicast: boolean;
}

/** Octets of a DUID (section 11.1): a type and at least one more. */
const DUID_OCTETS = { least: 3, most: 130 } as const;

/** Associations that are answered in a message: with more, the answer might not fit into a packet. */
const ASSOCIATIONS = 24;

/** There is no other server: clients need not wait a second for one (RFC 8415 section 18.2.1). */
const ONLY_SERVER = 255;

/** Whether the network has DHCPv6 for the port at all; if not, the server keeps silent. */
const serves = (port: PortFacts, network: NetworkFacts): boolean =>
  !port.isRouterPort && (network.subnets.some(isServed) || port.delegatedPrefixes.length > 0);

/** The server's DUID on a network: the same from every host, so that an instance that moves keeps its server. */
export const serverDuid = (network: NetworkFacts): Uint8Array => duidOfMac(network.mac);

/** @returns the answer; undefined for what a server must not answer (section 16), or not on this network */
export function answer(
  { message, unicast }: Question,
  port: PortFacts,
  network: NetworkFacts,
): Dhcpv6Message | undefined {
  if (!serves(port, network) || !isForServer(message, network)) return undefined;
  const { type, transaction, options } = message;
  const client = findOption(options, 'client-id');
  const identifiers: Dhcpv6Option[] = [
    ...(client === undefined ? [] : [client]),
    { kind: 'server-id', duid: serverDuid(network) },
  ];
  const reply = (...rest: readonly Dhcpv6Option[]): Dhcpv6Message => ({
    type: 'reply',
    transaction,
    options: [...identifiers, ...rest],
  });
  if (unicast) {
    return SERVER_NAMED.has(type) ? reply(status(DHCPV6_STATUS.useMulticast)) : undefined;
  }
  switch (type) {
    case 'solicit': {
      const offer = [...associate(type, options, port, network), ...settingsFor(options, port, network)];
      return findOption(options, 'rapid-commit') === undefined
        ? { ...reply({ kind: 'preference', value: ONLY_SERVER }, ...offer), type: 'advertise' }
        : reply({ kind: 'rapid-commit' }, ...offer);
    }
    case 'request':
    case 'renew':
    case 'rebind':
      return reply(...associate(type, options, port, network), ...settingsFor(options, port, network));
    case 'confirm':
      return confirm(options, port, network, reply);
    case 'release':
    case 'decline':
      return reply(status(DHCPV6_STATUS.success), ...unbound(options, port, network));
    case 'information-request':
      return reply(...settingsFor(options, port, network));
    default:
      return undefined;
  }
}

/** Messages to one server, which they name; the others are for any. */
const SERVER_NAMED: ReadonlySet<Dhcpv6Message['type']> = new Set(['request', 'renew', 'release', 'decline']);
const ANY_SERVER: ReadonlySet<Dhcpv6Message['type']> = new Set(['solicit', 'confirm', 'rebind']);

/** Section 16: which messages a server must discard. */
function isForServer({ type, options }: Dhcpv6Message, network: NetworkFacts): boolean {
  const client = findOption(options, 'client-id')?.duid;
  const server = findOption(options, 'server-id')?.duid;
  if (client !== undefined && (client.length < DUID_OCTETS.least || client.length > DUID_OCTETS.most))
    return false;
  const associations = options.filter(({ kind }) => kind === 'ia-na' || kind === 'ia-ta' || kind === 'ia-pd');
  if (associations.length > ASSOCIATIONS) return false;
  const isOurs = server !== undefined && Buffer.compare(server, serverDuid(network)) === 0;
  if (type === 'information-request') return associations.length === 0 && (server === undefined || isOurs);
  if (client === undefined) return false;
  return SERVER_NAMED.has(type) ? isOurs : ANY_SERVER.has(type) && server === undefined;
}

/**
 * Whether the client's addresses are still right where it is now (section 18.3.3). Only the port's own are: with
 * others in the right prefix it would not be heard.
 */
function confirm(
  options: readonly Dhcpv6Option[],
  port: PortFacts,
  network: NetworkFacts,
  reply: (option: Dhcpv6Option) => Dhcpv6Message,
): Dhcpv6Message | undefined {
  const named = namedAddresses(options);
  if (named.length === 0) return undefined;
  const own = servedAddresses(port, network);
  const right = named.every((one) => own.some(({ address }) => address.equals(one)));
  return reply(status(right ? DHCPV6_STATUS.success : DHCPV6_STATUS.notOnLink));
}

/** What an answer is nothing without, or what belongs to its leases. */
const NEEDED: ReadonlySet<Dhcpv6Option['kind']> = new Set([
  'client-id',
  'server-id',
  'status-code',
  'preference',
  'rapid-commit',
  'reconfigure-accept',
  'authentication',
  'ia-na',
  'ia-ta',
  'ia-pd',
]);

/**
 * The answer without what makes it too long. It goes in one packet, since what boots by network may read no fragments;
 * and a client that hears nothing has no address. A client whose lease comes without its settings asks for those again, or
 * does without; of leases that do not come it asks for in its next message (section 18.2.10.1).
 * @param fits whether an answer can be sent
 */
export function shortened(answer: Dhcpv6Message, fits: (answer: Dhcpv6Message) => boolean): Dhcpv6Message {
  let { options } = answer;
  while (!fits({ ...answer, options })) {
    const shorter = withoutLastSetting(options) ?? withoutLastLease(options);
    if (shorter === undefined) break;
    options = shorter;
  }
  return { ...answer, options };
}

/** The last settings are those of the port, of whatever length; the first are DNS servers. */
function withoutLastSetting(options: readonly Dhcpv6Option[]): Dhcpv6Option[] | undefined {
  const last = options.findLastIndex(({ kind }) => !NEEDED.has(kind));
  return last < 0 ? undefined : options.toSpliced(last, 1);
}

/** Prefixes come behind addresses. Each association keeps one lease while any has more; then the last ones go. */
function withoutLastLease(options: readonly Dhcpv6Option[]): Dhcpv6Option[] | undefined {
  const isAssociation = ({ kind }: Dhcpv6Option) => kind === 'ia-na' || kind === 'ia-ta' || kind === 'ia-pd';
  const rich = options.findLastIndex(
    (one) => (one.kind === 'ia-na' || one.kind === 'ia-pd') && one.options.length > 1,
  );
  const association = options[rich];
  if (association?.kind === 'ia-na' || association?.kind === 'ia-pd')
    return options.with(rich, { ...association, options: association.options.slice(0, -1) });
  const last = options.findLastIndex(isAssociation);
  return last < 0 ? undefined : options.toSpliced(last, 1);
}
