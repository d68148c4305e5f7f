/** What runs of other people's clients came to, kept beside the tests for the page on compatibility. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const directory = new URL('./results/', import.meta.url);

/** The runs there are, in the order of the page. */
export const RUNS = ['tempest', 'neutron-tempest-plugin', 'openstacksdk', 'gophercloud', 'horizon'] as const;
export type RunName = (typeof RUNS)[number];

/** What a run came to. */
export interface RunResult {
  /** Of the Debian package that was run. */
  readonly version: string;
  /** The day, as 2026-11-30. */
  readonly date: string;
  readonly pass: number;
  readonly fail: number;
  readonly skip: number;
}

/** Puts down what a run came to, today, with this version of a Debian package. */
export async function record(
  name: RunName,
  debianPackage: string,
  counts: Pick<RunResult, 'pass' | 'fail' | 'skip'>,
): Promise<void> {
  // The format's own brackets, not a template.
  const { stdout } = await run('dpkg-query', ['--show', '--showformat=$' + '{Version}', debianPackage]);
  const result: RunResult = {
    version: stdout.trim(),
    date: new Date().toISOString().slice(0, 10),
    ...counts,
  };
  await mkdir(directory, { recursive: true });
  await writeFile(new URL(`${name}.json`, directory), `${JSON.stringify(result, undefined, 2)}\n`);
}

export const readResult = (name: RunName): RunResult =>
  JSON.parse(readFileSync(new URL(`${name}.json`, directory), 'utf8')) as RunResult;
