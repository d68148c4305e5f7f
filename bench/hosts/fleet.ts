/** Hosts that joined a service, as benchmarks of several hosts have them. */
import type { PluggableHost } from '../first-ping.ts';

export interface FleetHost extends PluggableHost {
  readonly name: string;
  /** Process ids of what runs there, by title: the agent, OVN's controller. */
  processes(): Readonly<Record<string, number>>;
  /** Kills its switch, which is started again. */
  killSwitch(): void;
}

export interface HostFleet {
  /** Has all machines join, one after the other, the first time that it is called. */
  joined(): Promise<JoinedFleet>;
}

export interface JoinedFleet {
  /** Two at least. */
  readonly hosts: readonly FleetHost[];
  /** Milliseconds that each took to join: from the command's start until the host serves. */
  readonly joinMs: readonly number[];
}
