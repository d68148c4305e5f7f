/**
 * Which addresses instances take for themselves, as they announce them: first come, first served, as in RFC 6620
 * (FCFS SAVI). The guard reports solicitations by which an instance looks whether an address is free, and
 * advertisements, for all addresses but the port's own.
 */
import type { Logger } from 'pino';
import type { Address } from '../../addressing/index.ts';
import { TokenBucket } from '../../base/index.ts';
import { HOST_API } from '../../host-contract/index.ts';
import { decodeFrame } from '../../packets/frame.ts';
import type { Facts } from '../facts/index.ts';
import type { ServerChannel } from '../server-channel.ts';
import { AddressOwners, takenAdvertisement } from './address-owners.ts';

/** Tells the server that a port's instance took an address. */
export type ReportAddresses = (portId: string, addresses: readonly Address[]) => Promise<void>;

/** Reports by the host's channel to its server; a report that the server does not take fails. */
export function reportsTo(server: Pick<ServerChannel, 'request'>): ReportAddresses {
  return async (portId, addresses) => {
    const body = { port_id: portId, addresses };
    const { status, body: answer } = await server.request({
      method: 'POST',
      path: HOST_API.learnedAddresses,
      body,
    });
    if (status >= 300) throw new Error(`the server answered ${status}: ${answer}`);
  };
}

/**
 * What a port may have reported: an interface takes a few addresses when it starts, then now and then a temporary
 * one (RFC 8981 section 3.8: one for each prefix and day).
 */
const BURST = 16;
const MILLISECONDS_EACH = 5_000;
/** An address that was just reported is not reported again. */
const REMEMBERED_MS = 10_000;

/** What claims of addresses lead to. */
export interface ClaimEffects {
  /** Tells the server. */
  readonly report: ReportAddresses;
  /** Sends an Ethernet frame to the instance of a port. */
  readonly answer: (portId: string, frame: Uint8Array) => void;
}

/** How many addresses a port may have reported, and the last ones that were, with the time. */
interface Account {
  readonly bucket: TokenBucket;
  readonly reported: Map<string, number>;
}

export class AddressLearner {
  readonly #facts: Facts;
  readonly #effects: ClaimEffects;
  readonly #owners: AddressOwners;
  readonly #log: Logger;
  readonly #now: () => number;
  readonly #accounts = new Map<string, Account>();

  /** @param now milliseconds on a clock that never goes back */
  constructor(facts: Facts, effects: ClaimEffects, log: Logger, now: () => number = () => performance.now()) {
    this.#facts = facts;
    this.#effects = effects;
    this.#owners = new AddressOwners(facts);
    this.#log = log;
    this.#now = now;
    facts.onChange(({ ports }) => {
      for (const id of ports) if (facts.port(id) === undefined) this.#accounts.delete(id);
    });
  }

  /** A port's instance sent a frame that claims an address. */
  claimed(portId: string, frame: Uint8Array): void {
    const claim = claimIn(frame);
    if (claim === undefined) return;
    const { address, isQuestion } = claim;
    const owner = this.#owners.otherThan(portId, address);
    if (owner !== undefined) {
      if (isQuestion) this.#effects.answer(portId, takenAdvertisement(address, owner));
      return;
    }
    const open = this.#facts.port(portId)?.openPrefixes ?? [];
    if (!open.some((prefix) => prefix.contains(address))) return;
    if (!this.#admit(portId, address)) return;
    this.#effects.report(portId, [address]).catch((error) => {
      this.#accounts.get(portId)?.reported.delete(address.toString());
      this.#log.warn(
        { err: error, port: portId, address },
        'the server was not told of an address that an instance took',
      );
    });
  }

  /** Whether an address is to be reported now. Counts it. */
  #admit(portId: string, address: Address): boolean {
    const now = this.#now();
    const account = this.#accounts.getOrInsertComputed(portId, () => ({
      bucket: new TokenBucket(BURST, MILLISECONDS_EACH, now),
      reported: new Map(),
    }));
    for (const [text, at] of account.reported) if (now - at > REMEMBERED_MS) account.reported.delete(text);
    if (account.reported.has(address.toString())) return false;
    if (!account.bucket.take(now)) return false;
    account.reported.set(address.toString(), now);
    return true;
  }
}

/** The address that a frame claims, and whether it only asks who has it. */
function claimIn(octets: Uint8Array): { address: Address; isQuestion: boolean } | undefined {
  const { network } = decodeFrame(octets);
  if (network.kind !== 'ipv6' || network.upper.kind !== 'icmpv6') return undefined;
  const { message } = network.upper;
  if (message.kind !== 'neighbour-solicitation' && message.kind !== 'neighbour-advertisement')
    return undefined;
  return { address: message.target, isQuestion: message.kind === 'neighbour-solicitation' };
}
