/** The typed client of Neutron's API: one method a kind of request, whatever the resource. */
import { definitions } from '../resources/definitions.ts';
import { type Cloud, loadCloud, openCloud } from './clouds.ts';
import { isRecord, jsonOrUndefined, NeutronApiError } from './error.ts';
import type { Answered, Create, ResourceName, RouterInterface, Update } from './resource-types.ts';
import { askService } from './service-request.ts';
import { type Access, fixedSession, type Session, type TokenHolder } from './session.ts';
import { type HttpRequest, Transport, type TransportOptions } from './transport.ts';

type QueryValue = string | number | boolean;

/** Filters, `fields`, `sort_key`, `limit` and so on; a list of values repeats the parameter. */
export type Query = Readonly<Record<string, QueryValue | readonly QueryValue[] | undefined>>;

export interface RequestOptions {
  readonly query?: Query | undefined;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** A condition of a change: that nobody else made one since. */
export interface Precondition {
  /** The `revision_number` that the resource must still have; else the API answers 412. */
  revision?: number | undefined;
}

/**
 * A client of Neutron's API, Sextant's or any other. Resources go by their definition's name. Every method throws
 * a `NeutronApiError` for an answer that is no success, and a `NoAnswerError` when none comes.
 */
export class NeutronClient {
  readonly #transport: Transport;
  readonly #session: Session;

  constructor(transport: Transport, session: Session) {
    this.#transport = transport;
    this.#session = session;
  }

  /**
   * A client without identity service.
   * @param endpoint `http://[::1]:9696`, with or without `/v2.0`
   * @param options.headers sent with every request: `X-Project-Id`, `X-Auth-Token`, ...
   */
  static at(
    endpoint: string,
    options: TransportOptions & { headers?: Readonly<Record<string, string>> | undefined } = {},
  ): NeutronClient {
    return new NeutronClient(new Transport(options), fixedSession(endpoint, options.headers));
  }

  /**
   * A client of a cloud, by its name in `clouds.yaml` or its entry.
   * @throws CloudError
   */
  static ofCloud(name: string | Cloud, options: Omit<TransportOptions, 'tls'> = {}): NeutronClient {
    const { transport, session } = openCloud(typeof name === 'string' ? loadCloud(name) : name, options);
    return new NeutronClient(transport, session);
  }

  /** The service's root, and what the client may there, as far as an identity service said; it logs in for that. */
  async whereabouts(): Promise<{ readonly endpoint: string; readonly holder: TokenHolder | undefined }> {
    const { endpoint, holder } = await this.#session.access(false);
    return { endpoint, holder };
  }

  /** Where the service is and what requests to it carry, for who speaks to it by other means. */
  access(): Promise<Access> {
    return this.#session.access(false);
  }

  /**
   * All resources that fit `query`, however many pages they come in; `limit` is the size of a page.
   * @param most how many are enough
   */
  async list<N extends ResourceName>(name: N, query: Query = {}, most = Infinity): Promise<Answered<N>[]> {
    const { collection, path } = definitions[name];
    const items: Answered<N>[] = [];
    let next: string | undefined = withQuery(`/v2.0/${path}`, query);
    while (next !== undefined && items.length < most) {
      const answer = await this.request('GET', next);
      const page: Answered<N>[] = member(answer, collection, `GET ${next}`);
      for (const item of page) items.push(item);
      const link: string | undefined =
        page.length === 0 ? undefined : nextLink(answer, `${collection}_links`);
      // A link may name a host that only a proxy in between knows: its query is what matters.
      next = link === undefined ? undefined : `/v2.0/${path}${new URL(link, 'http://link').search}`;
    }
    return items.length > most ? items.slice(0, most) : items;
  }

  async show<N extends ResourceName>(name: N, id: string, query: Query = {}): Promise<Answered<N>> {
    return this.#one(name, 'GET', itemPath(name, id), { query });
  }

  async create<N extends ResourceName>(name: N, request: Create<N>): Promise<Answered<N>> {
    return this.#one(name, 'POST', `/v2.0/${definitions[name].path}`, { body: { [name]: request } });
  }

