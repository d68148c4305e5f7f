/** `sextant gap`: every use case, tried with real packets. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Logger } from 'pino';
import {
  type GapReport,
  REPORT_FORMATS,
  type ReportFormat,
  renderReport,
  runGap,
  shortfalls,
  UnknownUseCaseError,
} from '../gap/index.ts';
import { connectionFlags } from './connection.ts';
import { CommandFailure, UsageError } from './errors.ts';
import type { GapCloudFlags } from './gap-cloud.ts';
import { openProgress, type ProgressKind } from './gap-progress.ts';
import { type GapTarget, type HostsFlag, openGapTarget } from './gap-target.ts';
import { interruptible } from './interruptible.ts';
import { openLog } from './log.ts';
import type { Terminal } from './terminal.ts';

/** The flags of `sextant gap`. */
export interface GapFlags extends GapCloudFlags, HostsFlag {
  case: string[];
  format: ReportFormat;
  output?: string;
  progress: ProgressKind;
}

/** @param command with the flags that `addGapCommand` gave it */
export async function gap(command: Command, terminal: Terminal): Promise<void> {
  const flags = command.opts<GapFlags>();
  const log = openLog('warn');
  await interruptible(async (signal) => {
    await using target = await openGapTarget(connectionFlags(command), flags, terminal, log, signal);
    const report = await analyse(target, flags, terminal, log, signal);
    terminal.out(renderReport(report, flags.format, textOptions(terminal)));
    signal.throwIfAborted();
    demandClaims(report);
  });
}

/** How a report as table looks here. */
export const textOptions = ({ color, width }: Terminal): { color: boolean; width?: number } =>
  width === undefined ? { color } : { color, width };

/**
 * Runs the use cases and writes what is to be kept, once the signal is aborted of what was tried until then.
 * @throws UsageError for a use case that there is not
 */
export async function analyse(
  target: GapTarget,
  flags: Pick<GapFlags, 'case' | 'output' | 'progress'>,
  terminal: Terminal,
  log: Logger,
  signal: AbortSignal,
): Promise<GapReport> {
  const { case: cases, output: outputDir } = flags;
  using progress = openProgress(flags.progress, terminal);
  try {
    const report = await runGap({
      ...target,
      cases: cases.length === 0 ? undefined : cases,
      outputDir,
      progress: (event) => progress.show(event),
      log,
      signal,
    });
    if (outputDir !== undefined) keep(report, outputDir);
    return report;
  } catch (error) {
    if (error instanceof UnknownUseCaseError) throw new UsageError(error.message);
    throw error;
  }
}

/** @throws CommandFailure that names the rows that are less than what is claimed */
export function demandClaims(report: GapReport): void {
  const short = shortfalls(report);
  if (short.length === 0) return;
  throw new CommandFailure(`Less than claimed: ${short.map(({ id }) => id).join(', ')}.`);
}

const SUFFIXES: Readonly<Record<ReportFormat, string>> = {
  table: 'txt',
  json: 'json',
  md: 'md',
  rst: 'rst',
  html: 'html',
  junit: 'junit.xml',
};

/** The report in every format, beside the captured frames. */
function keep(report: GapReport, directory: string): void {
  mkdirSync(directory, { recursive: true });
  for (const format of REPORT_FORMATS) {
    writeFileSync(join(directory, `gap.${SUFFIXES[format]}`), renderReport(report, format));
  }
}
