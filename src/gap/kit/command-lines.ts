/** The command lines as people run them, `sextant` and `openstack`: processes of their own that talk to the API. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { withPatience } from '../../lab/index.ts';
import { isInstalled } from './programs.ts';

const MAIN = join(import.meta.dirname, '../../cli/main.ts');
const OPENSTACK = 'openstack';
const PATIENCE_MS = 60_000;
const exec = promisify(execFile);

/** The command failed; the message is what it said. */
export class CommandLineError extends Error {
  override readonly name = 'CommandLineError';
}

/**
 * Runs `sextant WORDS --format json` in a project.
 * @returns what it printed, parsed; undefined when it printed nothing
 * @throws CommandLineError
 */
export async function sextantCommand(
  endpoint: string,
  projectId: string,
  ...words: readonly string[]
): Promise<unknown> {
  const env = { ...process.env, SEXTANT_ENDPOINT: endpoint };
  return run('sextant', words, process.execPath, [MAIN, '--project', projectId, ...words], env);
}

/** Whether the `openstack` command is installed here. */
export const hasOpenstack = (): boolean => isInstalled(OPENSTACK);

/** Why evidence by the command line is lacking. */
export const NO_COMMAND =
  'The command line: there is no openstack command here, or without users nobody that it could be.';

/**
 * Runs `openstack WORDS`, which has the same words, as whom `environment` says.
 * @returns what it printed, parsed; undefined when it printed nothing
 * @throws CommandLineError
 */
export async function openstackCommand(
  environment: Readonly<Record<string, string>>,
  ...words: readonly string[]
): Promise<unknown> {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...environment };
  return run(OPENSTACK, words, OPENSTACK, words, env);
}

async function run(
  name: string,
  words: readonly string[],
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<unknown> {
  try {
    const { stdout } = await exec(program, args, { env, timeout: withPatience(PATIENCE_MS) });
    return stdout.trim() === '' ? undefined : JSON.parse(stdout);
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    throw new CommandLineError(`${name} ${words.join(' ')}: ${stderr?.trim() || String(error)}`);
  }
}
