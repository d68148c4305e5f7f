/**
 * The gap analysis: which IPv6 use cases work on a VIM, shown by real packets.
 *
 * In go the endpoint of an API that speaks Neutron, clients that act as members and administrators of projects there,
 * and the local switch to plug instances into; out come a report, in several formats, and captured frames. It uses
 * public APIs alone and knows nothing of what is behind them.
 *
 * Begin at `runGap` (`runner.ts`), which runs the use cases of `use-cases/registry.ts`, several at a time. A use case is
 * a file, or a folder when it has parts, made with what `kit/` offers: `use-cases/v6-only.ts` is a short one. What they
 * saw becomes verdicts, and those a report (`report/`). What is not Sextant is looked at first (`cloud/`): what its API can
 * do, who we are there, which host this is. Where that is none of the cloud's, Nova boots servers (`servers/`). `DemoTopology` is what `sextant demo` leaves for people to try.
 */
export { findLeftovers, type Leftover, removeLeftovers } from './cloud/clean.ts';
export { findHypervisor, findTapHost, NotAHostError } from './cloud/hypervisor.ts';
export { refusalOfIpv6 } from './cloud/ipv6-support.ts';
export { answerMs, givenProjects, makeProjects, type Projects } from './cloud/projects.ts';
export {
  measurePatience,
  planOf,
  type Rights,
  type Survey,
  surveyCloud,
  tightQuotas,
} from './cloud/survey.ts';
export { type DemoInstance, DemoTopology } from './demo-topology.ts';
export {
  type CaseVerdict,
  type Evidence,
  HostLab,
  type InstanceSite,
  type LabHost,
  NAME_PREFIX,
  type Project,
  TapSite,
  type TriedCloud,
  type UseCase,
} from './kit/index.ts';
export type { GapProgress } from './progress.ts';
export { compareReports } from './report/compare/compare-reports.ts';
export {
  type ComparisonFormat,
  renderComparison,
} from './report/compare/render-comparison.ts';
export { type CaseReport, type GapReport, remarks, score, shortfalls, tally } from './report/gap-report.ts';
export { markdownCell } from './report/markdown.ts';
export { parseReport, ReportError } from './report/parse-report.ts';
export { REPORT_FORMATS, type ReportFormat, renderReport } from './report/render.ts';
export { shortcomingOf, untriedOf } from './report/shortcomings.ts';
export { type GapOptions, newRun, runGap, UnknownUseCaseError } from './runner.ts';
export {
  chooseServers,
  openServers,
  type ServerChoice,
  ServerChoiceError,
  serverPlan,
  tightRoom,
} from './servers/open-servers.ts';
export { UnreachableError } from './servers/reach.ts';
export { ServerSite } from './servers/server-site.ts';
export { type UseCaseId, useCases } from './use-cases/registry.ts';
