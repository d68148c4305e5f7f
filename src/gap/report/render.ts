/** A report in any of its formats. */

import type { GapReport } from './gap-report.ts';
import { renderHtml } from './html/report-page.ts';
import { renderJunit } from './junit.ts';
import { renderMarkdown } from './markdown.ts';
import { renderRst } from './rst.ts';
import type { TextOptions } from './terminal-text.ts';
import { renderText } from './text-table.ts';

export const REPORT_FORMATS = ['table', 'json', 'md', 'rst', 'html', 'junit'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** The report as text, with a line break at its end. `options` are for `table`. */
export function renderReport(report: GapReport, format: ReportFormat, options: TextOptions = {}): string {
  switch (format) {
    case 'table':
      return renderText(report, options);
    case 'json':
      return `${JSON.stringify(report, null, 2)}\n`;
    case 'md':
      return renderMarkdown(report);
    case 'rst':
      return renderRst(report);
    case 'html':
      return renderHtml(report);
    case 'junit':
      return renderJunit(report);
  }
}
