/** What a process of Node's says of itself, under the names that Prometheus's clients have for it. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Registry } from './registry.ts';

/** How often the delay of the event loop is looked at: often enough for what keeps a request waiting. */
const RESOLUTION_MS = 20;
const NANOSECONDS = 1e9;

/**
 * Registers memory, processor time and event loop of this process.
 * @returns how to end it
 */
export function measureProcess(registry: Registry): () => void {
  const gauge = (name: string, help: string) => registry.gauge({ name, help });
  const resident = gauge('process_resident_memory_bytes', 'Memory that the process has in RAM.');
  const heap = gauge('nodejs_heap_size_used_bytes', 'Heap of JavaScript that is in use.');
  const heapTotal = gauge('nodejs_heap_size_total_bytes', 'Heap of JavaScript that is reserved.');
  const external = gauge('nodejs_external_memory_bytes', 'Memory of buffers and other objects of C++.');
  const started = gauge('process_start_time_seconds', 'When the process started, since 1970.');
  const processor = registry.counter({
    name: 'process_cpu_seconds_total',
    help: 'Processor time that the process used, its own and the kernel’s for it.',
  });
  const since = 'since the metrics were last read';
  const mean = gauge(
    'nodejs_eventloop_lag_mean_seconds',
    `How late the event loop was, on average ${since}.`,
  );
  const p99 = gauge(
    'nodejs_eventloop_lag_p99_seconds',
    `What 99% of its turns were not later than, ${since}.`,
  );
  const most = gauge('nodejs_eventloop_lag_max_seconds', `How late the event loop was at most ${since}.`);
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  started.set(Math.round(performance.timeOrigin / 1000));
  const end = registry.beforeRead(() => {
    const { rss, heapUsed, heapTotal: total, external: outside } = process.memoryUsage();
    resident.set(rss);
    heap.set(heapUsed);
    heapTotal.set(total);
    external.set(outside);
    const { user, system } = process.cpuUsage();
    processor.follow((user + system) / 1e6);
    // The monitor measures whole intervals; without a turn in between it has no mean.
    const late = (nanoseconds: number): number =>
      delay.count === 0 ? 0 : Math.max(0, nanoseconds / NANOSECONDS - RESOLUTION_MS / 1000);
    mean.set(late(delay.mean));
    p99.set(late(delay.percentile(99)));
    most.set(late(delay.max));
    delay.reset();
  });
  return () => {
    end();
    delay.disable();
  };
}
