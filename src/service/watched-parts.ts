/** What those who watch the service are told of its parts. */
import type { HealthCheck } from '../api/health.ts';
import type { SupervisedProcess } from '../base/index.ts';
import type { Northbound } from '../engine/index.ts';
import type { Registry } from '../metrics/index.ts';
import type { Store } from '../resources/tables.ts';
import { journalLength } from '../store/index.ts';

/** Whether the database answers. */
export const storeCheck = (store: Store): HealthCheck => ({
  name: 'store',
  async check() {
    await store.read.selectFrom('meta').select('key').limit(1).execute();
    return undefined;
  },
});

/** Whether what is committed can reach OVN. */
export const northboundCheck = (northbound: Northbound): HealthCheck => ({
  name: 'northbound',
  check: async () => (northbound.isConnected ? undefined : "OVN's northbound database is not reached"),
});

/** Whether instances of this machine are guarded and served. */
export const hostCheck = (host: SupervisedProcess): HealthCheck => ({
  name: 'host',
  check: async () =>
    host.isUp ? undefined : 'the host process is not up: it is starting, or is started again',
});

/** Registers how much of the journal there is. */
export function measureJournal(metrics: Registry, store: Store): void {
  const entries = metrics.gauge({
    name: 'sextant_journal_entries',
    help: 'Entries of the journal: what the engine has still to apply, and what it applied within a second or so.',
  });
  metrics.beforeRead(async () => {
    // While the database is away there is no such number, rather than an old one.
    entries.clear();
    entries.set(await journalLength(store.read));
  });
}