  /** Makes all of them or, when one is refused, none. The answers have the requests' order. */
  async createBulk<N extends ResourceName>(name: N, requests: readonly Create<N>[]): Promise<Answered<N>[]> {
    const { collection, path } = definitions[name];
    const answer = await this.request('POST', `/v2.0/${path}`, { body: { [collection]: requests } });
    return member(answer, collection, `POST /v2.0/${path}`);
  }

  async update<N extends ResourceName>(
    name: N,
    id: string,
    changes: Update<N>,
    { revision }: Precondition = {},
  ): Promise<Answered<N>> {
    return this.#one(name, 'PUT', itemPath(name, id), {
      body: { [name]: changes },
      headers: ifMatch(revision),
    });
  }

  async delete(name: ResourceName, id: string, { revision }: Precondition = {}): Promise<void> {
    await this.request('DELETE', itemPath(name, id), { headers: ifMatch(revision) });
  }

  /** An action of a resource, `add_addresses` for instance; what it answers. */
  async act(name: ResourceName, id: string, action: string, body: unknown): Promise<unknown> {
    return this.request('PUT', `${itemPath(name, id)}/${action}`, { body });
  }

  /** Gives a resource exactly these tags. */
  async setTags(name: ResourceName, id: string, tags: readonly string[]): Promise<void> {
    await this.request('PUT', `${itemPath(name, id)}/tags`, { body: { tags } });
  }

  /** Attaches a subnet, by a new port on its gateway address, or a port to a router. */
  async addRouterInterface(
    routerId: string,
    what: { subnet_id: string } | { port_id: string },
  ): Promise<RouterInterface> {
    const answer = await this.request('PUT', `${itemPath('router', routerId)}/add_router_interface`, {
      body: what,
    });
    return answer as RouterInterface;
  }

  async removeRouterInterface(
    routerId: string,
    what: { subnet_id: string } | { port_id: string },
  ): Promise<RouterInterface> {
    const answer = await this.request('PUT', `${itemPath('router', routerId)}/remove_router_interface`, {
      body: what,
    });
    return answer as RouterInterface;
  }

  /**
   * Any request.
   * @param path from the service's root: `/v2.0/extensions`
   * @returns the answer's JSON; undefined when it has no body
   */
  async request(method: HttpRequest['method'], path: string, options: RequestOptions = {}): Promise<unknown> {
    const relative = withQuery(path, options.query ?? {});
    const body = options.body === undefined ? undefined : JSON.stringify(options.body);
    const answer = await askService(this.#transport, this.#session, {
      method,
      path: relative,
      headers: options.headers,
      body,
    });
    if (answer.body === '') return undefined;
    const json = jsonOrUndefined(answer.body);
    if (json === undefined) throw noNeutron(`${method} ${relative}`, answer.status);
    return json;
  }

  /** Closes the connections. */
  close(): void {
    this.#transport.close();
  }

  async #one<N extends ResourceName>(
    name: N,
    method: HttpRequest['method'],
    path: string,
    options: RequestOptions,
  ): Promise<Answered<N>> {
    return member(await this.request(method, path, options), name, `${method} ${path}`);
  }
}

const itemPath = (name: ResourceName, id: string): string =>
  `/v2.0/${definitions[name].path}/${encodeURIComponent(id)}`;

const ifMatch = (revision: number | undefined): Record<string, string> =>
  revision === undefined ? {} : { 'if-match': `revision_number=${revision}` };

function withQuery(path: string, query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) parameters.append(name, String(one));
  }
  return parameters.size === 0 ? path : `${path}?${parameters}`;
}

/** What stands under `key` in an answer; the API's word is taken for its type. */
function member<T>(answer: unknown, key: string, request: string): T {
  if (!isRecord(answer) || answer[key] === undefined) throw noNeutron(request, 200);
  return answer[key] as T;
}

const noNeutron = (request: string, status: number): NeutronApiError =>
  new NeutronApiError(
    request,
    status,
    'NotNeutron',
    `The answer to ${request} is not Neutron's. Is the endpoint right?`,
  );

function nextLink(answer: unknown, key: string): string | undefined {
  const links = isRecord(answer) ? answer[key] : undefined;
  if (!Array.isArray(links)) return undefined;
  const next: unknown = links.find((link) => isRecord(link) && link.rel === 'next');
  return isRecord(next) && typeof next.href === 'string' ? next.href : undefined;
}
