/** The `sextant` command as people run it: a process of its own that talks to the API. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const MAIN = join(import.meta.dirname, '../../cli/main.ts');
const PATIENCE_MS = 30_000;
const exec = promisify(execFile);

/** The command failed; the message is what it said. */
export class SextantCommandError extends Error {
  override readonly name = 'SextantCommandError';
}

/**
 * Runs `sextant WORDS --format json` in a project.
 * @returns what it printed, parsed; undefined when it printed nothing
 * @throws SextantCommandError
 */
export async function sextantCommand(
  endpoint: string,
  projectId: string,
  ...words: readonly string[]
): Promise<unknown> {
  const env = { ...process.env, SEXTANT_ENDPOINT: endpoint };
  const args = [MAIN, '--project', projectId, ...words];
  try {
    const { stdout } = await exec(process.execPath, args, { env, timeout: PATIENCE_MS });
    return stdout.trim() === '' ? undefined : JSON.parse(stdout);
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    throw new SextantCommandError(`sextant ${words.join(' ')}: ${stderr?.trim() || String(error)}`);
  }
}
