/**
 * What the translators of a thread have to do beside packets, a little at a time: to recite all their sessions to somebody
 * who knows none, and to remind others of connections when a gateway has come here.
 */
import { reminderOf } from './reminder.ts';
import { encodeRecords, type SessionRecord } from './session-record.ts';
import type { Nat64Translator } from './translator.ts';

/** A router, as its thread has it. */
export interface RouterHere {
  readonly id: string;
  readonly translator: Nat64Translator;
  /** Sends a packet to the router. */
  readonly send: (packet: Buffer) => void;
}

/** Records that a reader is given; `isLast` when there are no more. */
export interface RecitedSessions {
  readonly router: string;
  readonly reader: number;
  readonly records: Uint8Array;
  readonly isLast: boolean;
}

/** Sessions, or reminders, of one turn: packets are not kept waiting for longer. */
const CHUNK = 256;
/**
 * Seconds after a gateway has come at which those are reminded again of whom nothing was heard since: OVN's flows may not
 * be there yet, and packets get lost.
 */
const REMINDERS_AT = [0, 0.2, 0.5, 1, 2, 4] as const;

interface Reminder {
  readonly router: RouterHere;
  readonly since: number;
  readonly at: number;
}

export class RouterTasks {
  readonly #tell: (recited: RecitedSessions) => void;
  readonly #now: () => number;
  /** Each does a part of its work, and says whether there is more. */
  #parts: { readonly router: string; readonly next: () => boolean; readonly giveUp?: () => void }[] = [];
  #reminders: Reminder[] = [];

  /** @param now seconds on a clock that never goes back */
  constructor(tell: (recited: RecitedSessions) => void, now: () => number) {
    this.#tell = tell;
    this.#now = now;
  }

  /** Has a reader be told of all sessions. */
  recite({ id, translator }: RouterHere, reader: number): void {
    const records = translator.flows.records(this.#now);
    this.#parts.push({
      router: id,
      giveUp: () => this.#tell({ router: id, reader, records: new Uint8Array(), isLast: true }),
      next: () => {
        const some: SessionRecord[] = [];
        let isLast = false;
        while (some.length < CHUNK && !isLast) {
          const { value, done } = records.next();
          if (done) isLast = true;
          else some.push(value);
        }
        this.#tell({ router: id, reader, records: encodeRecords(some), isLast });
        return !isLast;
      },
    });
  }

  /** The gateway has come here: whoever does not speak by itself is reminded of its connections. */
  remind(router: RouterHere): void {
    const since = this.#now();
    this.#reminders = this.#reminders.filter((one) => one.router.id !== router.id);
    for (const after of REMINDERS_AT) this.#reminders.push({ router, since, at: since + after });
  }

  /** A router is gone: there is nothing to do for it any more. */
  forget(routerId: string): void {
    for (const { router, giveUp } of this.#parts) if (router === routerId) giveUp?.();
    this.#parts = this.#parts.filter(({ router }) => router !== routerId);
    this.#reminders = this.#reminders.filter(({ router }) => router.id !== routerId);
  }

  /** Does a part of what there is. */
  work(): void {
    const now = this.#now();
    const due = this.#reminders.filter(({ at }) => at <= now);
    if (due.length > 0) this.#reminders = this.#reminders.filter(({ at }) => at > now);
    for (const { router, since } of due) {
      const quiet = router.translator.flows.quietSince(since);
      this.#parts.push({ router: router.id, next: () => sendSome(router, quiet) });
    }
    if (this.#parts.length > 0) this.#parts = this.#parts.filter(({ next }) => next());
  }

  /** In how many milliseconds there is something to do; undefined for nothing. */
  get dueMs(): number | undefined {
    if (this.#parts.length > 0) return 0;
    if (this.#reminders.length === 0) return undefined;
    return Math.max(0, Math.ceil((Math.min(...this.#reminders.map(({ at }) => at)) - this.#now()) * 1_000));
  }
}

function sendSome({ send }: RouterHere, quiet: ReturnType<Nat64Translator['flows']['quietSince']>): boolean {
  for (let count = 0; count < CHUNK; count++) {
    const { value, done } = quiet.next();
    if (done) return false;
    send(reminderOf(value));
  }
  return true;
}
