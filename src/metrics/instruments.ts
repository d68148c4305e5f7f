/** What numbers are kept in: counters, gauges and histograms, each with a series for every combination of labels. */
import { isLabelName, isMetricName, type Labels, type MetricFamily, type Sample } from './family.ts';

/** What a family is, as it is registered. */
export interface MetricDefinition<Label extends string> {
  /** As Prometheus has names: base units, and `_total` at the end of a counter's. */
  readonly name: string;
  readonly help: string;
  /** Names of labels. Their values must be few: never an id, an address or what a client sent. */
  readonly labels?: readonly Label[];
}

/** The values of a family's labels; left out when it has none. */
export type LabelValues<Label extends string> = [Label] extends [never]
  ? []
  : [labels: Readonly<Record<Label, string>>];

/** The series of one family, by the values of their labels. */
class Series<State> {
  readonly #names: readonly string[];
  readonly #create: () => State;
  readonly #series = new Map<string, { readonly labels: Labels; state: State }>();

  constructor({ name, labels = [] }: MetricDefinition<string>, create: () => State) {
    if (!isMetricName(name)) throw new Error(`'${name}' is no name of a metric`);
    const wrong = labels.find((label) => !isLabelName(label) || label === 'le' || label === 'quantile');
    if (wrong !== undefined) throw new Error(`'${wrong}' is no label that ${name} can have`);
    this.#names = labels;
    this.#create = create;
    // Without labels there is one series, from the beginning: a counter that is not there is not 0.
    if (labels.length === 0) this.at({});
  }

  at(values: Labels): { readonly labels: Labels; state: State } {
    const key = this.#names.map((name) => values[name]).join('\u0000');
    let series = this.#series.get(key);
    if (series === undefined) {
      const labels = Object.fromEntries(this.#names.map((name) => [name, values[name] ?? '']));
      series = { labels, state: this.#create() };
      this.#series.set(key, series);
    }
    return series;
  }

  clear(): void {
    this.#series.clear();
  }

  samples(read: (labels: Labels, state: State) => Sample[]): Sample[] {
    return Array.from(this.#series.values(), ({ labels, state }) => read(labels, state)).flat();
  }
}

const plainSample = (labels: Labels, value: number): Sample[] => [{ suffix: '', labels, value }];

/** Something that only grows while the process lives. */
export class Counter<Label extends string = never> {
  readonly #definition: MetricDefinition<Label>;
  readonly #series: Series<number>;

  constructor(definition: MetricDefinition<Label>) {
    this.#definition = definition;
    this.#series = new Series(definition, () => 0);
  }

  /** Counts one more. */
  increment(...[labels]: LabelValues<Label>): void {
    this.#series.at(labels ?? {}).state += 1;
  }

  /** Takes a count that somebody else keeps, which must not go down either. */
  follow(total: number, ...[labels]: LabelValues<Label>): void {
    this.#series.at(labels ?? {}).state = total;
  }

  read(): MetricFamily {
    const { name, help } = this.#definition;
    return { name, help, type: 'counter', samples: this.#series.samples(plainSample) };
  }
}

/** Something that goes up and down. */
export class Gauge<Label extends string = never> {
  readonly #definition: MetricDefinition<Label>;
  readonly #series: Series<number>;

  constructor(definition: MetricDefinition<Label>) {
    this.#definition = definition;
    this.#series = new Series(definition, () => 0);
  }

  set(value: number, ...[labels]: LabelValues<Label>): void {
    this.#series.at(labels ?? {}).state = value;
  }

  /** @param difference what there is more; less when negative */
  add(difference: number, ...[labels]: LabelValues<Label>): void {
    this.#series.at(labels ?? {}).state += difference;
  }

  /** Forgets all series, before they are set anew: what is gone must not stay as it was. */
  clear(): void {
    this.#series.clear();
  }

  read(): MetricFamily {
    const { name, help } = this.#definition;
    return { name, help, type: 'gauge', samples: this.#series.samples(plainSample) };
  }
}

interface Observations {
  /** How many were at most as large as each bound, and larger than the one before. */
  readonly counts: number[];
  sum: number;
  count: number;
}

/** How large things were: how many of them were at most so large, for several bounds. */
export class Histogram<Label extends string = never> {
  readonly #definition: MetricDefinition<Label>;
  readonly #bounds: readonly number[];
  readonly #series: Series<Observations>;

  /** @param bounds of the buckets, ascending; the last bucket, without a bound, is added */
  constructor(definition: MetricDefinition<Label>, bounds: readonly number[]) {
    if (bounds.some((bound, index) => index > 0 && bound <= bounds[index - 1]!))
      throw new Error(`the bounds of ${definition.name} do not ascend`);
    this.#definition = definition;
    this.#bounds = bounds;
    this.#series = new Series(definition, () => ({ counts: bounds.map(() => 0), sum: 0, count: 0 }));
  }

  observe(value: number, ...[labels]: LabelValues<Label>): void {
    const { state } = this.#series.at(labels ?? {});
    const index = this.#bounds.findIndex((bound) => value <= bound);
    if (index >= 0) state.counts[index]! += 1;
    state.sum += value;
    state.count += 1;
  }

  read(): MetricFamily {
    const { name, help } = this.#definition;
    const samples = this.#series.samples((labels, { counts, sum, count }) => {
      let upTo = 0;
      const buckets = this.#bounds.map((bound, index): Sample => {
        upTo += counts[index]!;
        return { suffix: '_bucket', labels: { ...labels, le: String(bound) }, value: upTo };
      });
      return [
        ...buckets,
        { suffix: '_bucket', labels: { ...labels, le: '+Inf' }, value: count },
        { suffix: '_sum', labels, value: sum },
        { suffix: '_count', labels, value: count },
      ];
    });
    return { name, help, type: 'histogram', samples };
  }
}
