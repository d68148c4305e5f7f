/**
 * What instances were told before, for while nobody answers: who reads its metadata again, after a restart for instance,
 * goes on without the service. It is in memory alone, since it has user data and passwords in it, and bounded: for each
 * port, so that none takes the room of others, and in all. As long as the service answers, its answer counts.
 */
import type { Address } from '../../../addressing/index.ts';
import type { KnownPort } from '../../facts/index.ts';
import type { MetadataAnswer, MetadataUpstream } from './metadata-upstream.ts';

/** Octets that are kept for a port, and for all together; and what an answer costs beside its body. */
const LIMITS = { each: 512 * 1024, total: 32 * 1024 * 1024, overhead: 512 } as const;

interface Kept {
  /** By path; what was asked last comes last. */
  readonly answers: Map<string, MetadataAnswer>;
  octets: number;
}

const sizeOf = ({ body }: MetadataAnswer): number => body.length + LIMITS.overhead;

/** An upstream that remembers what another one answered. */
export class RememberedUpstream implements MetadataUpstream {
  readonly #upstream: MetadataUpstream;
  /** By port and whose it is; those that asked last come last. */
  readonly #ports = new Map<string, Kept>();
  #octets = 0;

  constructor(upstream: MetadataUpstream) {
    this.#upstream = upstream;
  }

  async ask(port: KnownPort, from: Address, path: string): Promise<MetadataAnswer> {
    const key = `${port.id} ${port.facts.deviceId} ${port.facts.projectId}`;
    try {
      const answer = await this.#upstream.ask(port, from, path);
      if (answer.status < 500) {
        this.#keep(key, path, answer);
        return answer;
      }
      return this.#ports.get(key)?.answers.get(path) ?? answer;
    } catch (error) {
      const known = this.#ports.get(key)?.answers.get(path);
      if (known === undefined) throw error;
      return known;
    }
  }

  #keep(key: string, path: string, answer: MetadataAnswer): void {
    const kept = this.#ports.get(key) ?? { answers: new Map(), octets: 0 };
    this.#ports.delete(key);
    this.#ports.set(key, kept);
    this.#drop(kept, path);
    // What is refused is not there any more: there is nothing to remember.
    if (answer.status !== 200) return;
    kept.answers.set(path, answer);
    kept.octets += sizeOf(answer);
    this.#octets += sizeOf(answer);
    for (const oldest of kept.answers.keys()) {
      if (kept.octets <= LIMITS.each) break;
      this.#drop(kept, oldest);
    }
    for (const [other, { octets }] of this.#ports) {
      if (this.#octets <= LIMITS.total) break;
      this.#ports.delete(other);
      this.#octets -= octets;
    }
  }

  #drop(kept: Kept, path: string): void {
    const answer = kept.answers.get(path);
    if (answer === undefined) return;
    kept.answers.delete(path);
    kept.octets -= sizeOf(answer);
    this.#octets -= sizeOf(answer);
  }
}
