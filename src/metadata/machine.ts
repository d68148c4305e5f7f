/** What the metadata service knows of a machine: what an instance is told is made of it. */
import type { Address, Ipv6Mode, Mac, Prefix } from '../addressing/index.ts';

/** A subnet that a port has an address of. */
export interface MachineSubnet {
  readonly prefix: Prefix;
  readonly gateway: Address | undefined;
  readonly enableDhcp: boolean;
  readonly raMode: Ipv6Mode | null;
  readonly addressMode: Ipv6Mode | null;
  readonly dnsServers: readonly Address[];
  readonly routes: readonly { readonly destination: Prefix; readonly nexthop: Address }[];
}

export interface MachinePort {
  readonly id: string;
  readonly mac: Mac;
  readonly networkId: string;
  /** Bytes of the largest IP packet. */
  readonly mtu: number;
  readonly addresses: readonly { readonly address: Address; readonly subnet: MachineSubnet }[];
}

/** An instance as it is told about itself. */
export interface Machine {
  readonly id: string;
  readonly projectId: string;
  readonly name: string;
  /** Without domain. */
  readonly hostname: string;
  /** DNS domain without a dot at the end; empty for none. */
  readonly domain: string;
  readonly availabilityZone: string;
  /** Undefined for none. */
  readonly userData: Uint8Array | undefined;
  /** SSH public keys, one line each. */
  readonly publicKeys: readonly { readonly name: string; readonly key: string }[];
  readonly metadata: Readonly<Record<string, string>>;
  /** The one that asks first. */
  readonly ports: readonly MachinePort[];
}

/** The host name with its domain. */
export const fullHostname = ({ hostname, domain }: Machine): string =>
  domain === '' ? hostname : `${hostname}.${domain}`;
