/** `sextant serve`: the service in the foreground. */

import type { Command } from 'commander';
import {
  ConfigurationError,
  configurationKeys,
  loadConfiguration,
  type Overrides,
} from '../service/index.ts';
import { CommandFailure, UsageError } from './errors.ts';
import { untilStopped } from './until-stopped.ts';

/** Reads the configuration; what is wrong with it is the user's to mend. */
export function configurationFor(overrides: Overrides): ReturnType<typeof loadConfiguration> {
  try {
    return loadConfiguration(overrides, process.env);
  } catch (error) {
    if (error instanceof ConfigurationError) throw new UsageError(error.message);
    throw error;
  }
}

async function serve(overrides: Overrides): Promise<void> {
  const configuration = configurationFor(overrides);
  // Loaded when needed: other commands start in half the time without.
  const { startService } = await import('../service/index.ts');
  const { StateDirectoryError } = await import('../engine/index.ts');
  const { openLog } = await import('./log.ts');
  const log = openLog(configuration.logLevel);
  try {
    await untilStopped(log, (signal) => startService(configuration, log, signal));
  } catch (error) {
    if (error instanceof StateDirectoryError) throw new CommandFailure(error.message);
    throw error;
  }
}

const keysHelp = configurationKeys
  .map(
    ({ path, variable, preset, doc }) =>
      `  ${path} (${variable}${preset ? `, default ${preset}` : ''})\n      ${doc}`,
  )
  .join('\n');

export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .description('Run the service: the API, and OVN on this machine unless the configuration names another.')
    .option('--config <file>', 'configuration, YAML')
    .option('--listen <address:port>', 'where the API listens (default: [::1]:9696)')
    .option('--state <directory>', 'what must outlive the service (default: ./.sextant)')
    .option(
      '--end-together',
      'end OVN, its switch and the host process with the service, whatever way it ends; else they go on, and the next start adopts them',
    )
    .option('--log-level <level>', 'fatal, error, warn, info, debug or trace (default: info)')
    .addHelpText(
      'after',
      `\nKeys of the configuration, and the environment variables over them:\n${keysHelp}\n\nExample:\n  sextant serve --state /var/lib/sextant`,
    )
    .action(serve);
}
