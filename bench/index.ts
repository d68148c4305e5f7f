/**
 * The benchmarks: each measures the service beside a peer in the same run. In go a service and its peer; out come
 * figures. Begin with `benchmarks.ts`, the list of them.
 */
export type { Benchmark } from './benchmark.ts';
export { benchmarks } from './benchmarks.ts';
export { hostsBenchmarks } from './hosts/benchmarks.ts';
export type { FleetHost, HostFleet, JoinedFleet } from './hosts/fleet.ts';
export { type BenchTarget, type Outcome, type Report, runBenchmarks } from './run.ts';
export { type Sizes, USUAL_SIZES } from './sizes.ts';
