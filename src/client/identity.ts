/** What an administrator does by the Identity API v3: projects and users come and go. */
import { type Cloud, CloudError, openCloud } from './clouds.ts';
import { errorOfAnswer, isRecord, jsonOrUndefined, NeutronApiError } from './error.ts';
import { identityRoot, KeystoneError } from './keystone.ts';
import type { Session } from './session.ts';
import { type HttpRequest, type Timeout, type TlsOptions, Transport } from './transport.ts';
import { readWebUrl } from './web-url.ts';

/** Roles that let their holder do what any user of a project does, the usual one first. */
const MEMBER_ROLES = ['member', '_member_', 'Member'];

/** A project or user, as the service shows it. */
export interface IdentityItem {
  readonly id: string;
  readonly name: string;
}

type ItemKind = 'project' | 'user';

interface DomainItem extends IdentityItem {
  readonly domain: IdentityItem;
}

/** A token as the service shows it, without its catalog. */
export interface KeystoneToken {
  readonly methods: readonly string[];
  readonly audit_ids: readonly string[];
  readonly issued_at: string;
  readonly expires_at: string;
  readonly user: DomainItem;
  readonly project?: DomainItem;
  readonly domain?: IdentityItem;
  readonly system?: object;
  readonly roles?: readonly IdentityItem[];
  readonly application_credential?: IdentityItem & {
    readonly restricted: boolean;
    readonly access_rules?: readonly {
      readonly service: string;
      readonly method: string;
      readonly path: string;
    }[];
  };
}

/** Every method throws a `NeutronApiError` for an answer that is no success, and a `NoAnswerError` when none comes. */
export class IdentityClient {
  readonly #transport: Transport;
  readonly #session: Session;
  readonly #root: string;
  readonly #tls: TlsOptions;
  readonly #timeoutMs: Timeout | undefined;

  private constructor(
    transport: Transport,
    session: Session,
    root: string,
    { tls, timeoutMs }: { readonly tls: TlsOptions; readonly timeoutMs: Timeout | undefined },
  ) {
    this.#transport = transport;
    this.#session = session;
    this.#root = root;
    this.#tls = tls;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * @param timeoutMs for an answer, if not as long as usual
   * @throws CloudError where there is no identity service
   */
  static ofCloud(cloud: Cloud, timeoutMs?: Timeout): IdentityClient {
    if (cloud.access.type !== 'keystone') throw new CloudError('The cloud has no identity service.');
    const { transport, session } = openCloud(cloud, { timeoutMs });
    const root = identityRoot(cloud.access.options.authUrl);
    return new IdentityClient(transport, session, root, { tls: cloud.tls, timeoutMs });
  }

  /** A project, in the domain that the caller's own project is in. */
  createProject(name: string, description: string): Promise<IdentityItem> {
    return this.#create('project', { name, description });
  }

  /** A user with a password, in the domain that the caller's own project is in. */
  createUser(name: string, password: string, description: string): Promise<IdentityItem> {
    return this.#create('user', { name, password, description });
  }

  /**
   * Makes a user a member of a project.
   * @throws KeystoneError when there is no role for that
   */
  async addMember(projectId: string, userId: string): Promise<void> {
    const { roles } = await this.#request('GET', '/roles');
    const known = items(roles);
    const role = MEMBER_ROLES.map((name) => known.find((one) => one.name === name)).find(Boolean);
    if (role === undefined) throw new KeystoneError(`There is no role ${MEMBER_ROLES.join(', ')}.`);
    await this.#request('PUT', `/projects/${projectId}/users/${userId}/roles/${role.id}`);
  }

  /** All projects or users. */
  async list(kind: ItemKind): Promise<IdentityItem[]> {
    return items((await this.#request('GET', `/${kind}s`))[`${kind}s`]);
  }

  async delete(kind: ItemKind, id: string): Promise<void> {
    await this.#request('DELETE', `/${kind}s/${id}`);
  }

  /** What somebody's token says; undefined for one that is none. It takes a role that may look at others'. */
  async showToken(token: string): Promise<KeystoneToken | undefined> {
    const headers = { 'x-subject-token': token };
    try {
      const { token: shown } = await this.#request('GET', '/auth/tokens?nocatalog', undefined, headers);
      if (!isRecord(shown) || !isRecord(shown.user))
        throw new KeystoneError("The answer to GET /auth/tokens is not Keystone's.");
      return shown as unknown as KeystoneToken;
    } catch (error) {
      if (error instanceof NeutronApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** Closes the connections. */
  close(): void {
    this.#transport.close();
  }

  async #create(kind: ItemKind, wish: Record<string, string>): Promise<IdentityItem> {
    const answer = await this.#request('POST', `/${kind}s`, { [kind]: wish });
    const [made] = items([answer[kind]]);
    if (made === undefined) throw new KeystoneError(`The answer to POST /${kind}s is not Keystone's.`);
    return made;
  }

  async #request(
    method: HttpRequest['method'],
    path: string,
    body?: unknown,
    further: Readonly<Record<string, string>> = {},
  ): Promise<Record<string, unknown>> {
    const where = readWebUrl(`${this.#root}${path}`);
    const text = body === undefined ? undefined : JSON.stringify(body);
    const send = async (renew: boolean) => {
      const { headers } = await this.#session.access(renew);
      // A connection for each: uWSGI, behind which Keystone often is, ends answers without a body with octets that the
      // next answer on the same one would begin with.
      const transport = new Transport({ tls: this.#tls, timeoutMs: this.#timeoutMs });
      return transport
        .send({ method, ...where, headers: { ...headers, ...further }, body: text })
        .finally(() => transport.close());
    };
    let answer = await send(false);
    if (answer.status === 401 && this.#session.renewable) answer = await send(true);
    if (answer.status >= 400)
      throw errorOfAnswer(`${method} ${where.url.pathname}`, answer.status, answer.body);
    const json = jsonOrUndefined(answer.body);
    return isRecord(json) ? json : {};
  }
}

const items = (list: unknown): IdentityItem[] =>
  (Array.isArray(list) ? list : [])
    .filter(isRecord)
    .flatMap(({ id, name }) => (typeof id === 'string' && typeof name === 'string' ? [{ id, name }] : []));
