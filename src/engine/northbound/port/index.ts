/** Ports: logical switch ports, and logical router ports for those of routers. */
import type { Unit } from '../unit.ts';
import { planPort } from './plan.ts';
import { type PortSource, readPorts } from './read.ts';
import { type PortRecord, portRecord } from './record.ts';

export const portUnit: Unit<PortSource> = {
  kind: 'port',
  table: 'ports',
  read: readPorts,
  plan: (source, settings) => planPort(portRecord(source), settings),
};

export { type PortRecord, portRecord, readPorts };
