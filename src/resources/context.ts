/** What an operation knows about the request that it serves. */

import type { Family } from '../addressing/index.ts';
import type { ResourceName } from '../errors/index.ts';
import type { SegmentRange } from './network/segment.ts';

/** What the deployment is like, as far as resources depend on it. */
export interface Settings {
  /** Physical networks that VLAN and flat networks may be on. */
  readonly physicalNetworks: readonly string[];
  /** MTU (bytes) of the physical networks, and of what the tunnels run on. */
  readonly physicalMtu: number;
  /** Of the addresses between which tunnels are: how much these take of a packet depends on it. */
  readonly underlayFamily: Family;
  /** Whether tunnels are encrypted, which takes of a packet as well. */
  readonly encryptsTunnels?: boolean | undefined;
  /** Segmentation ids that networks are given which ask for none, as the configuration has them. */
  readonly segmentRanges: readonly SegmentRange[];
  /** The bridge that instances are plugged into. */
  readonly instanceBridge: string;
  /** Whether all hosts are known: what is bound to another is not bound at all. */
  readonly knowsHosts?: boolean | undefined;
  /** Since when hosts are heard of: those that have not said anything since may only have had no time to. */
  readonly hearsSince?: Date | undefined;
  /** How many of a resource a project may have, by the resource's name; any number of those that are left out. */
  readonly quotas?: Readonly<Partial<Record<ResourceName, number>>> | undefined;
  /** How machines join as hosts; undefined where none can. */
  readonly joining?: Joining | undefined;
}

/** What machines that are to join have to be told. */
export interface Joining {
  /** URL of what the service has for hosts: `https://[2001:db8::1]:9697`. */
  readonly server: string;
  /** The text of a token, which tells by what the service is known, too. */
  tokenOf(token: { readonly id: string; readonly secret: string }): string;
}

export interface Context {
  /** The project that asks. */
  readonly projectId: string;
  /** Sees and changes everything. */
  readonly isAdmin: boolean;
  readonly settings: Settings;
  /** The id of the request: why what changes does. */
  readonly cause?: string;
}
