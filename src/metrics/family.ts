/** Families of metrics as they are at one moment: plain data, so that another process can send its own as JSON. */

export type MetricType = 'counter' | 'gauge' | 'histogram';

export type Labels = Readonly<Record<string, string>>;

/** One number of a family. Histograms have three kinds of them, told apart by the end of the name. */
export interface Sample {
  readonly suffix: '' | '_bucket' | '_sum' | '_count';
  readonly labels: Labels;
  readonly value: number;
}

/** All series of one name. */
export interface MetricFamily {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  readonly samples: readonly Sample[];
}

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
/** What begins with two underscores is Prometheus's own. */
const LABEL_NAME = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/;

export const isMetricName = (name: string): boolean => METRIC_NAME.test(name);
export const isLabelName = (name: string): boolean => LABEL_NAME.test(name);

/** The same families, with more labels on every series. */
export const labelled = (families: readonly MetricFamily[], labels: Labels): MetricFamily[] =>
  families.map((family) => ({
    ...family,
    samples: family.samples.map((sample) => ({ ...sample, labels: { ...labels, ...sample.labels } })),
  }));

/** What another process may send at most: so much is plenty for a host, and harms nobody who keeps it. */
const LIMITS = { families: 200, samples: 5_000, characters: 200 };

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= LIMITS.characters;

const isType = (value: unknown): value is MetricType =>
  value === 'counter' || value === 'gauge' || value === 'histogram';

const SUFFIXES: Readonly<Record<MetricType, readonly unknown[]>> = {
  counter: [''],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count'],
};

function sampleFrom(value: unknown, name: string, type: MetricType): Sample {
  if (!isRecord(value) || !SUFFIXES[type].includes(value.suffix))
    throw new Error(`${name}: a sample is none`);
  const { suffix, labels, value: number } = value;
  if (typeof number !== 'number' || !Number.isFinite(number))
    throw new Error(`${name}: a value is no number`);
  if (!isRecord(labels)) throw new Error(`${name}: labels are no object`);
  const entries = Object.entries(labels).map(([label, text]): [string, string] => {
    if (!isLabelName(label) || !isText(text)) throw new Error(`${name}: a label is none`);
    return [label, text];
  });
  return { suffix: suffix as Sample['suffix'], labels: Object.fromEntries(entries), value: number };
}

function familyFrom(value: unknown): MetricFamily {
  if (!isRecord(value)) throw new Error('a family is no object');
  const { name, type, help, samples } = value;
  if (!isText(name) || !isMetricName(name)) throw new Error('a name is none');
  if (!isText(help) || !isType(type) || !Array.isArray(samples)) throw new Error(`${name} is not complete`);
  return { name, type, help, samples: samples.map((sample) => sampleFrom(sample, name, type)) };
}

/**
 * Families that another process sent.
 * @param value what came, after JSON decoding
 * @throws Error that says what is wrong: a series that cannot be would spoil everybody's
 */
export function familiesFrom(value: unknown): MetricFamily[] {
  if (!Array.isArray(value)) throw new Error('it is no list');
  if (value.length > LIMITS.families) throw new Error(`it has more than ${LIMITS.families} families`);
  const families = value.map(familyFrom);
  const samples = families.reduce((sum, family) => sum + family.samples.length, 0);
  if (samples > LIMITS.samples) throw new Error(`it has more than ${LIMITS.samples} samples`);
  return families;
}
