/** What those who watch the service are told of its parts. */
import type { PartHealth, ReadinessCheck } from '../api/index.ts';
import type { EngineProcessState, Northbound, ReconcilerStatus } from '../engine/index.ts';
import type { Registry } from '../metrics/index.ts';
import type { Store } from '../resources/index.ts';
import { journalLength } from '../store/index.ts';

/** The host process has a check of its own. */
const HOST = 'host';

/** Whether the database answers. */
export const storeCheck = (store: Store): ReadinessCheck => ({
  name: 'store',
  async check() {
    await store.read.selectFrom('meta').select('key').limit(1).execute();
    return { ok: true };
  },
});

/** A change that waits longer for OVN is late: usually it is there within a tenth of a second. */
const LATE_AFTER_MS = 30_000;

/** Whether what is committed reaches OVN. Units that fail are no failure of the service: the others go on. */
export const northboundCheck = (northbound: Pick<Northbound, 'status'>): ReadinessCheck => ({
  name: 'northbound',
  check: async () => northboundHealth(await northbound.status()),
});

function northboundHealth({
  role,
  waiting,
  oldestWaitingMs = 0,
  failures = [],
}: ReconcilerStatus): PartHealth {
  if (role === 'disconnected') return { ok: false, reason: "OVN's northbound database is not reached" };
  if (oldestWaitingMs > LATE_AFTER_MS) {
    const seconds = Math.round(oldestWaitingMs / 1_000);
    const late = `changes wait for OVN (${waiting ?? 'some'}, the oldest for ${seconds} s)`;
    const whose =
      role === 'acting'
        ? 'this process acts and does not get on, see its log'
        : 'nobody acts: this process stands by, and the one that holds the lock does not get on';
    return { ok: false, reason: `${late}: ${whose}` };
  }
  const notes = [
    ...(role === 'acting' ? [] : ['this process stands by while another one acts']),
    ...(failures.length === 0 ? [] : [`${countOf(failures)} could not be brought into OVN`]),
  ];
  return notes.length === 0 ? { ok: true } : { ok: true, note: notes.join('; ') };
}

const countOf = ({ length }: readonly unknown[]): string => (length === 1 ? '1 unit' : `${length} units`);

/** Whether all of OVN's own processes on this machine run. */
export const ovnCheck = (processes: () => readonly EngineProcessState[]): ReadinessCheck => ({
  name: 'ovn',
  async check() {
    const ovn = processes().filter(({ name }) => name !== HOST);
    const down = ovn.filter(({ isUp }) => !isUp);
    const hanging = ovn.filter(({ hangs }) => hangs);
    if (down.length + hanging.length === 0) return { ok: true };
    const reasons = [
      ...down.map(({ name }) => `${name} is not up: it is starting, or is started again`),
      ...hanging.map(({ name, pid }) => `${name} (process ${pid}) does not answer`),
    ];
    return { ok: false, reason: reasons.join('; ') };
  },
});

/** Whether instances of this machine are guarded and served. */
export const hostCheck = (host: {
  readonly state: Pick<EngineProcessState, 'isUp' | 'hangs'>;
}): ReadinessCheck => ({
  name: HOST,
  async check() {
    const { isUp, hangs } = host.state;
    if (!isUp)
      return { ok: false, reason: 'the host process is not up: it is starting, or is started again' };
    return hangs ? { ok: false, reason: 'the host process does not answer' } : { ok: true };
  },
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
