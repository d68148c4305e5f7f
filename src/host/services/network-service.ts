/** What a host's services are to the process that runs them, and what it is to them. */
import type { Mac } from '../../addressing/index.ts';
import type { NetworkFacts } from '../../host-contract/index.ts';
import type { KnownPort } from '../facts/index.ts';

/** A network with instances on this host, seen from its service port. */
export interface ServiceNetwork {
  readonly id: string;
  /** As they are now: they change while the network is open. */
  readonly facts: NetworkFacts;
  /** The service port's device. */
  readonly device: string;
  /** The network namespace that the device is in. */
  readonly namespace: string;
  /** The port with this MAC address. The guard lets a port use no other's, so this tells who sent a frame. */
  port(mac: Mac): KnownPort | undefined;
  /** The port with this id, on whichever host. */
  portById(id: string): KnownPort | undefined;
  /** All ports of the network, on whichever host, those of routers too. */
  ports(): Iterable<KnownPort>;
  /**
   * Sends an Ethernet frame, of IPv6, to the instances. It never leaves the host. A frame that cannot be sent, since
   * the network is closed for instance, is counted and lost, as it would be on any wire.
   */
  send(frame: Uint8Array): void;
}

/** What of a network is not what it was. */
export interface NetworkChange {
  /** Ids of ports that are new, gone or changed. */
  readonly ports: ReadonlySet<string>;
  /** Whether the facts of the network itself have changed. */
  readonly itself: boolean;
}

/** Something that a host does for the instances of each network. What it throws is logged and goes no further. */
export interface NetworkService {
  /**
   * A network has its first instance on this host: its device is up. It is called again for a network with which it
   * failed, and must have left nothing then.
   */
  opened(network: ServiceNetwork): void | Promise<void>;
  /** The facts of the network or of a port on it have changed. */
  changed?(network: ServiceNetwork, change: NetworkChange): void;
  /** The last instance is gone, or the host ends; the device goes after this. */
  closed(network: ServiceNetwork): void | Promise<void>;
  /** A frame that arrived at the service port: whatever an instance, or OVN, sent there. */
  received?(network: ServiceNetwork, frame: Uint8Array): void;
}
