/** Where the metrics of a process are registered and read. */
import type { MetricFamily } from './family.ts';
import { Counter, Gauge, Histogram, type MetricDefinition } from './instruments.ts';

/** Bounds (seconds) for what takes from a millisecond to ten seconds. */
export const DURATIONS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

/** All the metrics of a process. Each part registers its own when it starts, and keeps what it gets to count with. */
export class Registry {
  readonly #instruments = new Map<string, { read(): MetricFamily }>();
  readonly #updates = new Set<() => void | Promise<void>>();
  readonly #sources = new Set<() => readonly MetricFamily[]>();

  /** @throws Error when the name is taken, or none */
  counter<Label extends string = never>(definition: MetricDefinition<Label>): Counter<Label> {
    return this.#add(definition, new Counter(definition));
  }

  /** @throws Error when the name is taken, or none */
  gauge<Label extends string = never>(definition: MetricDefinition<Label>): Gauge<Label> {
    return this.#add(definition, new Gauge(definition));
  }

  /**
   * @param bounds of the buckets, ascending
   * @throws Error when the name is taken, or none
   */
  histogram<Label extends string = never>(
    definition: MetricDefinition<Label>,
    bounds: readonly number[] = DURATIONS,
  ): Histogram<Label> {
    return this.#add(definition, new Histogram(definition, bounds));
  }

  /**
   * Has numbers brought up to date before they are read, where it costs less than to follow every change. When it
   * fails, they stay as they were.
   * @returns how to end it
   */
  beforeRead(update: () => void | Promise<void>): () => void {
    this.#updates.add(update);
    return () => this.#updates.delete(update);
  }

  /**
   * Adds what other processes count. Families of one name become one.
   * @returns how to end it
   */
  addSource(read: () => readonly MetricFamily[]): () => void {
    this.#sources.add(read);
    return () => this.#sources.delete(read);
  }

  /** Everything as it is now. */
  async read(): Promise<MetricFamily[]> {
    await Promise.allSettled(Array.from(this.#updates, async (update) => update()));
    const own = Array.from(this.#instruments.values(), (instrument) => instrument.read());
    return merged([...own, ...Array.from(this.#sources, (read) => read()).flat()]);
  }

  #add<Instrument extends { read(): MetricFamily }>(
    { name }: MetricDefinition<string>,
    instrument: Instrument,
  ): Instrument {
    if (this.#instruments.has(name)) throw new Error(`there is a metric ${name} already`);
    this.#instruments.set(name, instrument);
    return instrument;
  }
}

/** One family for each name. Another process may be of another release: what is of another type is left out. */
function merged(families: readonly MetricFamily[]): MetricFamily[] {
  const byName = new Map<string, MetricFamily>();
  for (const family of families) {
    const known = byName.get(family.name);
    if (known === undefined) byName.set(family.name, family);
    else if (known.type === family.type)
      byName.set(family.name, { ...known, samples: [...known.samples, ...family.samples] });
  }
  return [...byName.values()];
}
