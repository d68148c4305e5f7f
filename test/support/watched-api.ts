/** An API after each of whose steps it is looked whether the dependencies of units named all plans that changed. */
import assert from 'node:assert/strict';
import type { Body, TestApi } from './api.ts';
import { PlanWatch } from './plan-watch.ts';

/** Steps at an API, each of which fails when a plan has changed that no dependency named. */
export interface WatchedApi {
  readonly watch: PlanWatch;
  /** Looks after a step that was taken elsewhere. */
  look(what: string): Promise<void>;
  made(name: string, wish: object): Promise<Body>;
  call(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<Body>;
}

export async function watchedApi(api: TestApi): Promise<WatchedApi> {
  const watch = new PlanWatch(api);
  await watch.missed();
  const look = async (what: string) => assert.deepEqual(await watch.missed(), [], what);
  return {
    ...{ watch, look },
    async made(name, wish) {
      const record = await api.make(name, wish);
      await look(`a new ${name}`);
      return record;
    },
    async call(method, path, body) {
      const { status, body: answer } = await api.call(method, `/v2.0/${path}`, body);
      assert.ok(status < 300, `${method} ${path}: ${status} ${JSON.stringify(answer)}`);
      await look(`${method} ${path} ${JSON.stringify(body)}`);
      return answer as unknown as Body;
    },
  };
}
