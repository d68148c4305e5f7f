/** What hosts tell their server of addresses that instances take, and ask it. */
import { Address } from '../../addressing/index.ts';
import { HOST_API } from '../../host-contract/index.ts';
import type { ServerChannel } from '../server-channel.ts';
import type { ClaimOrigin } from './claims.ts';

/** An address of a port's instance. */
export interface PortAddress {
  readonly portId: string;
  readonly address: Address;
}

/** An address that an instance took, and how that was seen. */
export interface ReportedAddress extends PortAddress {
  readonly origin: ClaimOrigin;
}

/** The server, who arbitrates between hosts and remembers. Each of these fails when it does not answer. */
export interface AddressServer {
  /**
   * Tells what instances took and gave up; the latter counts first.
   * @returns what is not the port's
   */
  report(told: {
    readonly taken: readonly ReportedAddress[];
    readonly givenUp: readonly PortAddress[];
  }): Promise<readonly PortAddress[]>;
  /** What the instances of ports have taken, as far as the server knows. */
  remembered(portIds: readonly string[]): Promise<readonly PortAddress[]>;
}

/** The server by the host's channel to it. */
export function addressServerBy(channel: Pick<ServerChannel, 'request'>): AddressServer {
  const post = async (path: string, body: unknown): Promise<unknown> => {
    const { status, body: answer } = await channel.request({ method: 'POST', path, body });
    if (status >= 300) throw new Error(`the server answered ${status}: ${answer}`);
    return JSON.parse(String(answer));
  };
  return {
    async report({ taken, givenUp }) {
      const body = {
        taken: taken.map((one) => ({ ...written(one), origin: one.origin })),
        given_up: givenUp.map(written),
      };
      const { denied } = (await post(HOST_API.takenAddresses, body)) as { denied: Written[] };
      return denied.map(read);
    },
    async remembered(portIds) {
      const answer = await post(HOST_API.learnedAddresses, { port_ids: portIds });
      return (answer as { addresses: Written[] }).addresses.map(read);
    },
  };
}

interface Written {
  readonly port_id: string;
  readonly address: string;
}

const written = ({ portId, address }: PortAddress): Written => ({ port_id: portId, address: `${address}` });
const read = ({ port_id, address }: Written): PortAddress => ({
  portId: port_id,
  address: Address.parse(address),
});
