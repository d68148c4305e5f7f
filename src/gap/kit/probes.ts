/** Evidence from packets between instances: each function tries one thing and says what it expected and saw. */
import type { Address } from '../../addressing/index.ts';
import {
  type InstanceInterface,
  type LabInstance,
  onceSettled,
  type PingOptions,
  type PingResult,
  ping,
  type TcpOutcome,
  tcpProbe,
  udpProbe,
  waitUntil,
} from '../../lab/index.ts';
import type { Evidence } from './evidence.ts';

/** What a probe is for. */
interface Purpose {
  readonly what: string;
  readonly core?: boolean;
}

/** A first packet may wait for neighbour discovery, and a busy machine may be late with one. */
const REQUESTS = 3;
/** Enough for an answer on one machine: waiting longer for what must not come proves little more. */
const SILENCE_MS = 600;
const PATIENCE_MS = 3_000;
/** In which hosts have done what the API says, also on a busy machine. */
const SOON_MS = 20_000;
/** TCP repeats what was lost after one, three and seven seconds (RFC 6298). */
const TCP_PATIENCE_MS = 10_000;
/** Duplicate address detection takes a second; a router solicitation that is lost is repeated after four. */
const CONFIGURATION_MS = 60_000;

/** Probes until what is seen is as expected, as long as it may be that a cloud has not done yet what it was asked. */
const settled = (probe: () => Promise<Evidence>): Promise<Evidence> => onceSettled(probe, ({ ok }) => ok);

/** A ping that must be answered. */
export function pingPasses(
  purpose: Purpose,
  from: LabInstance,
  target: Address,
  options: PingOptions = {},
): Promise<Evidence> {
  return settled(async () => {
    const result = await ping(from, target, { count: REQUESTS, patienceMs: PATIENCE_MS, ...options });
    return { ...purpose, expected: 'answers', seen: describePing(result), ok: result.received > 0 };
  });
}

/** A ping that must be answered before long: what the API says, hosts do a little later. */
export async function pingPassesSoon(
  purpose: Purpose,
  from: LabInstance,
  target: Address,
): Promise<Evidence> {
  const once = { patienceMs: SILENCE_MS };
  await waitUntil(async () => (await ping(from, target, once)).received > 0, SOON_MS);
  return pingPasses(purpose, from, target);
}

/** A ping that nobody must answer; an error that says so is as good as silence. */
export function pingFails(
  purpose: Purpose,
  from: LabInstance,
  target: Address,
  options: PingOptions = {},
): Promise<Evidence> {
  return settled(async () => {
    const result = await ping(from, target, { count: 2, patienceMs: SILENCE_MS, ...options });
    return { ...purpose, expected: 'no answer', seen: describePing(result), ok: result.received === 0 };
  });
}

/**
 * A ping that must not be fragmented is too big for a link on its way, and the router before that says so.
 * @param mtu what it says: octets
 */
export async function packetTooBig(
  purpose: Purpose,
  from: LabInstance,
  to: Address,
  { packetSize, mtu }: { readonly packetSize: number; readonly mtu: number },
): Promise<Evidence> {
  const { errors, received } = await ping(from, to, { packetSize, unfragmented: true });
  const expected = `Packet too big: mtu=${mtu}`;
  const seen = errors.join('; ') || (received > 0 ? 'an answer' : 'silence');
  return { ...purpose, expected, seen, ok: errors.includes(expected) };
}

/** Has an instance's kernel cut TCP into packets itself, or leave it to the device. */
export const segmentationOffload = (on: LabInstance, state: 'on' | 'off'): Promise<string> =>
  on.run('ethtool', '-K', 'eth0', 'tso', state, 'gso', state);

/** A TCP connection that must come about and carry `octets` there and back. */
export function tcpPasses(
  purpose: Purpose,
  from: LabInstance,
  target: Address,
  port: number,
  octets = 1,
): Promise<Evidence> {
  const expected = octets > 1 ? `${octets} octets there and back` : 'a connection';
  return settled(async () => {
    const result = await tcpProbe(from, target, port, { octets, patienceMs: TCP_PATIENCE_MS });
    const ok = result.outcome === 'connected';
    return { ...purpose, expected, seen: ok ? expected : describeTcp(result), ok };
  });
}

/** A TCP connection that must not come about. */
export function tcpFails(
  purpose: Purpose,
  from: LabInstance,
  target: Address,
  port: number,
): Promise<Evidence> {
  return settled(async () => {
    const result = await tcpProbe(from, target, port, { patienceMs: SILENCE_MS });
    const ok = result.outcome !== 'connected';
    return { ...purpose, expected: 'no connection', seen: describeTcp(result), ok };
  });
}

/** A UDP datagram that must come back. */
export function udpPasses(
  purpose: Purpose,
  from: LabInstance,
  target: Address,
  port: number,
  octets = 8,
): Promise<Evidence> {
  return settled(async () => {
    const ok = await udpProbe(from, target, port, { octets, patienceMs: PATIENCE_MS });
    return { ...purpose, expected: `${octets} octets come back`, seen: ok ? 'they did' : 'silence', ok };
  });
}

/** A UDP datagram that must not come back. */
export function udpFails(
  purpose: Purpose,
  from: LabInstance,
  target: Address,
  port: number,
): Promise<Evidence> {
  return settled(async () => {
    const answered = await udpProbe(from, target, port, { patienceMs: SILENCE_MS });
    return { ...purpose, expected: 'silence', seen: answered ? 'an answer' : 'silence', ok: !answered };
  });
}

/** An address that a device must come to have by itself. */
export async function addressAppears(
  purpose: Purpose,
  on: InstanceInterface,
  address: Address,
): Promise<Evidence> {
  const ok = await on.has(address, CONFIGURATION_MS);
  return { ...purpose, expected: `${address}`, seen: ok ? `${address}` : describeAddresses(on), ok };
}

/** An instance did not get what the rest of its use case needs. */
export class NotConfiguredError extends Error {
  override readonly name = 'NotConfiguredError';
}

/**
 * Waits until devices have their addresses.
 * @throws NotConfiguredError
 */
export async function configured(
  ...wishes: readonly (readonly [InstanceInterface, Address])[]
): Promise<void> {
  await Promise.all(
    wishes.map(async ([on, address]) => {
      if (await on.has(address, CONFIGURATION_MS)) return;
      throw new NotConfiguredError(
        `${on.device} of ${on.instance.name} has no ${address} after ${CONFIGURATION_MS / 1000} s, but ${describeAddresses(on)}`,
      );
    }),
  );
}

/** A device's addresses with more than link scope, in one line. */
export function describeAddresses(on: InstanceInterface): string {
  const addresses = on.addresses().filter(({ address }) => !address.isLinkLocal);
  return (
    addresses
      .map(({ address, tentative, duplicate }) => {
        const state = duplicate ? ' (duplicate)' : tentative ? ' (tentative)' : '';
        return `${address}${state}`;
      })
      .join(', ') || 'no address'
  );
}

function describePing({ sent, received, roundTrips, errors }: PingResult): string {
  if (errors.length > 0) return errors.join('; ');
  if (received === 0) return 'silence';
  return `${received} of ${sent} answered, ${Math.min(...roundTrips)} ms`;
}

function describeTcp(result: TcpOutcome): string {
  switch (result.outcome) {
    case 'connected':
      return 'a connection';
    case 'refused':
      return result.code;
    case 'silence':
      return 'silence';
  }
}
