/** Runs use cases against an API, several at a time, and reports. */
import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { Logger } from 'pino';
import { NeutronApiError, type NeutronClient, NoAnswerError } from '../client/index.ts';
import { withPatience } from '../lab/index.ts';
import {
  type Evidence,
  HostLab,
  type InstanceSite,
  type LabHost,
  NotConfiguredError,
  NotWiredError,
  Trial,
  type TriedCloud,
  UntriableError,
  type UseCase,
  verdictOf,
} from './kit/index.ts';
import type { GapProgress } from './progress.ts';
import { type CaseReport, type GapReport, REPORT_VERSION } from './report/gap-report.ts';
import { type UseCaseId, useCases } from './use-cases/registry.ts';

/** Two cores do not get done sooner with more. */
const CASES_AT_A_TIME = 3;

/** Of a cloud that claims nothing: what our own load held up there would be said of the cloud. And on one core. */
const FEWEST_CASES_AT_A_TIME = 1;

/** What any of the use cases takes on a slow machine, several times over. */
const LONGEST_CASE_MS = 600_000;

type RegisteredUseCase = UseCase<UseCaseId>;

/** The number of a run. */
export const newRun = (): string => randomBytes(3).toString('hex');

export interface GapOptions {
  /** URL of the API. */
  readonly endpoint: string;
  /** What is behind it, for the report. */
  readonly engine: string;
  /** A client that acts in a project of this id: as a member of it, or as an administrator. */
  clientFor(projectId: string, role: 'member' | 'admin'): NeutronClient;
  /** The switch that instances are plugged into; without it, and without a site, nothing can be tried. */
  readonly host?: LabHost | undefined;
  /** Those of further hosts, over which instances are spread. */
  readonly furtherHosts?: readonly LabHost[] | undefined;
  /** Where instances are, when that is no switch. */
  readonly site?: InstanceSite | undefined;
  /** Ids of the use cases to run; all when left out. */
  readonly cases?: readonly string[] | undefined;
  /** Whether the endpoint claims what Sextant claims, so that less is a failure. */
  readonly claims: boolean;
  /** What is known of the cloud; one that is not told of can all that Sextant can, and believes who one says one is. */
  readonly cloud?: TriedCloud | undefined;
  /** By which what is made is known; six hexadecimal digits that nobody else has. */
  readonly run?: string | undefined;
  /** Directory for captured frames; they are not kept when left out. */
  readonly outputDir?: string | undefined;
  /** Is told how the run goes. */
  progress(event: GapProgress): void;
  readonly log: Logger;
  readonly signal?: AbortSignal | undefined;
}

/** An id that no use case has. */
export class UnknownUseCaseError extends Error {
  override readonly name = 'UnknownUseCaseError';
}

/**
 * The use cases with these ids, in the table's order.
 * @throws UnknownUseCaseError
 */
export function selectUseCases(ids: readonly string[] | undefined): RegisteredUseCase[] {
  const known = useCases.map(({ id }) => id);
  const unknown = ids?.find((id) => !known.some((one) => one === id));
  if (unknown !== undefined) {
    throw new UnknownUseCaseError(`'${unknown}' is no use case. Known: ${known.join(', ')}`);
  }
  return useCases.filter(({ id }) => ids === undefined || ids.includes(id));
}

/**
 * Runs use cases; whatever they make is removed before it resolves or rejects.
 * @returns the report; once the signal is aborted, of what was tried until then
 * @throws UnknownUseCaseError before anything is made
 */
export async function runGap(options: GapOptions): Promise<GapReport> {
  const chosen = selectUseCases(options.cases);
  const [started, since] = [new Date(), performance.now()];
  const run = options.run ?? newRun();
  const reports = new Map<RegisteredUseCase, CaseReport>();
  const finished = new Set<RegisteredUseCase>();
  await using hostLab = options.host && new HostLab(options.host, options.log, options.furtherHosts);
  const site = options.site ?? hostLab;
  options.progress({ event: 'run-started', cases: chosen.map(({ id }) => id) });
  const queue = chosen.values();
  const begun: { useCase: RegisteredUseCase; finish: () => Promise<CaseOutcome> }[] = [];
  const end = async (useCase: RegisteredUseCase, finish: () => Promise<CaseOutcome>): Promise<void> => {
    const { report, interrupted } = await finish();
    reports.set(useCase, report);
    if (!interrupted) finished.add(useCase);
  };
  const work = async (): Promise<void> => {
    for (const useCase of queue) {
      if (options.signal?.aborted) return;
      const finish = await beginCase(useCase, run, options, site);
      if (useCase.gatherAlone === undefined) await end(useCase, finish);
      else begun.push({ useCase, finish });
    }
  };
  const isMany = options.claims && availableParallelism() > 1;
  const atATime = isMany ? CASES_AT_A_TIME : FEWEST_CASES_AT_A_TIME;
  const workers = await Promise.allSettled(Array.from({ length: atATime }, work));
  for (const { useCase, finish } of begun) await end(useCase, finish);
  for (const worker of workers) if (worker.status === 'rejected') throw worker.reason;
  const seconds = secondsSince(since);
  options.progress({ event: 'run-finished', seconds });
  const unfinished = chosen.filter((useCase) => !finished.has(useCase)).map(({ id }) => id);
  return {
    version: REPORT_VERSION,
    endpoint: options.endpoint,
    engine: options.engine,
    started: started.toISOString(),
    seconds,
    cases: chosen.flatMap((useCase) => reports.get(useCase) ?? []),
    ...(unfinished.length > 0 && { unfinished }),
  };
}

