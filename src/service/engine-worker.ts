/**
 * The engine's thread: it follows the store by connections of its own, so that neither a large replica nor a look at
 * everything keeps requests waiting.
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import pino from 'pino';
import { Listeners } from '../base/index.ts';
import { Northbound, type StoreWrites } from '../engine/index.ts';
import { Registry } from '../metrics/index.ts';
import type { Store } from '../resources/index.ts';
import { StoreFullError } from '../store/index.ts';
import type {
  EngineAnswers,
  EngineQuestion,
  EngineThreadData,
  FromEngine,
  StoreWrite,
  ToEngine,
} from './engine-messages.ts';
import { openStore } from './open-store.ts';
import { PendingAnswers } from './pending-answers.ts';

const port = parentPort as MessagePort;
const { storeUrl, remote, tls, settings, logLevel } = workerData as EngineThreadData;
const tell = (message: FromEngine): void => port.postMessage(message);
const log = pino({ level: logLevel }, { write: (line: string) => tell({ kind: 'log', line }) });

const metrics = new Registry();
const giveUp = new AbortController();
const commits = new Listeners();
const written = new PendingAnswers();
const running = start();
running.then(
  ({ northbound: { ovnVersion } }) => tell({ kind: 'started', ovnVersion, error: undefined }),
  (error: Error) => tell({ kind: 'started', ovnVersion: undefined, error }),
);

port.on('message', (message: ToEngine) => {
  if (message.kind === 'committed') return commits.tell();
  if (message.kind === 'written') {
    const { id, error, isFull } = message;
    return written.take(id, undefined, isFull ? new StoreFullError(error) : error);
  }
  const { id, question } = message;
  answers[question]().then(
    (answer) => tell({ kind: 'answer', id, answer, error: undefined }),
    (error: Error) => tell({ kind: 'answer', id, answer: undefined, error }),
  );
});

const answers: { readonly [Q in EngineQuestion]: () => Promise<EngineAnswers[Q]> } = {
  async status() {
    const { northbound } = await running;
    return { reconciler: await northbound.status(), ovnVersion: northbound.ovnVersion };
  },
  metrics: () => metrics.read(),
  async settled() {
    const { northbound } = await running;
    await northbound.settled();
    return undefined;
  },
  async stop() {
    giveUp.abort();
    const { northbound, store } = await running;
    await northbound.stop();
    await store.close();
    return undefined;
  },
};

const write = (one: StoreWrite): Promise<void> =>
  written.ask((id) => tell({ kind: 'write', id, write: one }));

const writes: StoreWrites = {
  setPortStatus: (...values) => write({ name: 'setPortStatus', values }),
  setFailures: (...values) => write({ name: 'setFailures', values }),
  trimJournal: (...values) => write({ name: 'trimJournal', values }),
};

async function start(): Promise<{ northbound: Northbound; store: Store }> {
  const own = await openStore({ url: storeUrl, log, signal: giveUp.signal });
  // Commits of other processes, and of this thread, it hears of by itself.
  const onChange = (listener: () => void) => {
    const ends = [own.onChange(listener), commits.add(listener)];
    return () => {
      for (const end of ends) end();
    };
  };
  const store: Store = { ...own, onChange };
  try {
    const northbound = await Northbound.start({
      ...{ store, writes, remote, settings, metrics },
      log: log.child({ part: 'reconciler' }),
      ...(tls && { tls }),
      signal: giveUp.signal,
    });
    return { northbound, store };
  } catch (error) {
    await own.close();
    throw error;
  }
}
