/** Sees hosts die and come back, which nobody says: what they had is for others then. */
import type { Logger } from 'pino';
import { Repeated } from '../base/index.ts';
import { followHosts, isAlive, type Store } from '../resources/index.ts';

const EVERY_MS = 10_000;

/** Looks again and again, until it is stopped. */
export function watchHosts(store: Store, log: Logger): Repeated {
  let before: string | undefined;
  return new Repeated(
    async () => {
      const now = new Date();
      const hosts = await store.read
        .selectFrom('agents')
        .select(['chassis', 'heartbeat_timestamp as heartbeat'])
        .orderBy('chassis')
        .execute();
      const alive = hosts.filter(({ heartbeat }) => isAlive(heartbeat, now));
      const after = alive.map(({ chassis }) => chassis).join();
      if (after === before) return;
      await store.transaction((tx) => followHosts(tx));
      before = after;
    },
    EVERY_MS,
    (error) => log.warn({ err: error }, 'what hosts do is not looked at, trying again'),
  );
}
