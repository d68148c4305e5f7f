/** What a network service tells Nova of the ports of servers: its "server external events". */
import { type Cloud, openCloud } from './clouds.ts';
import { NeutronApiError } from './error.ts';
import { askService } from './service-request.ts';
import type { Session } from './session.ts';
import type { Transport } from './transport.ts';

export interface ServerEvent {
  readonly server_uuid: string;
  readonly name: string;
  readonly status?: string;
  readonly tag?: string;
}

const NOT_FOUND = 404;
/** Of an answer, which says less of each event than it was told. */
const MOST_OCTETS = 1024 * 1024;

export class ServerEvents {
  readonly #transport: Transport;
  readonly #session: Session;

  /** @param cloud whose service is Nova */
  constructor(cloud: Cloud, timeoutMs: number) {
    const { transport, session } = openCloud(cloud, { timeoutMs, mostOctets: MOST_OCTETS });
    this.#transport = transport;
    this.#session = session;
  }

  /**
   * Tells several at once. Of what Nova does not know, or of servers that are not on a host, it says so, and nothing is to
   * be told again.
   * @throws NeutronApiError, NoAnswerError, KeystoneError when it was not told
   */
  async tell(events: readonly ServerEvent[]): Promise<void> {
    try {
      await askService(this.#transport, this.#session, {
        method: 'POST',
        path: '/os-server-external-events',
        body: JSON.stringify({ events }),
      });
    } catch (error) {
      // It knows none of the servers.
      if (!(error instanceof NeutronApiError && error.status === NOT_FOUND)) throw error;
    }
  }

  close(): void {
    this.#transport.close();
  }
}