/** What became of a use case. */
interface CaseOutcome {
  readonly report: CaseReport;
  /** Whether the run was interrupted before it came to its end. */
  readonly interrupted: boolean;
}

/**
 * Does what may be done beside others.
 * @returns what does the rest, removes all that was made, and reports; it must be called
 */
async function beginCase(
  useCase: RegisteredUseCase,
  run: string,
  options: GapOptions,
  site: InstanceSite | undefined,
): Promise<() => Promise<CaseOutcome>> {
  const { id, title, claim, gather, gatherAlone, needs = [], untried: nowhere = [] } = useCase;
  const { limits = [] } = useCase;
  const missing = options.claims ? useCase.missing : [];
  const row = { id, title, missing, limits, untried: [], ...(options.claims && { claimed: claim }) };
  const refusal = options.cloud?.ipv6Refusal;
  if (refusal !== undefined) {
    const evidence = [{ ...IPV6_SUBNET, seen: refusal, ok: false, core: true }];
    options.progress({ event: 'case-finished', case: id, verdict: 'no', seconds: 0 });
    return async () => ({ report: { ...row, evidence, verdict: 'no', seconds: 0 }, interrupted: false });
  }

  options.progress({ event: 'case-started', case: id });
  const timeout = AbortSignal.timeout(withPatience(LONGEST_CASE_MS));
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
  const onEvidence = ({ what, ok }: Evidence): void => {
    options.progress({ event: 'evidence', case: id, what, ok });
  };
  const trial = Trial.begin({ id, run, options: { ...options, onEvidence }, site, signal });
  let untried: string | undefined;
  let broken = false;
  let seconds = 0;
  const attempt = async (part: (trial: Trial) => Promise<void>): Promise<void> => {
    const since = performance.now();
    try {
      signal.throwIfAborted();
      await part(trial);
    } catch (error) {
      broken = true;
      // Whatever it was that did not go on: an interruption is the reason.
      if (options.signal?.aborted) return;
      if (error instanceof UntriableError) untried = error.message;
      else if (!options.claims && !isAboutTheNetwork(error, site)) untried = brokeOff(error);
      else trial.failed(error);
    } finally {
      seconds += secondsSince(since);
    }
  };
  await attempt(async () => {
    trial.demand(...needs);
    await gather(trial);
  });
  return async () => {
    if (gatherAlone !== undefined && !broken) await attempt(gatherAlone);
    const interrupted = broken && (options.signal?.aborted ?? false);
    if (interrupted) untried = INTERRUPTED;
    const isCutOff =
      !options.claims && trial.evidence.some(({ ok }) => !ok) && !((await site?.answers()) ?? true);
    if (isCutOff) untried = SITE_GONE;
    const evidence = isCutOff ? trial.evidence.filter(({ ok }) => ok) : trial.evidence;
    await trial.end();
    // What nobody tries is missing of Sextant by its claim; of another cloud it is merely not known.
    const nowhereTried = options.claims ? [] : nowhere;
    const notTried = [...trial.untried, ...nowhereTried];
    const verdict = verdictOf({
      evidence,
      missing: [...missing, ...nowhereTried],
      untried,
      untriedParts: trial.untried,
    });
    if (!interrupted) options.progress({ event: 'case-finished', case: id, verdict, seconds });
    const { topology } = trial;
    const report = {
      ...row,
      missing: untried === undefined ? [...notTried, ...missing] : [untried, ...missing],
      untried: notTried,
      limits: [...limits, ...trial.notShown],
      verdict,
      ...(topology !== undefined && { topology }),
      evidence,
      seconds,
    };
    return { report, interrupted };
  };
}

/** What every use case begins with. */
const IPV6_SUBNET = { what: 'an IPv6 subnet is asked for', expected: 'it is made' };

/** Then nothing arrives anywhere, whatever the cloud would do. */
const SITE_GONE =
  'What instances were plugged into does not answer any more: what failed meanwhile says nothing.';

const INTERRUPTED = 'The run was interrupted before this was tried to its end.';

/**
 * Whether an error that broke a use case off says that the network does not do what it should. What else may happen, from
 * an API that fails in the middle to a fault in here, says nothing of whether the use case works. Nor does an address that
 * does not come where a server lies between: nothing shows that the server passed on what would have told of it.
 */
const isAboutTheNetwork = (error: unknown, site: InstanceSite | undefined): boolean =>
  error instanceof NotConfiguredError && !site?.hasServers;

function brokeOff(error: unknown): string {
  if (error instanceof NeutronApiError) {
    return `It could not go on: ${error.request} was answered with ${error.status} ${error.type}: ${error.message}`;
  }
  if (error instanceof NoAnswerError || error instanceof NotWiredError || error instanceof NotConfiguredError)
    return `It could not go on: ${error.message}`;
  return `It could not go on, for a reason of the analysis itself: ${error instanceof Error ? error.message : error}`;
}

/** By a clock that nobody puts right meanwhile. */
const secondsSince = (start: number): number => (performance.now() - start) / 1000;
