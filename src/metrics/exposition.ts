/**
 * Prometheus's text format, version 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format). Pure.
 */
import type { Labels, MetricFamily } from './family.ts';

/** The media type of {@link exposition}. */
export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

const escapedHelp = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
const escapedValue = (text: string): string => escapedHelp(text).replaceAll('"', '\\"');

function number(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}

function labelsOf(labels: Labels): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escapedValue(value)}"`);
  return parts.length > 0 ? `{${parts.join(',')}}` : '';
}

/** The families as Prometheus reads them. */
export const exposition = (families: readonly MetricFamily[]): string =>
  families
    .flatMap(({ name, help, type, samples }) => [
      `# HELP ${name} ${escapedHelp(help)}\n`,
      `# TYPE ${name} ${type}\n`,
      ...samples.map(({ suffix, labels, value }) => `${name}${suffix}${labelsOf(labels)} ${number(value)}\n`),
    ])
    .join('');
