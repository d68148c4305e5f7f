/** Leases of DHCPv6 (RFC 8415): they end, are renewed and given back; and what a server makes of each message. */

import { Address, Prefix } from '../../../addressing/index.ts';
import { type Answered, type Create, NeutronApiError } from '../../../client/index.ts';
import {
  type Capture,
  DhcpClient,
  type InstanceInterface,
  type LabInstance,
  waitUntil,
} from '../../../lab/index.ts';
import {
  DHCPV6_STATUS,
  type Dhcpv6Message,
  type Dhcpv6Option,
  duidOfMac,
  type Frame,
  findOption,
  optionsOfKind,
} from '../../../packets/index.ts';
import {
  addressAppears,
  associationOf,
  type Carrier,
  type Evidence,
  ipv6Of,
  messageToClient,
  messageToServer,
  type Tenant,
  type Trial,
  toDhcpv6Servers,
  UntriableError,
} from '../../kit/index.ts';

const PREFIX = Prefix.parse('fd09:4::/64');
const SERVER = Address.parse('fd09::53');
/** Seconds: a client renews after half of the first. */
const LIFETIMES = { preferred_lifetime: 4, valid_lifetime: 6 } as const;
/** So many that the lease would have ended, had they been refused. */
const RENEWALS = 4;
const ELSEWHERE = Address.parse('2001:db8:dead::1');

/** Of all messages but one: some servers take 0 for none. */
const IAID = 1;

const PATIENCE_MS = 20_000;
const ANSWER_MS = 3_000;
const SILENCE_MS = 400;

/** Whose leases are tried. */
export interface Lessee {
  /** What evidence calls it. */
  readonly where: string;
  readonly carrier: Carrier;
  readonly wish?: Partial<Create<'port'>>;
  /** Starts an instance on the port, its device down. */
  boot(trial: Trial, port: Answered<'port'>): Promise<LabInstance>;
}

const ORDINARY: Lessee = {
  where: 'leases',
  carrier: 'tenant',
  boot: (trial, port) => trial.bareInstance('one', port),
};

/** A client of the distribution keeps its lease and gives it back; then each message by itself. */
export async function tryLeases(trial: Trial, { where, carrier, wish, boot } = ORDINARY): Promise<void> {
  const tenant = trial.tenant(where);
  const network = await tenant.network(where, carrier);
  const isBrief = trial.can('subnet.valid_lifetime');
  const subnet = await (isBrief
    ? briefSubnet(tenant, network)
    : tenant.subnet6(network, PREFIX.toString(), 'dhcpv6-stateful', {
        dns_nameservers: [SERVER.toString()],
      }));
  await tenant.router('router', [subnet]);
  const port = await tenant.port(network, wish);
  const other = ipv6Of(await tenant.port(network));
  const address = ipv6Of(port);
  const device = (await boot(trial, port)).interface('eth0');
  const capture = trial.capture(device);
  device.up();
  const client = await DhcpClient.dhclient(device, 'stateful');
  trial.show(await addressAppears({ what: `${where}: address by dhclient`, core: true }, device, address));
  if (isBrief) trial.show(await renewed(where, device, capture, address));
  else trial.leaveOut('leases that end soon: subnets have no valid_lifetime there.');
  const giving = await released(where, device, capture, address);
  trial.show(
    await trial.proven(giving, capture, `${where}-released`, ({ frame }) => dhcpv6In(frame) !== undefined),
  );
  await client.stop();
  await tryMessages(trial, where, device, capture, { address, other });
}

async function briefSubnet(tenant: Tenant, network: Parameters<Tenant['subnet6']>[0]) {
  const wish = { ...LIFETIMES, dns_nameservers: [SERVER.toString()] };
  try {
    return await tenant.subnet6(network, PREFIX.toString(), 'dhcpv6-stateful', wish);
  } catch (error) {
    if (!(error instanceof NeutronApiError) || error.status !== 400) throw error;
    throw new UntriableError(`Leases cannot be made to end soon: ${error.message}`);
  }
}

/** Renewals that were answered, and the address after its first lifetime is over. */
async function renewed(
  where: string,
  device: InstanceInterface,
  capture: Capture,
  address: Address,
): Promise<Evidence> {
  const answers = () => answersTo('renew', capture).length;
  await waitUntil(() => answers() >= RENEWALS, PATIENCE_MS);
  const lease = device.addresses().find((one) => one.address.equals(address));
  const left = lease?.validLifetime;
  return {
    what: `${where}: dhclient after more than ${LIFETIMES.valid_lifetime} s, which the first lease lasted`,
    expected: `${RENEWALS} renewals, and the address for at most ${LIFETIMES.valid_lifetime} s more`,
    seen: `${answers()} renewals, ${left === undefined ? 'no address' : `the address for ${left} s`}`,
    ok: answers() >= RENEWALS && left !== undefined && left > 0 && left <= LIFETIMES.valid_lifetime,
    core: true,
  };
}

