/** The API in this process, on a database of its own, without an engine. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { type ApiOptions, buildApi } from '../../src/api/server.ts';
import { Registry } from '../../src/metrics/index.ts';
import { definitions } from '../../src/resources/registry.ts';
import type { Store } from '../../src/resources/tables.ts';
import { openStore } from '../../src/service/open-store.ts';
import { settings } from './operations.ts';
import { newSqliteDatabase, quiet } from './stores.ts';

export interface Answer {
  readonly status: number;
  readonly body: Body;
  readonly headers: Record<string, unknown>;
}

/** JSON of any shape, to be looked into. */
export type Body = { [key: string]: Body } & Body[] & string;

export interface TestApi {
  readonly app: FastifyInstance;
  readonly store: Store;
  call(
    method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  /** Makes one and returns it; fails unless the answer is 201. */
  make(name: string, wish: unknown, headers?: Record<string, string>): Promise<Body>;
  close(): Promise<void>;
}

const pathOf = (name: string): string =>
  `/v2.0/${Object.values(definitions).find((definition) => definition.name === name)?.path}`;

/**
 * @param url of the store; a SQLite file of its own when left out
 * @param options other than a test usually needs, or what makes them of the store
 */
export async function startTestApi(
  url?: string,
  options: Partial<ApiOptions> | ((store: Store) => Promise<Partial<ApiOptions>>) = {},
): Promise<TestApi> {
  const directory = await mkdtemp(join(tmpdir(), 'sextant-api-'));
  const store = await openStore({
    url: url ?? (await newSqliteDatabase(join(directory, 'store.db'))),
    log: quiet,
  });
  const app = await buildApi({
    store,
    settings,
    healthChecks: [],
    status: async () => ({}),
    metrics: new Registry(),
    log: quiet,
    ...(typeof options === 'function' ? await options(store) : options),
  });
  const call: TestApi['call'] = async (method, path, body, headers = {}) => {
    const response = await app.inject({
      method,
      url: path,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return {
      status: response.statusCode,
      body: response.body === '' ? ({} as Body) : response.json<Body>(),
      headers: response.headers,
    };
  };
  return {
    app,
    store,
    call,
    async make(name, wish, headers) {
      const { status, body } = await call('POST', pathOf(name), { [name]: wish }, headers);
      if (status !== 201) throw new Error(`POST ${name}: ${status} ${JSON.stringify(body)}`);
      return body[name] as Body;
    },
    async close() {
      await app.close();
      await store.close();
      await rm(directory, { recursive: true });
    },
  };
}
