/** `sextant stop`: ends what goes on when the service ends. */
import { join } from 'node:path';
import type { Command } from 'commander';
import { readHostState } from './host-state.ts';
import { configurationFor } from './serve.ts';
import type { Terminal } from './terminal.ts';

export function addStopCommand(program: Command, terminal: Terminal): void {
  program
    .command('stop')
    .description(
      'End all that runs on a state directory, of a service or of a host: the service, if it runs, the host process, OVN and its switch. Instances are unplugged; what the API was told stays.',
    )
    .option('--config <file>', 'configuration of the service, YAML')
    .option('--state <directory>', 'state directory of the service (default: ./.sextant)')
    .addHelpText('after', '\nExample:\n  sextant stop --state /var/lib/sextant')
    .action(async (flags: { config?: string; state?: string }) => {
      const { endEngine, giveMachineBack } = await import('../engine/index.ts');
      const { stateDir } = configurationFor(flags);
      const { server, processes } = await endEngine(join(stateDir, 'engine'));
      const host = readHostState(stateDir);
      if (host) giveMachineBack(host);
      const ended = [...(server === undefined ? [] : [`the service (process ${server})`]), ...processes];
      terminal.out(
        ended.length === 0
          ? `Nothing runs on ${stateDir}.\n`
          : `Ended on ${stateDir}: ${ended.join(', ')}.\n`,
      );
    });
}
