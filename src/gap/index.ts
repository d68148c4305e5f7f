export { type DemoInstance, DemoTopology } from './demo-topology.ts';
export type { Evidence } from './evidence.ts';
export type { HostFacts } from './host-lab.ts';
export { type ReportFormat, renderReport, reportFormats } from './report/render.ts';
export { type CaseReport, type Report, shortfalls, tally } from './report/report.ts';
export { type GapOptions, runGap, UnknownUseCaseError } from './runner.ts';
export type { UseCase, UseCaseId } from './use-case.ts';
export { useCases } from './use-cases/index.ts';
export type { Verdict } from './verdict.ts';
