/** The `sextant` command: all commands, and what their outcome means for the exit status. */
import { createRequire } from 'node:module';
import { Command, CommanderError } from 'commander';
import { CloudError, EndpointError, KeystoneError, NeutronApiError, NoAnswerError } from '../client/index.ts';
import { addAttachCommands } from './attach-command.ts';
import { addAutoAllocatedTopologyCommands } from './auto-allocated-topology.ts';
import { addBenchCommand } from './bench-command.ts';
import { addCloudConfigCommand } from './cloud-config.ts';
import { addCompletionCommands } from './completion.ts';
import { addConnectionFlags } from './connection.ts';
import { addDemoCommand } from './demo-command.ts';
import { CommandFailure, InterruptedError, UsageError } from './errors.ts';
import { addGapCommand } from './gap-command.ts';
import { addHostCommand } from './host-command.ts';
import { addLabCommands } from './lab-command.ts';
import { addQuotaCommands } from './quota.ts';
import { addBgpSpeakerCommands } from './resource/bgp-speakers.ts';
import { addResourceCommands } from './resource/commands.ts';
import { addPortForwardingCommands } from './resource/port-forwardings.ts';
import { addQosRuleCommands } from './resource/qos-rules.ts';
import { addRouterInterfaceCommands } from './resource/router-interfaces.ts';
import { addServeCommand } from './serve.ts';
import { addShortListCommands } from './short-lists.ts';
import { addStatusCommand } from './status.ts';
import { addStopCommand } from './stop.ts';
import type { Terminal } from './terminal.ts';

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

/** Exit statuses. */
export const STATUS = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

export function buildProgram(terminal: Terminal): Command {
  const program = new Command('sextant')
    .description('IPv6-first virtual networking: the Neutron API outside, OVN inside.')
    .version(version, '--version', 'print the version of Sextant')
    .enablePositionalOptions()
    .showHelpAfterError('Add --help for how it is used.')
    .exitOverride()
    .configureOutput({
      writeOut: terminal.out,
      writeErr: terminal.err,
      outputError: (text, write) => write(text.replace(/^error: /, 'sextant: ')),
    });
  addConnectionFlags(program);
  addResourceCommands(program.commandsGroup('Networks:'), terminal);
  addRouterInterfaceCommands(program, terminal);
  addPortForwardingCommands(program, terminal);
  addQosRuleCommands(program, terminal);
  addBgpSpeakerCommands(program, terminal);
  addAutoAllocatedTopologyCommands(program, terminal);
  addQuotaCommands(program, terminal);
  addShortListCommands(program, terminal);
  addServeCommand(program.commandsGroup('Service:'));
  addStopCommand(program, terminal);
  addStatusCommand(program, terminal);
  addCloudConfigCommand(program, terminal);
  addHostCommand(program, terminal);
  addAttachCommands(program, terminal);
  addDemoCommand(program, terminal);
  addGapCommand(program, terminal);
  addLabCommands(program, terminal);
  addBenchCommand(program, terminal);
  addCompletionCommands(program.commandsGroup('Other:'), terminal);
  return program;
}

/**
 * Runs a command line.
 * @param words those after `sextant`
 * @returns the exit status: 0 done, 1 it could not be done, 2 the command line is wrong, 130 interrupted
 */
export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  try {
    await buildProgram(terminal).parseAsync(words, { from: 'user' });
    return STATUS.done;
  } catch (error) {
    // Commander has printed its own.
    if (error instanceof CommanderError) return error.exitCode === 0 ? STATUS.done : STATUS.usage;
    if (error instanceof UsageError || error instanceof EndpointError) {
      terminal.err(`sextant: ${error.message}\n`);
      return STATUS.usage;
    }
    if (error instanceof InterruptedError) {
      terminal.err(`sextant: ${error.message}\n`);
      return STATUS.interrupted;
    }
    terminal.err(`sextant: ${explain(error)}\n`);
    return STATUS.failed;
  }
}

/** An error that users can meet, in a line or two; a fault of our own with its stack. */
function explain(error: unknown): string {
  if (error instanceof NeutronApiError) return `${error.message} (${error.status} ${error.type})`;
  if (error instanceof NoAnswerError) {
    return `${error.message}\n"sextant serve" starts one; --endpoint or SEXTANT_ENDPOINT names another.`;
  }
  if (error instanceof CommandFailure || error instanceof CloudError || error instanceof KeystoneError) {
    return error.message;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
