/** `sextant demo`: the whole thing on one machine, and nothing left of it afterwards. */

import { removeAbandonedEngines } from '../engine/index.ts';
import { type DemoInstance, DemoTopology, renderReport } from '../gap/index.ts';
import { Lab } from '../lab/index.ts';
import { ConfigurationError, type Service } from '../service/index.ts';
import { CommandFailure, UsageError } from './errors.ts';
import { analyse, demandClaims, textOptions } from './gap.ts';
import { serviceTarget } from './gap-target.ts';
import { interruptible } from './interruptible.ts';
import { openLog } from './log.ts';
import { drawTable } from './output/table.ts';
import { startPrivateService } from './private-service.ts';
import type { Terminal } from './terminal.ts';

/** The flags of `sextant demo`. */
export interface DemoFlags {
  case: string[];
  exit?: true;
  listen: string;
  output?: string;
}

export async function demo(flags: DemoFlags, terminal: Terminal): Promise<void> {
  const log = openLog('warn');
  const say = (line: string): void => terminal.err(`${line}\n`);
  await interruptible(async (signal) => {
    // What a demo that was killed has left would only confuse.
    await Lab.clean(log);
    await removeAbandonedEngines();
    say('starting Sextant with an OVN of its own');
    await using target = serviceTarget(await start(flags.listen, log));
    if (!target.host) throw new CommandFailure('There is no local switch.');
    say('building two tenants, red and blue, with two networks and two instances each');
    await using topology = await DemoTopology.build({ ...target, host: target.host, log, signal });
    say('trying the use cases with real packets');
    const report = await analyse(target, { ...flags, progress: 'auto' }, terminal, log, signal);
    terminal.out(renderReport(report, 'table', textOptions(terminal)));
    signal.throwIfAborted();
    if (!flags.exit) {
      terminal.out(whereabouts(target.endpoint, topology.instances));
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      return;
    }
    demandClaims(report);
  });
}

async function start(listen: string, log: Parameters<typeof startPrivateService>[0]): Promise<Service> {
  try {
    return await startPrivateService(log, { listen });
  } catch (error) {
    if (error instanceof ConfigurationError) throw new UsageError(error.message);
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new CommandFailure(`Somebody listens on ${listen} already: end that, or give --listen [::1]:9797.`);
  }
}

/** What is up, and what to try. */
function whereabouts(endpoint: string, instances: readonly DemoInstance[]): string {
  const rows = instances.map(({ project, name, network, namespace, addresses }) => [
    project,
    name,
    network,
    namespace,
    addresses.join('\n'),
  ]);
  const [from, to] = instances;
  return `
The API is at ${endpoint} (OpenAPI: ${endpoint}/openapi.json). Two tenants are up:
${drawTable(['Project', 'Instance', 'Network', 'Namespace', 'Addresses'], rows)}
Try, in another shell:
  ip netns exec ${from?.namespace} ping -c 3 ${to?.addresses[0]}
  npm run -s sextant -- --project red port list
Ctrl-C ends it, and nothing is left.
`;
}
