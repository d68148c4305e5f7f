/**
 * What is from a subnet comes to a router by its interface there, or is forged (RFC 2827, RFC 3704 section 2.2): an
 * instance's guard knows what is from whom on its own link alone, and behind a router there are others' networks.
 */
import type { PlannedRow } from '../../reconciler/plan.ts';
import { routerPortName, routerRef } from '../names.ts';
import type { RouterPortRecord, RouterRecord } from './record.ts';

/** What a rule lets through, none below it drops. */
const [EXPECTED, FORGED] = [32_001, 32_000];

/** The router's own policies: for each of its subnets, from where it expects what is from there. */
export function planSourceChecks({ id, interfaces, gateway }: RouterRecord): PlannedRow[] {
  const ports = gateway === undefined ? interfaces : [...interfaces, gateway];
  return ports.flatMap((port) =>
    port.fixedIps.flatMap(({ address, subnet: { family, prefix } }) => {
      const source = `ip${family}.src == ${prefix}`;
      const from = ({ portId }: RouterPortRecord) => `inport == "${routerPortName(portId)}" && ${source}`;
      // What was translated, and comes back from there to be translated once more.
      const returning = family === 4 && gateway !== undefined && gateway !== port ? [from(gateway)] : [];
      // What the router answers itself goes on as if it had come in where the question did.
      const expected = [from(port), `ip${family}.src == ${address}`, ...returning];
      return [
        ...expected.map((match): PlannedRow => policy(id, EXPECTED, match, 'allow')),
        policy(id, FORGED, source, 'drop'),
      ];
    }),
  );
}

const policy = (routerId: string, priority: number, match: string, action: 'allow' | 'drop'): PlannedRow => ({
  table: 'Logical_Router_Policy',
  key: `${action}/${match}`,
  columns: { priority, match, action },
  parent: routerRef(routerId),
});
