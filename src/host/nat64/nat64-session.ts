/** One session of a translator: what it goes by, how long it lives, and what is told of it. Pure. */
import { IP_PROTOCOL } from '../../packets/index.ts';
import type { FlowEnds, SaidByTcp, TranslatedFlow } from './flows.ts';
import { type InsideProgress, mappingKey, type SessionRecord } from './session-record.ts';

/** Seconds that a session lives without a packet (RFC 6146 section 4). */
const LIFETIME = { udp: 300, icmp: 60, established: 7_440, transitory: 240 } as const;
/** No session lives longer without a packet, whoever tells of it. */
export const LONGEST_SECONDS: number = LIFETIME.established;

/** Flags of TCP. */
const FLAG = { fin: 1, syn: 2, reset: 4, acknowledges: 16 } as const;

/** What stands for a port inside, whomever it talks to (RFC 6146 section 3.5.1.1: endpoint-independent). */
export interface OuterPort {
  readonly inside: string;
  readonly insidePort: number;
  readonly outsidePort: number;
  readonly address: number;
  readonly key: string;
  readonly outsideKey: number;
  sessions: number;
  /** When there last was a packet, in seconds on the clock of the table. */
  seen: number;
}

export interface Nat64Session extends TranslatedFlow {
  readonly ends: FlowEnds;
  readonly binding: OuterPort;
  readonly key: string;
  readonly source: string;
  /** Flags of TCP that were seen from inside and from outside. */
  seenInside: number;
  seenOutside: number;
  /** Whether there was an answer, and whether that was followed by something from inside. */
  isAnswered: boolean;
  isContinued: boolean;
  progress: InsideProgress | undefined;
  /** When there last was a packet, and until when it lives: seconds on the clock of the table. */
  seen: number;
  until: number;
  /** The end that others know of; undefined when they know nothing of it. */
  toldUntil: number | undefined;
}

/** One whose end inside was answered, and went on after that; with TCP it has acknowledged it. It is no forged source. */
export const isProven = ({ ends, seenInside, seenOutside, isContinued }: Nat64Session): boolean =>
  ends.protocol === IP_PROTOCOL.tcp
    ? (seenInside & FLAG.acknowledges) !== 0 && seenOutside !== 0 && (seenOutside & FLAG.reset) === 0
    : isContinued;

/** One that others are to know of: nobody's flood of what is never answered is told to anybody. */
export const isWorthTelling = (session: Nat64Session): boolean =>
  session.ends.protocol === IP_PROTOCOL.tcp ? isProven(session) : session.isAnswered;

/** A connection whose ends both believe in it. */
const isOpen = (session: Nat64Session): boolean =>
  isProven(session) && ((session.seenInside | session.seenOutside) & (FLAG.fin | FLAG.reset)) === 0;

export type RemindedSession = Nat64Session & { readonly progress: InsideProgress };

/** Whether it is TCP, and open, and known how its end inside stands. */
export const canBeReminded = (session: Nat64Session): session is RemindedSession =>
  session.ends.protocol === IP_PROTOCOL.tcp && session.progress !== undefined && isOpen(session);

/**
 * How long it lives from now on (RFC 6146 section 3.5.2.2). A connection that was established before this translator knew
 * of it is taken for such from the first packet that says so.
 */
export function refresh(session: Nat64Session, flags: number, now: number): void {
  session.seen = now;
  session.binding.seen = now;
  session.until = now + lifetimeOf(session, flags);
}

function lifetimeOf({ ends: { protocol }, seenInside, seenOutside }: Nat64Session, flags: number): number {
  if (protocol !== IP_PROTOCOL.tcp) return protocol === IP_PROTOCOL.udp ? LIFETIME.udp : LIFETIME.icmp;
  const isReset = (flags & FLAG.reset) !== 0;
  const isClosed = (seenInside & seenOutside & FLAG.fin) !== 0;
  return seenOutside !== 0 && !isReset && !isClosed ? LIFETIME.established : LIFETIME.transitory;
}

/** Whether a packet from inside begins another connection between ports whose last one is over. */
export const isBegunAnew = ({ seenInside, seenOutside }: Nat64Session, flags: number): boolean =>
  (flags & (FLAG.syn | FLAG.acknowledges)) === FLAG.syn &&
  (seenInside & seenOutside & FLAG.fin) + ((seenInside | seenOutside) & FLAG.reset) !== 0;

/** How a connection's end inside stands after what it has said. */
export function progressAfter({
  flags,
  sequence,
  acknowledged,
  window,
  carried,
}: SaidByTcp): InsideProgress | undefined {
  if ((flags & FLAG.acknowledges) === 0) return undefined;
  const ends = (flags & FLAG.syn ? 1 : 0) + (flags & FLAG.fin ? 1 : 0);
  return { sequence: (sequence + carried + ends) >>> 0, acknowledged, window };
}

/** What others are told. */
export function sessionRecordOf(session: Nat64Session, isClients: boolean, now: number): SessionRecord {
  const { ends, binding, mapping, seenInside, seenOutside, isAnswered, isContinued, progress } = session;
  const { protocol, inside, insidePort, remote, remotePort } = ends;
  return {
    ...{ isClients, protocol, inside, insidePort, remote, remotePort, outsidePort: binding.outsidePort },
    ...{ mapping: keyOfMapping(mapping), seenInside, seenOutside, isAnswered, isContinued, progress },
    idleMs: (now - session.seen) * 1_000,
    leftMs: (session.until - now) * 1_000,
  };
}

/** There are few, and many sessions by each. */
const keys = new WeakMap<TranslatedFlow['mapping'], string>();
export const keyOfMapping = (mapping: TranslatedFlow['mapping']): string =>
  keys.getOrInsertComputed(mapping, () => mappingKey(mapping.name));
