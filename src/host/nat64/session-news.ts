/**
 * What others are still to be told of sessions: those that have begun, lasted, changed or ended. It costs something when a
 * session does that, and next to nothing for each of its packets.
 */
import { isWorthTelling, type Nat64Session, sessionRecordOf } from './nat64-session.ts';
import type { SessionRecord } from './session-record.ts';

/** Others are told again when this part of a lifetime is over; they add as much to what they are told. */
const TOLD_AFTER = 1 / 4;
export const LIFE_WITH_OTHERS: number = 1 + TOLD_AFTER;
/** What a connection may be ahead of what others know, until its end inside has been quiet for a moment. */
const QUIET_SECONDS = 0.2;

export class SessionNews {
  readonly #isClients: boolean;
  readonly #changed = new Set<Nat64Session>();
  readonly #ended: SessionRecord[] = [];
  /** Connections whose end inside has sent something since others were told. */
  readonly #moved = new Set<Nat64Session>();
  #looked = Number.NEGATIVE_INFINITY;

  constructor(isClients: boolean) {
    this.#isClients = isClients;
  }

  /** There was a packet of a session, which lives longer by it, or not so long any more. */
  lasts(session: Nat64Session): void {
    if (!isWorthTelling(session)) return;
    const { toldUntil, until, seen } = session;
    if (toldUntil === undefined || Math.abs(until - toldUntil) > (until - seen) * TOLD_AFTER)
      this.#changed.add(session);
  }

  /** The end inside of a connection has sent something. */
  moves(session: Nat64Session): void {
    if (session.toldUntil !== undefined) this.#moved.add(session);
  }

  ended(session: Nat64Session, now: number): void {
    this.#changed.delete(session);
    this.#moved.delete(session);
    if (session.toldUntil === undefined) return;
    this.#ended.push({ ...sessionRecordOf(session, this.#isClients, now), leftMs: 0 });
  }

  /** Nobody is to be told of it: they know. */
  forget(session: Nat64Session): void {
    this.#changed.delete(session);
    this.#moved.delete(session);
  }

  /** What there is to tell now; it has been told then. */
  take(now: number): SessionRecord[] {
    if (now - this.#looked >= QUIET_SECONDS) {
      this.#looked = now;
      for (const session of this.#moved) if (now - session.seen >= QUIET_SECONDS) this.#changed.add(session);
    }
    const ended = this.#ended.splice(0);
    const changed = Array.from(this.#changed, (session) => this.tell(session, now));
    this.#changed.clear();
    return [...ended, ...changed];
  }

  /** The record of a session, of which others know from now on. */
  tell(session: Nat64Session, now: number): SessionRecord {
    session.toldUntil = session.until;
    this.#moved.delete(session);
    const record = sessionRecordOf(session, this.#isClients, now);
    return { ...record, leftMs: record.leftMs + (session.until - session.seen) * TOLD_AFTER * 1_000 };
  }

  /** Whether anything waits to be told. */
  get isEmpty(): boolean {
    return this.#changed.size + this.#ended.length + this.#moved.size === 0;
  }
}
