/**
 * What a host knows of networks and ports: the facts that the service wrote into OVN's rows, followed as they change,
 * and kept as they were last seen while the database is away.
 *
 * In goes the southbound database; out come `NetworkFacts` and `PortFacts` of the contract, by id, and which of them
 * have changed. Text that is no facts is as if it were not there.
 *
 * Begin with `host-facts.ts`; `address-index.ts` is how guard and services find who has an address.
 */
export { AddressIndex } from './address-index.ts';
export {
  type Facts,
  type FactsChange,
  type Gateways,
  type HardwarePorts,
  HostFacts,
  type KnownPort,
  type Places,
  type PlacesChange,
  type PortsHere,
  type Residents,
} from './host-facts.ts';
