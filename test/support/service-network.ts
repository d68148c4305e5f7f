/** A network as services see it, of facts that a test changes. */
import type { KnownPort } from '../../src/host/facts/host-facts.ts';
import type { ServiceNetwork } from '../../src/host/services/network-service.ts';
import type { NetworkFacts } from '../../src/host-contract/facts.ts';

/** What a test says of it: its facts and ports as they are at the moment, and what becomes of frames. */
interface Scene {
  facts(): NetworkFacts;
  ports(): Iterable<KnownPort>;
  send?(frame: Uint8Array): void;
}

export function serviceNetwork({ facts, ports, send = () => {} }: Scene): ServiceNetwork {
  const find = (is: (port: KnownPort) => boolean) => Iterator.from(ports()).find(is);
  return {
    id: facts().id,
    get facts() {
      return facts();
    },
    device: 'svc',
    namespace: 'none',
    port: (mac) => find((port) => port.facts.mac.equals(mac)),
    portById: (id) => find((port) => port.id === id),
    ports,
    send,
  };
}
