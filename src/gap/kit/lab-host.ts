/** A host for instances, as whoever has it tells. */
import type { Cable, Capture } from '../../lab/index.ts';

/** The switch of the host that the instances run on. */
export interface LabHost {
  /** OVSDB remote of the switch's database: `unix:/run/...`. */
  readonly switchDatabase: string;
  /** Network namespace of the switch; null is the machine's. */
  readonly namespace: string | null;
  /** The file with what security groups let through and drop, where there is one. */
  readonly securityGroupLog?: string;
  /** Name of the host, where ports must be bound to one before they are plugged in. */
  readonly name?: string | undefined;
  /** Where instances are plugged in when the port does not say: to members it does not. */
  readonly instanceBridge?: string;
  /** The bridge of each physical network, where these are not Sextant's. */
  readonly bridges?: ReadonlyMap<string, string> | undefined;
  /** Begins to capture what passes a cable of its, where it has any: what it sends is received by the capture. */
  readonly capture?: (cable: Cable) => Capture;
  /** How it fails, where it can be had fail. */
  readonly mishaps?: HostMishaps;
}

/** What can be done to a host. */
export interface HostMishaps {
  /** Kills its switch; that is started again by who watches it. */
  killSwitch(): void;
  /** Kills what guards and serves its instances; that is started again, too. */
  killAgent(): void;
  /** Pulls cables. */
  cut(...cables: readonly Cable[]): void;
  /** Undoes `cut`. */
  mend(...cables: readonly Cable[]): void;
}
