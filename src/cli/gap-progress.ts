/** How the gap analysis goes, on standard error: live rows in a terminal, lines elsewhere, JSON for programs. */
import { setInterval } from 'node:timers';
import type { GapProgress } from '../gap/index.ts';
import type { Terminal } from './terminal.ts';

/** `auto` is live rows in a terminal and lines elsewhere. */
export const PROGRESS_KINDS = ['auto', 'lines', 'json', 'none'] as const;
export type ProgressKind = (typeof PROGRESS_KINDS)[number];

/** Is told how it goes; disposing of it leaves standard error to others. */
export interface ProgressView extends Disposable {
  show(event: GapProgress): void;
}

const REDRAW_MS = 1000;
/** Puts the cursor so many lines up, at the first column, and clears from there. */
const back = (lines: number): string => (lines === 0 ? '' : `\u001b[${lines}F\u001b[J`);

export function openProgress(kind: ProgressKind, terminal: Terminal): ProgressView {
  switch (kind) {
    case 'auto':
      return terminal.errWidth === undefined ? lineView(terminal) : liveView(terminal, terminal.errWidth);
    case 'lines':
      return lineView(terminal);
    case 'json':
      return view((event) => terminal.err(`${JSON.stringify(event)}\n`));
    case 'none':
      return view(() => {});
  }
}

const lineView = (terminal: Terminal): ProgressView =>
  view((event) => {
    const line = lineOf(event);
    if (line !== undefined) terminal.err(`${line}\n`);
  });

const view = (show: ProgressView['show']): ProgressView => ({ show, [Symbol.dispose]: () => {} });

function lineOf(event: GapProgress): string | undefined {
  if (event.event === 'case-started') return `${event.case}: started`;
  if (event.event !== 'case-finished') return undefined;
  return `${event.case}: ${event.verdict} after ${event.seconds.toFixed(1)} s`;
}

/** What is under way stands in rows at the bottom, which are drawn anew; what is done scrolls up. */
function liveView(terminal: Terminal, width: number): ProgressView {
  const rows = new ProgressRows();
  let drawn = 0;
  const draw = (above = ''): void => {
    const lines = rows.lines(performance.now()).map((line) => `${line.slice(0, width - 1)}\n`);
    terminal.err(`${back(drawn)}${above}${lines.join('')}`);
    drawn = lines.length;
  };
  const timer = setInterval(draw, REDRAW_MS);
  return {
    show(event) {
      rows.note(event, performance.now());
      const line = event.event === 'case-finished' ? lineOf(event) : undefined;
      draw(line === undefined ? '' : `${line}\n`);
    },
    [Symbol.dispose]() {
      clearInterval(timer);
      terminal.err(back(drawn));
    },
  };
}

/** A use case that is under way. */
interface Running {
  readonly since: number;
  seen: number;
  failed: number;
  /** What was seen last. */
  last: string;
}

/** The rows of what is under way, without a terminal. */
export class ProgressRows {
  readonly #running = new Map<string, Running>();
  #total = 0;
  #done = 0;

  /** @param now milliseconds */
  note(event: GapProgress, now: number): void {
    switch (event.event) {
      case 'run-started':
        this.#total = event.cases.length;
        break;
      case 'case-started':
        this.#running.set(event.case, { since: now, seen: 0, failed: 0, last: '' });
        break;
      case 'evidence': {
        const running = this.#running.get(event.case);
        if (running === undefined) break;
        running.seen++;
        if (!event.ok) running.failed++;
        running.last = event.what;
        break;
      }
      case 'case-finished':
        this.#running.delete(event.case);
        this.#done++;
        break;
      case 'run-finished':
        this.#running.clear();
    }
  }

  /** A row for each, and one for all. */
  lines(now: number): string[] {
    if (this.#running.size === 0) return [];
    const rows = Array.from(this.#running, ([id, { since, seen, failed, last }]) => {
      const seconds = `${((now - since) / 1000).toFixed(0)} s`.padStart(5);
      const count = failed === 0 ? `${seen}` : `${seen}, ${failed} not as expected`;
      return `${seconds}  ${id}: ${[count, last].filter(Boolean).join(': ')}`;
    });
    return [...rows, `       ${this.#done} of ${this.#total} done`];
  }
}