/** `dhclient -r` tells the server, is answered, and drops the address. */
async function released(
  where: string,
  device: InstanceInterface,
  capture: Capture,
  address: Address,
): Promise<Evidence> {
  await DhcpClient.dhclient(device, 'stateful', ['-r']);
  const gone = () => !device.addresses().some((one) => one.address.equals(address));
  await waitUntil(() => gone() && answersTo('release', capture).length > 0, PATIENCE_MS);
  const [answer] = answersTo('release', capture);
  const code = answer && statusOf(answer);
  return {
    what: `${where}: dhclient gives its lease back`,
    expected: 'an answer with status 0, and no address any more',
    seen: `${answer ? `an answer with status ${code}` : 'no answer'}, ${gone() ? 'no' : 'an'} address`,
    ok: code === DHCPV6_STATUS.success && gone(),
  };
}

/** The server's answers to messages of a type, by their transactions. */
function answersTo(type: Dhcpv6Message['type'], capture: Capture): Dhcpv6Message[] {
  const asked = new Set(
    capture.observations
      .filter(({ outgoing }) => outgoing)
      .map(({ frame }) => messageToServer(frame))
      .flatMap((message) => (message?.type === type ? [message.transaction] : [])),
  );
  return capture
    .received()
    .map(({ frame }) => messageToClient(frame))
    .filter((message) => message?.type === 'reply' && asked.has(message.transaction)) as Dhcpv6Message[];
}

interface Attempt {
  readonly what: string;
  readonly type: Dhcpv6Message['type'];
  readonly options: readonly Dhcpv6Option[];
  /** What the answer says in short, as `describeAnswer` has it; undefined for none. */
  readonly expected: string | undefined;
  /** What it may say instead. */
  readonly or?: string;
  /** Whether it is the status alone that tells: then the answer may have addresses as well. */
  readonly byStatus?: true;
}

/** Messages of every type, one by one. */
async function tryMessages(
  trial: Trial,
  where: string,
  device: InstanceInterface,
  capture: Capture,
  { address, other }: { address: Address; other: Address },
): Promise<void> {
  const client: Dhcpv6Option = { kind: 'client-id', duid: duidOfMac(device.mac) };
  const [advertised] = answersOf(capture);
  const server = advertised && findOption(advertised.options, 'server-id');
  if (server === undefined) throw new Error('no DHCPv6 server has said who it is');
  const stranger: Dhcpv6Option = { kind: 'server-id', duid: Uint8Array.of(0, 2, 1, 2, 3, 4) };
  const uuid: Dhcpv6Option = {
    kind: 'client-id',
    duid: Uint8Array.of(
      0,
      4,
      ...device.mac
        .toString()
        .slice(0, 16)
        .split('')
        .map((letter) => letter.charCodeAt(0)),
    ),
  };
  const own = associationOf(IAID, address);
  const dns: Dhcpv6Option = { kind: 'option-request', codes: [23] };
  const status = (code: number) => `reply status ${code}`;
  const lease = `${IAID}: ${address}`;
  const attempts: Attempt[] = [
    {
      what: 'Solicit with IAID 0',
      type: 'solicit',
      options: [client, associationOf(0)],
      expected: `advertise 0: ${address}`,
    },
    // Before the address is anybody's lease: then it may be withheld from who comes under another name.
    {
      what: 'Solicit of a client with a DUID-UUID',
      type: 'solicit',
      options: [uuid, associationOf(IAID)],
      expected: `advertise ${lease}`,
    },
    {
      what: 'Solicit with rapid commit',
      type: 'solicit',
      options: [client, associationOf(IAID), { kind: 'rapid-commit' }],
      expected: `reply ${lease}`,
      // A server need not have been told to do that (RFC 8415 section 18.3.1).
      or: `advertise ${lease}`,
    },
    {
      what: "Request for another port's address",
      type: 'request',
      options: [client, server, associationOf(IAID, other)],
      expected: `reply ${lease}`,
      // Or it is refused alone (RFC 8415 section 18.3.2).
      or: `reply ${IAID}: status ${DHCPV6_STATUS.noAddrsAvail}`,
    },
    {
      what: 'Request for an address of another link',
      type: 'request',
      options: [client, server, associationOf(IAID, ELSEWHERE)],
      expected: `reply ${IAID}: status ${DHCPV6_STATUS.notOnLink}`,
    },
    { what: 'Renew', type: 'renew', options: [client, server, own], expected: `reply ${lease}` },
    { what: 'Rebind', type: 'rebind', options: [client, own], expected: `reply ${lease}` },
    {
      what: 'Confirm',
      type: 'confirm',
      options: [client, own],
      expected: status(DHCPV6_STATUS.success),
      byStatus: true,
    },
    {
      what: 'Confirm of an address of another link',
      type: 'confirm',
      options: [client, associationOf(IAID, ELSEWHERE)],
      expected: status(DHCPV6_STATUS.notOnLink),
    },
    {
      what: 'Decline',
      type: 'decline',
      options: [client, server, own],
      expected: status(DHCPV6_STATUS.success),
      byStatus: true,
    },
    {
      what: 'Information-Request without a client',
      type: 'information-request',
      options: [dns],
      expected: `reply DNS ${SERVER}`,
    },
    {
      what: 'Renew to another server',
      type: 'renew',
      options: [client, stranger, own],
      expected: undefined,
    },
    {
      what: 'Solicit without a client',
      type: 'solicit',
      options: [associationOf(IAID)],
      expected: undefined,
    },
  ];
  for (const [index, attempt] of attempts.entries()) {
    const transaction = 0xa0_0000 + index;
    const evidence = await exchange(where, attempt, transaction, device, capture);
    trial.show(
      await trial.proven(
        evidence,
        capture,
        `${where}-message-${index + 1}`,
        ({ frame }) => dhcpv6In(frame)?.transaction === transaction,
      ),
    );
  }
}

