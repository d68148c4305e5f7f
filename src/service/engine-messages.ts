/** What the API's thread and that of the engine say to each other. */
import type { EngineSettings, ReconcilerStatus, StoreWrites } from '../engine/index.ts';
import type { MetricFamily } from '../metrics/index.ts';
import type { Configuration } from './configuration.ts';

/** What the engine's thread is started with. */
export interface EngineThreadData {
  readonly storeUrl: string;
  /** OVSDB remotes of the northbound database. */
  readonly remote: string;
  readonly tls: Configuration['engine']['tls'];
  readonly settings: EngineSettings;
  /** Least level of what is logged. */
  readonly logLevel: string;
}

/** What is asked of the engine's thread, and what comes of it. */
export interface EngineAnswers {
  status: { readonly reconciler: ReconcilerStatus; readonly ovnVersion: string | undefined };
  metrics: MetricFamily[];
  settled: undefined;
  /** It stops; nothing is answered after that. */
  stop: undefined;
}

export type EngineQuestion = keyof EngineAnswers;

/** Something to be written into the store: the API's thread alone does that. */
export type StoreWrite = {
  readonly [Name in keyof StoreWrites]: {
    readonly name: Name;
    readonly values: Readonly<Parameters<StoreWrites[Name]>>;
  };
}[keyof StoreWrites];

/** To the engine's thread. */
export type ToEngine =
  | {
      readonly kind: 'written';
      readonly id: number;
      readonly error: Error | undefined;
      /** Whether it is a StoreFullError: errors go from thread to thread without their class. */
      readonly isFull: boolean;
    }
  | { readonly kind: 'question'; readonly id: number; readonly question: EngineQuestion }
  /** The store of this process has committed. */
  | { readonly kind: 'committed' };

/** From the engine's thread. */
export type FromEngine =
  /** It follows the store, or never will. */
  | { readonly kind: 'started'; readonly ovnVersion: string | undefined; readonly error: Error | undefined }
  | {
      readonly kind: 'answer';
      readonly id: number;
      readonly answer: unknown;
      readonly error: Error | undefined;
    }
  | { readonly kind: 'write'; readonly id: number; readonly write: StoreWrite }
  /** A line for the log, as it is written. */
  | { readonly kind: 'log'; readonly line: string };
