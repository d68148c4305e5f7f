/** What a benchmark is. */
import type { TargetHost } from './first-ping.ts';
import type { Summary } from './statistics.ts';
import type { Workspace } from './workspace.ts';

export interface Benchmark {
  readonly id: string;
  readonly title: string;
  run(workspace: Workspace, signal: AbortSignal, where: NearbyParts): Promise<Summary>;
}

/** What of an API is on this machine, and known. */
export interface NearbyParts {
  /** Its process. */
  readonly pid?: number | undefined;
  /** Where instances can be plugged in. */
  readonly host?: TargetHost | undefined;
}
