export { type DemoInstance, DemoTopology } from './demo-topology.ts';
export type { CaseVerdict } from './kit/case-verdict.ts';
export type { Evidence } from './kit/evidence.ts';
export type { LabHost } from './kit/host-lab.ts';
export type { UseCase } from './kit/use-case.ts';
export { type CaseReport, type GapReport, shortfalls, tally } from './report/gap-report.ts';
export { type ReportFormat, renderReport, reportFormats } from './report/render.ts';
export { type GapOptions, runGap, UnknownUseCaseError } from './runner.ts';
export { type UseCaseId, useCases } from './use-cases/registry.ts';
