/**
 * A DHCPv6 client that asks for prefixes (RFC 8415 section 18.2), for one router: in go what servers say and what time it
 * is, out come messages and the prefixes that the router has. Pure but for its own state: it is given time and chance.
 */
import { Prefix } from '../../addressing/index.ts';
import {
  DHCPV6_INFINITY,
  DHCPV6_OPTION,
  DHCPV6_STATUS,
  type Dhcpv6Message,
  type Dhcpv6Option,
  type Dhcpv6OptionOf,
  findOption,
  optionsOfKind,
} from '../../packets/index.ts';
import { type ClientQuestion, isExhausted, type PendingQuestion, saidAgain } from './retransmission.ts';
import { whyUnusable } from './usable-prefix.ts';

/** An identity association that a router is to have. */
export interface WantedAssociation {
  readonly iaid: number;
  /** How long its prefix had best be. */
  readonly length: number;
}

/** A prefix of a router. */
export interface DelegationLease {
  readonly iaid: number;
  readonly prefix: Prefix;
  /** Seconds since 1970; for ever is {@link FOR_EVER}. */
  readonly preferredUntil: number;
  readonly validUntil: number;
}

export const FOR_EVER = 0xffff_ffff_ffff;

/** What a client begins with: what it, or another host in its place, had before. */
export interface ClientBeginning {
  readonly duid: Uint8Array;
  readonly wanted: readonly WantedAssociation[];
  readonly leases: readonly DelegationLease[];
  /** The DUID of the server that gave them, in hexadecimal; undefined when that is not known. */
  readonly server: string | undefined;
}

export interface ClientSurroundings {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** From 0 to less than 1. */
  readonly chance: () => number;
}

/** Before the first Solicit at most, in milliseconds (section 7.6: SOL_MAX_DELAY). */
const FIRST_DELAY_MS = 1_000;
/** A server may set the longest pause between two Solicits, in seconds, within these (section 21.24). */
const PAUSE = { least: 60, most: 86_400 } as const;
/** What clients must ask for (section 21.24). */
const REQUESTED = [DHCPV6_OPTION['sol-max-rt']];
const TRANSACTIONS = 0x100_0000;
/** A server whose preference says that no other is waited for (section 18.2.1). */
const AT_ONCE = 255;

/** What a server offers. */
interface Offer {
  readonly server: Uint8Array;
  readonly preference: number;
  readonly leases: readonly DelegationLease[];
}

export class DelegationClient {
  readonly #duid: Uint8Array;
  readonly #around: ClientSurroundings;
  #wanted: readonly WantedAssociation[];
  #leases: readonly DelegationLease[];
  #server: Uint8Array | undefined;
  /** In milliseconds, as of the last Reply. */
  #renewAt = 0;
  #rebindAt = 0;
  #attempt: PendingQuestion | undefined;
  #offer: Offer | undefined;
  /** What is given back, while nobody has confirmed that. */
  #returned: readonly DelegationLease[] = [];
  #longestPause: number | undefined;
  /** In a row without a prefix, whatever was answered. */
  #failures = 0;
  #reason = '';

  constructor({ duid, wanted, leases, server }: ClientBeginning, around: ClientSurroundings) {
    this.#duid = duid;
    this.#around = around;
    this.#wanted = wanted;
    this.#leases = leases;
    this.#server = server === undefined ? undefined : Buffer.from(server, 'hex');
    // Where it was before is not known for sure: any server may confirm what it has (section 18.2.12).
    this.#follow('rebind');
  }

  /** The prefixes that the router has. */
  get leases(): readonly DelegationLease[] {
    return this.#leases;
  }

  /** The DUID of the server that gave them, in hexadecimal. */
  get server(): string | undefined {
    return this.#server && Buffer.from(this.#server).toString('hex');
  }

  /** Why the router lacks a prefix, as far as the client knows; empty for no reason. */
  get reason(): string {
    return this.#reason;
  }

  /** Whether it has nothing to do any more, nor to keep: all was given back. */
  get isDone(): boolean {
    return this.#wanted.length === 0 && this.#attempt === undefined;
  }

