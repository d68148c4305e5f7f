/** One run of one use case: the tenants that it plays, what it sees, and what is to be removed in the end. */
import type { Logger } from 'pino';
import type { NeutronClient } from '../client/index.ts';
import type { Evidence } from './evidence.ts';
import { Tenant } from './tenant.ts';
import type { UseCaseId } from './use-case.ts';

/** The switch of the host that the instances run on. */
export interface HostFacts {
  /** OVSDB remote of the switch's database: `unix:/run/...`. */
  readonly switchDatabase: string;
  /** Network namespace of the switch; null is the machine's. */
  readonly namespace: string | null;
}

/** What a trial needs from whoever runs it. */
export interface TrialOptions {
  /** URL of the API, for the use cases that run the `sextant` command. */
  readonly endpoint: string;
  clientFor(projectId: string, role: 'member' | 'admin'): NeutronClient;
  readonly host?: HostFacts | undefined;
  readonly outputDir?: string | undefined;
  readonly log: Logger;
}

/** Thrown where a use case cannot be tried: the verdict is `unverified` then. */
export class Untried extends Error {
  override readonly name = 'Untried';
}

export class Trial {
  readonly evidence: Evidence[] = [];
  /** Aborted when the trial is to end at once. */
  readonly signal: AbortSignal;
  readonly #id: UseCaseId;
  readonly #run: string;
  readonly #options: TrialOptions;
  readonly #made = new AsyncDisposableStack();
  readonly #admin: NeutronClient;

  /** @param run tells this run's projects from those of others at the same API */
  constructor(id: UseCaseId, run: string, options: TrialOptions, signal: AbortSignal) {
    this.#id = id;
    this.#run = run;
    this.#options = options;
    this.signal = signal;
    this.#admin = options.clientFor(`gap-${run}-${id}`, 'admin');
    this.#made.defer(async () => this.#admin.close());
  }

  /** A tenant that nobody else plays. */
  tenant(name: string): Tenant {
    const projectId = `gap-${this.#run}-${this.#id}-${name}`;
    const client = this.#options.clientFor(projectId, 'member');
    return new Tenant(projectId, client, this.#admin, this.#made);
  }

  /** Puts down what was seen. */
  show(evidence: Evidence): void {
    this.evidence.push(evidence);
  }

  /** Puts down that the use case could not go on. */
  failed(error: unknown): void {
    this.#options.log.debug({ err: error, useCase: this.#id }, 'a use case broke off');
    const seen = error instanceof Error ? error.message : String(error);
    this.show({ what: 'the use case runs to its end', expected: 'it does', seen, ok: false });
  }

  /** Removes all that was made, last first; what cannot be removed is logged. */
  async end(): Promise<void> {
    try {
      await this.#made.disposeAsync();
    } catch (error) {
      this.#options.log.warn({ err: error, useCase: this.#id }, 'a use case left something behind');
    }
  }
}
