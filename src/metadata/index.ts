/**
 * What an instance is told about itself, in the documents of OpenStack's metadata service and of EC2's: pure.
 *
 * In goes a {@link Machine}; out come documents by their paths. Begin with `machine.ts`.
 */
export type { Machine, MachinePort } from './machine.ts';
export { metadataAt } from './metadata.ts';
