/** A client that said that it accepts Reconfigure messages (RFC 8415 section 21.20), as a host remembers it. Pure. */
import { hash } from 'node:crypto';
import { Address } from '../../../addressing/index.ts';
import type { NetworkFacts, PortFacts } from '../../../host-contract/index.ts';
import { encodeDhcpv6Options } from '../../../packets/index.ts';
import { servedAddresses } from './associations.ts';
import type { ReconfigureBy } from './reconfigure-message.ts';
import { settingsOf } from './settings.ts';

export interface ReconfigurableClient {
  readonly duid: Uint8Array;
  /** Link-local: where it asked from. */
  readonly address: Address;
  /** It was given this to know the server by. */
  readonly key: Uint8Array;
  /** The last number by which it tells what is new from what is old. */
  readonly replay: bigint;
  /** What it asks with when it is told to. */
  readonly by: ReconfigureBy;
  /** Stands for what there was to tell when it was last answered. */
  readonly told: string;
}

/**
 * Stands for all that there is to tell the instance of a port: what is equal was not changed.
 * @param by who asks for settings alone is told of no leases
 */
export function tellable(port: PortFacts, network: NetworkFacts, by: ReconfigureBy): string {
  const leases = [
    servedAddresses(port, network).map(({ address, time }) => [String(address), time]),
    port.delegatedPrefixes.map(String),
  ];
  const settings = Buffer.from(encodeDhcpv6Options(settingsOf(port, network))).toString('hex');
  return hash('sha256', JSON.stringify([by === 'renew' ? leases : [], settings]));
}

/** A client as text. */
export const clientText = ({ duid, address, key, replay, ...rest }: ReconfigurableClient): string =>
  JSON.stringify({
    duid: hex(duid),
    address: String(address),
    key: hex(key),
    replay: String(replay),
    ...rest,
  });

/** The client of a text; undefined for one that is none. */
export function clientIn(text: string): ReconfigurableClient | undefined {
  try {
    const { duid, address, key, replay, by, told } = JSON.parse(text) as Record<string, string>;
    if ((by !== 'renew' && by !== 'information-request') || told === undefined) return undefined;
    return {
      duid: Buffer.from(duid!, 'hex'),
      address: Address.parse(address!),
      key: Buffer.from(key!, 'hex'),
      replay: BigInt(replay!),
      by,
      told,
    };
  } catch {
    return undefined;
  }
}

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex');
