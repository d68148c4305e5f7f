/** What a run asks of the Compute API (Nova), and of the Image API beside it: servers come, go, and have ports. */
import { type Cloud, cloudService, openCloud } from './clouds.ts';
import { isRecord, jsonOrUndefined, NeutronApiError } from './error.ts';
import { askService, type ServiceRequest } from './service-request.ts';
import type { Session } from './session.ts';
import type { Transport, TransportOptions } from './transport.ts';

/** A server, as far as it is looked at. */
export interface ServerState {
  readonly id: string;
  readonly name: string;
  /** `BUILD`, `ACTIVE`, `ERROR`, ... */
  readonly status: string;
  /** Why it is in ERROR, in the cloud's words. */
  readonly fault: string | undefined;
}

/** A server that is to be made. */
export interface NewServer {
  readonly name: string;
  readonly imageId: string;
  readonly flavorId: string;
  /** Of the port that is its first device. */
  readonly portId: string;
  /** What its first boot is to do: a script, as cloud-init takes it. */
  readonly userData: string;
}

/** How many servers a project may still have, as far as that is limited and told. */
export interface ServerRoom {
  readonly servers: number;
  readonly cores: number;
  /** In MiB. */
  readonly memory: number;
}

/** A flavor or an image. */
export interface ServerPart {
  readonly id: string;
  readonly name: string;
  readonly cores: number;
  /** In MiB. */
  readonly memory: number;
}

interface CloudService {
  readonly transport: Transport;
  readonly session: Session;
}

const NOT_FOUND = 404;

/** Every method throws a `NeutronApiError` for an answer that is no success, and a `NoAnswerError` when none comes. */
export class ComputeClient {
  readonly #compute: CloudService;
  readonly #images: CloudService;

  private constructor(compute: CloudService, images: CloudService) {
    this.#compute = compute;
    this.#images = images;
  }

  /** @throws CloudError where there is no identity service */
  static ofCloud(cloud: Cloud, options: Omit<TransportOptions, 'tls'> = {}): ComputeClient {
    const open = (service: string): CloudService => openCloud(cloudService(cloud, service), options);
    return new ComputeClient(open('compute'), open('image'));
  }

  /** The image of this name or id; undefined when there is none that we see. */
  async findImage(wish: string): Promise<ServerPart | undefined> {
    const { images } = await this.#ask(this.#images, {
      method: 'GET',
      path: `/v2/images?name=${encodeURIComponent(wish)}`,
    });
    const [named] = partsOf(images);
    if (named !== undefined) return named;
    try {
      const path = `/v2/images/${encodeURIComponent(wish)}`;
      return partsOf([await this.#ask(this.#images, { method: 'GET', path })])[0];
    } catch (error) {
      if (error instanceof NeutronApiError && error.status === NOT_FOUND) return undefined;
      throw error;
    }
  }

  /** All flavors that we may use. */
  async flavors(): Promise<ServerPart[]> {
    return partsOf((await this.#ask(this.#compute, { method: 'GET', path: '/flavors/detail' })).flavors);
  }

  /** What the project may still have; infinite where nothing limits it. */
  async room(): Promise<ServerRoom> {
    const { limits } = await this.#ask(this.#compute, { method: 'GET', path: '/limits' });
    const absolute = isRecord(limits) && isRecord(limits.absolute) ? limits.absolute : {};
    const left = (most: string, used: string): number => {
      const [limit, taken] = [absolute[most], absolute[used]];
      return typeof limit !== 'number' || limit < 0 ? Number.POSITIVE_INFINITY : limit - (Number(taken) || 0);
    };
    return {
      servers: left('maxTotalInstances', 'totalInstancesUsed'),
      cores: left('maxTotalCores', 'totalCoresUsed'),
      memory: left('maxTotalRAMSize', 'totalRAMUsed'),
    };
  }

  /** Asks for a server; gives its id. */
  async createServer({ name, imageId, flavorId, portId, userData }: NewServer): Promise<string> {
    const server = {
      name,
      imageRef: imageId,
      flavorRef: flavorId,
      networks: [{ port: portId }],
      user_data: Buffer.from(userData).toString('base64'),
      // Whoever has no metadata service has this.
      config_drive: true,
    };
    const answer = await this.#ask(this.#compute, {
      method: 'POST',
      path: '/servers',
      body: JSON.stringify({ server }),
    });
    return textIn(answer.server, 'id');
  }

  async server(id: string): Promise<ServerState> {
    const { server } = await this.#ask(this.#compute, { method: 'GET', path: `/servers/${id}` });
    return stateOf(server);
  }

  /** Servers whose name begins so; those of all projects where we may see them. */
  async serversNamed(prefix: string): Promise<ServerState[]> {
    const list = async (query: string): Promise<ServerState[]> => {
      const { servers } = await this.#ask(this.#compute, { method: 'GET', path: `/servers/detail${query}` });
      return (Array.isArray(servers) ? servers : [])
        .map(stateOf)
        .filter(({ name }) => name.startsWith(prefix));
    };
    try {
      return await list('?all_tenants=1');
    } catch (error) {
      if (error instanceof NeutronApiError && error.status < 500) return list('');
      throw error;
    }
  }

  /** Asks for the end of a server; it takes its time. */
  async deleteServer(id: string): Promise<void> {
    await this.#ask(this.#compute, { method: 'DELETE', path: `/servers/${id}` });
  }

  /** The last lines of a server's console. */
  async console(id: string, lines: number): Promise<string> {
    const answer = await this.#ask(this.#compute, {
      method: 'POST',
      path: `/servers/${id}/action`,
      body: JSON.stringify({ 'os-getConsoleOutput': { length: lines } }),
    });
    return typeof answer.output === 'string' ? answer.output : '';
  }

  /** Gives a running server a device for a port. */
  async attachPort(serverId: string, portId: string): Promise<void> {
    await this.#ask(this.#compute, {
      method: 'POST',
      path: `/servers/${serverId}/os-interface`,
      body: JSON.stringify({ interfaceAttachment: { port_id: portId } }),
    });
  }

  /** Asks for the end of such a device; it takes its time. */
  async detachPort(serverId: string, portId: string): Promise<void> {
    await this.#ask(this.#compute, { method: 'DELETE', path: `/servers/${serverId}/os-interface/${portId}` });
  }

  /** Closes the connections. */
  close(): void {
    this.#compute.transport.close();
    this.#images.transport.close();
  }

  async #ask(
    { transport, session }: CloudService,
    request: ServiceRequest,
  ): Promise<Record<string, unknown>> {
    const { body } = await askService(transport, session, request);
    const json = jsonOrUndefined(body);
    return isRecord(json) ? json : {};
  }
}

const textIn = (record: unknown, key: string): string => {
  const value = isRecord(record) ? record[key] : undefined;
  return typeof value === 'string' ? value : '';
};

function stateOf(server: unknown): ServerState {
  const fault = isRecord(server) ? textIn(server.fault, 'message') : '';
  return {
    id: textIn(server, 'id'),
    name: textIn(server, 'name'),
    status: textIn(server, 'status'),
    fault: fault === '' ? undefined : fault,
  };
}

const partsOf = (list: unknown): ServerPart[] =>
  (Array.isArray(list) ? list : []).filter(isRecord).map((part) => ({
    id: textIn(part, 'id'),
    name: textIn(part, 'name'),
    cores: Number(part.vcpus) || 0,
    memory: Number(part.ram ?? part.min_ram) || 0,
  }));
