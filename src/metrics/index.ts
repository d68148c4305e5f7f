/**
 * Numbers that say how a process does, for Prometheus. Every part may use it, and it knows none.
 *
 * A part registers what it counts when it starts, with the process's {@link Registry}, and counts:
 *
 *     const requests = metrics.counter({ name: 'sextant_http_requests_total', help: '...', labels: ['method'] });
 *     requests.increment({ method: 'GET' });
 *
 * Numbers that are somewhere already are fetched when somebody reads (`beforeRead`). What another process counts
 * comes as {@link MetricFamily} objects, by JSON (`addSource`). {@link exposition} is what `GET /metrics` answers.
 *
 * Begin with `registry.ts`.
 */
export { EXPOSITION_TYPE, exposition } from './exposition.ts';
export {
  familiesFrom,
  type Labels,
  labelled,
  type MetricFamily,
  type MetricType,
  type Sample,
} from './family.ts';
export { Counter, Gauge, Histogram, type MetricDefinition } from './instruments.ts';
export { measureProcess } from './process-metrics.ts';
export { DURATIONS, Registry } from './registry.ts';