const dhcpv6In = (frame: Frame): Dhcpv6Message | undefined =>
  messageToClient(frame) ?? messageToServer(frame);

/** All that servers have said to the client so far. */
const answersOf = (capture: Capture): Dhcpv6Message[] =>
  capture.received().flatMap(({ frame }) => messageToClient(frame) ?? []);

async function exchange(
  where: string,
  { what, type, options, expected, or, byStatus }: Attempt,
  transaction: number,
  device: InstanceInterface,
  capture: Capture,
): Promise<Evidence> {
  device.send(toDhcpv6Servers(device.mac, { type, transaction, options }));
  const isAnswer = (message: Dhcpv6Message | undefined) => message?.transaction === transaction;
  const answer = await capture.waitFor(
    (frame) => isAnswer(messageToClient(frame)),
    expected === undefined ? SILENCE_MS : ANSWER_MS,
  );
  const message = answer && messageToClient(answer.frame)!;
  const seen = message && describeAnswer(message);
  const said = byStatus && message ? `${message.type} status ${statusOf(message)}` : seen;
  return {
    what: `${where}: ${what}`,
    expected: [expected ?? 'no answer', ...(or === undefined ? [] : [or])].join(', or '),
    seen: seen ?? 'no answer',
    ok: said === expected || (or !== undefined && said === or),
  };
}

/** What a message says of how it went: without the option, well (RFC 8415 section 21.13). */
const statusOf = ({ options }: Dhcpv6Message): number =>
  findOption(options, 'status-code')?.code ?? DHCPV6_STATUS.success;

/**
 * The type, and what associations have, or the status where there are none: `reply 0: fd09::1`, `reply 0: status 4`, `reply
 * status 4`. That it went well goes without saying (RFC 8415 section 21.13). What concerns an association is in there
 * (section 21.4): a server may sum it up for all of the message.
 */
export function describeAnswer({ type, options }: Dhcpv6Message): string {
  const say = (inner: readonly Dhcpv6Option[]): string[] => [
    ...optionsOfKind(inner, 'ia-address').map(({ address }) => address.toString()),
    ...optionsOfKind(inner, 'status-code')
      .filter(({ code }) => code !== DHCPV6_STATUS.success)
      .map(({ code }) => `status ${code}`),
  ];
  const associations = optionsOfKind(options, 'ia-na').map(
    ({ iaid, options: inner }) => `${iaid}: ${say(inner).join(' ')}`,
  );
  if (associations.length > 0) return [type, ...associations].join(' ');
  const servers = optionsOfKind(options, 'dns-servers').flatMap((one) => one.servers.map(String));
  return [type, ...say(options), ...(servers.length > 0 ? ['DNS', ...servers] : [])].join(' ');
}
