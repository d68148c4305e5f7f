/** DHCPv6 exchanges of one instance, alone and while another floods. */

import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { linkLocalAddress, type Mac, SERVICE_LINK_LOCAL } from '../src/addressing/index.ts';
import type { Capture } from '../src/lab/index.ts';
import {
  ALL_DHCPV6_SERVERS,
  ALL_ROUTERS,
  DHCPV6_PORT,
  type Dhcpv6Message,
  type Dhcpv6Option,
  decodeDhcpv6,
  duidOfMac,
  encodeDhcpv6,
  encodeFrame,
  type Frame,
  frame,
  icmpv6,
  ipv6,
  multicastMac,
  solicitedNode,
  udp,
} from '../src/packets/index.ts';
import { type PairMember, type PairOptions, withPair } from './pair.ts';
import { type Summary, summarise } from './statistics.ts';

/** Exchanges, and milliseconds between them: ports may not ask without limit. */
const EXCHANGES = { count: 20, pause: 250 } as const;
const PATIENCE_MS = 5_000;
/** Other frames of a flood for each Solicit. */
const FLOOD_FRAMES = 256;
const DNS_PORT = 53;

/** Milliseconds from Solicit by Advertise and Request to Reply. */
export function exchanges(options: PairOptions): Promise<Summary> {
  return withPair(options, (client) => measure(client, options.signal));
}

/**
 * The same while another instance sends Solicits, solicits neighbours and routers, and sends datagrams to the DNS
 * service, all as fast as it can.
 */
export function exchangesInFlood(options: PairOptions): Promise<Summary> {
  return withPair(options, async (client, attacker) => {
    const server = await serverOf(attacker);
    const worker = new Worker(new URL('./flood-worker.ts', import.meta.url), {
      workerData: {
        namespace: attacker.instance.namespace,
        device: attacker.device.device,
        frames: flood(attacker, server).map(encodeFrame),
      },
    });
    try {
      return await measure(client, options.signal);
    } finally {
      await worker.terminate();
    }
  });
}

async function measure(client: PairMember, signal: AbortSignal): Promise<Summary> {
  const capture = client.device.capture();
  const samples: number[] = [];
  for (let transaction = 1; transaction <= EXCHANGES.count; transaction++) {
    signal.throwIfAborted();
    const began = performance.now();
    const offer = await ask(client, capture, { type: 'solicit', transaction, options: wish(client) });
    const chosen = offer.options.filter(({ kind }) => kind === 'server-id' || kind === 'ia-na');
    const [duid] = wish(client);
    await ask(client, capture, {
      type: 'request',
      transaction: transaction + EXCHANGES.count,
      options: [duid!, ...chosen],
    });
    samples.push(performance.now() - began);
    await pause(EXCHANGES.pause);
  }
  return summarise(samples);
}

/** Sends a message, and gives the answer. Throws when there is none in 5 s. */
async function ask(client: PairMember, capture: Capture, message: Dhcpv6Message): Promise<Dhcpv6Message> {
  client.device.send(toServers(client, message));
  const answer = await capture.waitFor(
    (seen) => answerIn(seen)?.transaction === message.transaction,
    PATIENCE_MS,
  );
  if (answer === undefined) throw new Error(`No answer to a DHCPv6 ${message.type}.`);
  return answerIn(answer.frame)!;
}

function answerIn({ network }: Frame): Dhcpv6Message | undefined {
  if (network.kind !== 'ipv6' || network.upper.kind !== 'udp') return undefined;
  const { destinationPort, data } = network.upper.datagram;
  return destinationPort === DHCPV6_PORT.client ? decodeDhcpv6(data) : undefined;
}

const wish = ({ mac }: PairMember): Dhcpv6Option[] => [
  { kind: 'client-id', duid: duidOfMac(mac) },
  { kind: 'ia-na', iaid: 1, t1: 0, t2: 0, options: [] },
];

const toServers = ({ mac }: PairMember, message: Dhcpv6Message): Frame => {
  const datagram = udp(DHCPV6_PORT.client, DHCPV6_PORT.server, encodeDhcpv6(message));
  return frame(
    mac,
    multicastMac(ALL_DHCPV6_SERVERS),
    ipv6(linkLocalAddress(mac), ALL_DHCPV6_SERVERS, datagram),
  );
};

/** The MAC address of the server, which is that of all services of the network. */
async function serverOf(member: PairMember): Promise<Mac> {
  const capture = member.device.capture();
  member.device.send(toServers(member, { type: 'solicit', transaction: 0, options: wish(member) }));
  const answer = await capture.waitFor((seen) => answerIn(seen) !== undefined, PATIENCE_MS);
  await capture.stop();
  if (answer === undefined) throw new Error('No answer to a DHCPv6 solicit.');
  return answer.frame.source;
}

/** A datagram for the DNS service that it makes nothing of. */
const toDns = ({ mac }: PairMember, server: Mac, port: number): Frame =>
  frame(
    mac,
    server,
    ipv6(linkLocalAddress(mac), SERVICE_LINK_LOCAL, udp(10_000 + port, DNS_PORT, new Uint8Array(8))),
  );

/** A Solicit, a solicitation of routers, others of neighbours that nobody is, and datagrams to the services, by turns. */
function flood(attacker: PairMember, server: Mac): Frame[] {
  const { mac, address } = attacker;
  return Array.from({ length: FLOOD_FRAMES }, (_, index) => {
    if (index % 4 === 3) return toDns(attacker, server, index);
    if (index % 4 === 0) {
      return toServers(attacker, { type: 'solicit', transaction: index, options: wish(attacker) });
    }
    const target = address.plus(index);
    const [group, message] =
      index % 4 === 1
        ? ([ALL_ROUTERS, { kind: 'router-solicitation', options: [] }] as const)
        : ([solicitedNode(target), { kind: 'neighbour-solicitation', target, options: [] }] as const);
    return frame(
      mac,
      multicastMac(group),
      ipv6(linkLocalAddress(mac), group, icmpv6(message), { hopLimit: 255 }),
    );
  });
}
