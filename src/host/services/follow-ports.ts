/** Keeps what is made of all ports of a network as they are, at the cost of those that change. */
import type { KnownPort } from '../facts/index.ts';
import type { ServiceNetwork } from './network-service.ts';

/** What is made of ports, one by one. */
interface MadeOfPorts {
  /** Takes a port over as it is now, instead of what it was. */
  put(port: KnownPort): void;
  delete(portId: string): void;
}

/** Takes over what has become of these ports. Afterwards it is as if it were made of all ports of the network anew. */
export function followPorts(made: MadeOfPorts, network: ServiceNetwork, ports: Iterable<string>): void {
  for (const id of ports) {
    const port = network.portById(id);
    if (port === undefined) made.delete(id);
    else made.put(port);
  }
}