  /** When {@link due} is to be asked next, in milliseconds since 1970; undefined while there is nothing to wait for. */
  get nextAt(): number | undefined {
    if (this.#attempt !== undefined) return Math.min(this.#attempt.nextAt, this.#endOfLeases());
    if (this.#wanted.length === 0) return undefined;
    return Math.min(this.#leases.length > 0 ? this.#renewAt : 0, this.#endOfLeases());
  }

  /** From now on these are to be had, and no others: prefixes of others are given back. */
  want(wanted: readonly WantedAssociation[]): void {
    const before = new Set(this.#wanted.map(({ iaid }) => iaid));
    const after = new Set(wanted.map(({ iaid }) => iaid));
    this.#wanted = wanted;
    const gone = this.#leases.filter(({ iaid }) => !after.has(iaid));
    this.#leases = this.#leases.filter(({ iaid }) => after.has(iaid));
    if (gone.length > 0) this.#giveBack(gone);
    else if (before.symmetricDifference(after).size > 0 && this.#attempt?.asking !== 'release')
      this.#follow('renew');
  }

  /** What is to be sent now. */
  due(): Dhcpv6Message[] {
    const now = this.#around.now();
    this.#dropEnded(now);
    if (this.#attempt === undefined) {
      if (this.#wanted.length === 0 || (this.#leases.length > 0 && now < this.#renewAt)) return [];
      this.#begin(this.#leases.length === 0 ? 'solicit' : this.#server ? 'renew' : 'rebind', now);
    }
    if (this.#attempt?.asking === 'renew' && this.#attempt.said > 0 && now >= this.#rebindAt)
      this.#begin('rebind', now);
    const attempt = this.#attempt;
    if (attempt === undefined || now < attempt.nextAt) return [];
    if (attempt.asking === 'solicit' && this.#offer !== undefined) {
      this.#accept(this.#offer, now);
      return this.due();
    }
    if (isExhausted(attempt)) {
      this.#giveUp(attempt, now);
      return this.due();
    }
    if (attempt.said >= 2) this.#reason = 'no DHCPv6 server answers';
    this.#attempt = saidAgain(attempt, now, this.#around.chance(), this.#pauseOf(attempt));
    return [this.#message(this.#attempt, now)];
  }

  /** Takes in what a server said. What is for others, or not asked for, is not heeded. */
  receive({ type, transaction, options }: Dhcpv6Message): void {
    const attempt = this.#attempt;
    const client = findOption(options, 'client-id')?.duid;
    const server = findOption(options, 'server-id')?.duid;
    if (attempt === undefined || transaction !== attempt.transaction || attempt.said === 0) return;
    if (client === undefined || server === undefined || !isSame(client, this.#duid)) return;
    const now = this.#around.now();
    const longest = findOption(options, 'sol-max-rt')?.seconds;
    if (longest !== undefined && longest >= PAUSE.least && longest <= PAUSE.most)
      this.#longestPause = longest * 1_000;
    if (type === 'advertise' && attempt.asking === 'solicit') this.#hearOffer(server, options, now);
    else if (type === 'reply' && attempt.asking !== 'solicit') this.#hearReply(attempt, server, options, now);
  }

  #endOfLeases(): number {
    return Math.min(...this.#leases.map(({ validUntil }) => validUntil * 1_000));
  }

  #dropEnded(now: number): void {
    const valid = this.#leases.filter(({ validUntil }) => validUntil * 1_000 > now);
    if (valid.length === this.#leases.length) return;
    this.#leases = valid;
    if (valid.length > 0) return;
    this.#reason = 'the prefix has ended: no DHCPv6 server has prolonged it';
    if (this.#attempt?.asking !== 'release') this.#begin('solicit', now);
  }

  /** Begins with what is wanted, or changes it: who has something keeps it. */
  #follow(asking: 'renew' | 'rebind'): void {
    if (this.#wanted.length === 0) {
      this.#attempt = undefined;
      return;
    }
    const now = this.#around.now();
    if (this.#leases.length === 0) this.#begin('solicit', now, this.#around.chance() * FIRST_DELAY_MS);
    else this.#begin(this.#server === undefined ? 'rebind' : asking, now);
  }

  #begin(asking: ClientQuestion, now: number, delay = 0): void {
    this.#offer = undefined;
    const transaction = Math.floor(this.#around.chance() * TRANSACTIONS);
    this.#attempt = { asking, transaction, startedAt: now + delay, said: 0, pause: 0, nextAt: now + delay };
  }

  #giveBack(gone: readonly DelegationLease[]): void {
    this.#returned = gone;
    // Without the server's name it cannot be told: the prefix ends by itself.
    if (this.#server === undefined) this.#afterRelease(this.#around.now());
    else this.#begin('release', this.#around.now());
  }

  #afterRelease(now: number): void {
    this.#returned = [];
    this.#attempt = undefined;
    const had = new Set(this.#leases.map(({ iaid }) => iaid));
    if (this.#wanted.some(({ iaid }) => !had.has(iaid))) this.#follow('renew');
    if (this.#leases.length === 0) this.#renewAt = now;
  }

  #giveUp(attempt: PendingQuestion, now: number): void {
    if (attempt.asking === 'release') {
      this.#afterRelease(now);
      return;
    }
    this.#reason = 'the DHCPv6 server that offered a prefix does not answer any more';
    this.#retry(now);
  }

  /** Begins anew, later each time. */
  #retry(now: number): void {
    this.#failures++;
    const longest = this.#longestPause ?? 3_600_000;
    this.#begin('solicit', now, Math.min(1_000 * 2 ** this.#failures, longest));
  }

  #pauseOf({ asking }: PendingQuestion): number | undefined {
    return asking === 'solicit' ? this.#longestPause : undefined;
  }

  #hearOffer(server: Uint8Array, options: readonly Dhcpv6Option[], now: number): void {
    const leases = this.#leasesIn(options, now);
    if (leases.length === 0) return;
    const preference = findOption(options, 'preference')?.value ?? 0;
    const offer = { server, preference, leases };
    if (this.#offer === undefined || isBetter(offer, this.#offer)) this.#offer = offer;
    // The first ones are waited for until the first pause is over; after that the first is as good as any.
    if (preference === AT_ONCE || (this.#attempt?.said ?? 0) > 1) this.#accept(this.#offer, now);
  }

  #accept(offer: Offer, now: number): void {
    this.#server = offer.server;
    this.#begin('request', now);
    this.#offer = offer;
  }

  #hearReply(
    attempt: PendingQuestion,
    server: Uint8Array,
    options: readonly Dhcpv6Option[],
    now: number,
  ): void {
    if (attempt.asking === 'release') {
      this.#afterRelease(now);
      return;
    }
    const status = findOption(options, 'status-code')?.code ?? DHCPV6_STATUS.success;
    // Asked again in due time (sections 18.2.10 and 21.13).
    if (status === DHCPV6_STATUS.unspecFail || status === DHCPV6_STATUS.useMulticast) return;
    this.#server = server;
    const unknown = optionsOfKind(options, 'ia-pd').some(
      (ia) => findOption(ia.options, 'status-code')?.code === DHCPV6_STATUS.noBinding,
    );
    const told = this.#leasesIn(options, now);
    const ended = this.#endedIn(options);
    const renewed = this.#leases.filter(
      (one) =>
        !ended.some((prefix) => prefix.equals(one.prefix)) &&
        !told.some((other) => other.iaid === one.iaid && other.prefix.equals(one.prefix)),
    );
    this.#leases = [...told, ...renewed];
    if (unknown && attempt.asking !== 'request') {
      // The server has forgotten: it is asked for the same again.
      this.#begin('request', now);
      this.#offer = { server, preference: 0, leases: this.#leases };
      return;
    }
    if (this.#leases.length === 0) {
      this.#retry(now);
      return;
    }
    this.#failures = 0;
    this.#attempt = undefined;
    this.#offer = undefined;
    this.#schedule(options, now);
  }

  /** The prefixes in a message, those that can be used. Says why there is none. */
  #leasesIn(options: readonly Dhcpv6Option[], now: number): DelegationLease[] {
    const leases: DelegationLease[] = [];
    let reason = '';
    for (const ia of this.#associationsIn(options)) {
      const status = findOption(ia.options, 'status-code');
      if (status !== undefined && status.code !== DHCPV6_STATUS.success)
        reason = `the DHCPv6 server gives no prefix${status.message && `: ${printable(status.message)}`}`;
      for (const { prefix, preferredLifetime, validLifetime } of optionsOfKind(ia.options, 'ia-prefix')) {
        // Its length alone, or a time that is over: nothing to have (sections 21.22 and 18.2.10.1).
        if (validLifetime === 0 || preferredLifetime > validLifetime) continue;
        const fault = whyUnusable(prefix);
        if (fault !== undefined) {
          reason = `the DHCPv6 server gives ${prefix}, which is not used: ${fault}`;
          continue;
        }
        leases.push({
          iaid: ia.iaid,
          prefix,
          preferredUntil: until(now, preferredLifetime),
          validUntil: until(now, validLifetime),
        });
      }
    }
    this.#reason = reason;
    return leases;
  }

  #endedIn(options: readonly Dhcpv6Option[]): Prefix[] {
    return this.#associationsIn(options)
      .flatMap((ia) => optionsOfKind(ia.options, 'ia-prefix'))
      .flatMap(({ prefix, validLifetime }) => (validLifetime === 0 ? prefix : []));
  }

  /** Those that are wanted, with times that make sense (section 21.21). */
  #associationsIn(options: readonly Dhcpv6Option[]): Dhcpv6OptionOf<'ia-pd'>[] {
    return optionsOfKind(options, 'ia-pd').filter(
      (ia): ia is Dhcpv6OptionOf<'ia-pd'> =>
        this.#wanted.some(({ iaid }) => iaid === ia.iaid) && !(ia.t1 > ia.t2 && ia.t2 > 0),
    );
  }

  /** T1 and T2: what the server says, or else parts of the shortest preferred lifetime (section 14.2). */
  #schedule(options: readonly Dhcpv6Option[], now: number): void {
    const told = this.#associationsIn(options);
    const preferred = Math.min(...this.#leases.map(({ preferredUntil }) => preferredUntil * 1_000)) - now;
    const at = (given: readonly number[], part: number): number => {
      const seconds = Math.min(...given.filter((one) => one > 0));
      if (seconds === DHCPV6_INFINITY) return FOR_EVER;
      return Number.isFinite(seconds) ? now + seconds * 1_000 : now + Math.max(0, preferred) * part;
    };
    this.#renewAt = at(
      told.map(({ t1 }) => t1),
      0.5,
    );
    this.#rebindAt = Math.max(
      this.#renewAt,
      at(
        told.map(({ t2 }) => t2),
        0.8,
      ),
    );
  }

  #message({ asking, transaction, startedAt }: PendingQuestion, now: number): Dhcpv6Message {
    const toOne = asking === 'request' || asking === 'renew' || asking === 'release';
    const hundredths = Math.min(0xffff, Math.floor((now - startedAt) / 10));
    return {
      type: asking,
      transaction,
      options: [
        { kind: 'client-id', duid: this.#duid },
        ...(toOne && this.#server ? [{ kind: 'server-id', duid: this.#server } as const] : []),
        { kind: 'elapsed-time', hundredths },
        ...(asking === 'release' ? [] : [{ kind: 'option-request', codes: REQUESTED } as const]),
        ...this.#associations(asking),
      ],
    };
  }

  #associations(asking: ClientQuestion): Dhcpv6Option[] {
    const held =
      asking === 'release' ? this.#returned : asking === 'request' ? this.#offer?.leases : this.#leases;
    const iaids =
      asking === 'release'
        ? [...new Set(this.#returned.map(({ iaid }) => iaid))]
        : this.#wanted.map(({ iaid }) => iaid);
    return iaids.map((iaid): Dhcpv6Option => {
      const prefixes = (held ?? []).filter((one) => one.iaid === iaid).map(({ prefix }) => prefix);
      const length = this.#wanted.find((one) => one.iaid === iaid)?.length ?? 64;
      const named = prefixes.length > 0 || asking === 'release' ? prefixes : [Prefix.parse(`::/${length}`)];
      return { kind: 'ia-pd', iaid, t1: 0, t2: 0, options: named.map(inAssociation) };
    });
  }
}

const inAssociation = (prefix: Prefix): Dhcpv6Option => ({
  kind: 'ia-prefix',
  prefix,
  preferredLifetime: 0,
  validLifetime: 0,
  options: [],
});

const until = (now: number, seconds: number): number =>
  seconds === DHCPV6_INFINITY ? FOR_EVER : Math.floor(now / 1_000) + seconds;

/** More of what is wanted, or by a server that is preferred (section 18.2.9). */
const isBetter = (one: Offer, other: Offer): boolean =>
  one.preference === other.preference
    ? new Set(one.leases.map(({ iaid }) => iaid)).size > new Set(other.leases.map(({ iaid }) => iaid)).size
    : one.preference > other.preference;

const isSame = (one: Uint8Array, other: Uint8Array): boolean => Buffer.from(one).equals(other);

/** What a stranger wrote, as it may stand in logs and answers. */
const printable = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 200);
