/** The engine's database files: made from the packages' schemas, converted when a newer release brings newer ones. */
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Logger } from 'pino';
import { searchPath } from './programs.ts';

const run = promisify(execFile);

/** A database of the engine. */
export interface DatabaseDefinition {
  /** What the log calls it. */
  title: string;
  /** Its name in the schema: `OVN_Northbound`. */
  database: string;
  /** File with the schema that the installed package brings, from its prefix. */
  schema: string;
  /** Whether all that Sextant needs of it is made from the store again: one that cannot be read begins anew then. */
  isDerived: boolean;
}

export const NORTHBOUND: DatabaseDefinition = {
  title: 'northbound database',
  database: 'OVN_Northbound',
  schema: 'share/ovn/ovn-nb.ovsschema',
  isDerived: true,
};
export const SOUTHBOUND: DatabaseDefinition = {
  title: 'southbound database',
  database: 'OVN_Southbound',
  schema: 'share/ovn/ovn-sb.ovsschema',
  isDerived: true,
};
export const SWITCH: DatabaseDefinition = {
  title: 'switch database',
  database: 'Open_vSwitch',
  schema: 'share/openvswitch/vswitch.ovsschema',
  isDerived: false,
};

/** A database that cannot be used. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
}

/** Version of the schema that is installed; empty when there is none. */
export function installedSchema({ schema }: DatabaseDefinition, prefix: string): string {
  const file = join(prefix, schema);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version : '';
}

/**
 * Makes the database's file when it is missing, and converts it when the installed schema is newer. One that is
 * newer than the schema is left as it is: the daemons of an older release work with it. One that cannot be read is
 * put aside when it is derived, as `<file>.unreadable`.
 * @throws DatabaseError when the package is not installed, or the file is not this database and is not derived
 */
export async function prepareDatabase(
  file: string,
  definition: DatabaseDefinition,
  prefix: string,
  log: Logger,
): Promise<void> {
  const { title, schema: path, isDerived } = definition;
  const schema = join(prefix, path);
  const tool = (...args: string[]) => run('ovsdb-tool', args, { env: { PATH: searchPath(prefix) } });
  if (!existsSync(schema)) {
    throw new DatabaseError(
      `${schema} is missing: install the packages openvswitch-switch, ovn-central and ovn-host, or say in engine.programs where OVN is`,
    );
  }
  if (!existsSync(file)) return createDatabase(file, schema, tool);
  try {
    chmodSync(file, 0o600);
    const present = await versionOf(file, definition, tool);
    const version = installedSchema(definition, prefix);
    if (compareVersions(present, version) >= 0) return;
    await tool('convert', file, schema);
    log.info({ file, from: present, to: version }, `${title} converted to schema ${version}`);
  } catch (error) {
    const reason = (error as { stderr?: string }).stderr?.trim() || (error as Error).message;
    if (!isDerived) {
      throw new DatabaseError(
        `${title} ${file} cannot be used: ${reason}. Move the file away to begin with an empty one`,
      );
    }
    const aside = `${file}.unreadable`;
    renameSync(file, aside);
    log.error(
      { file, aside, reason },
      `${title} cannot be read: it is put aside, and made again from the store`,
    );
    await createDatabase(file, schema, tool);
  }
}

type Tool = (...args: string[]) => Promise<{ stdout: string }>;

/** @throws Error when the file is no database, or another one */
async function versionOf(file: string, { database }: DatabaseDefinition, tool: Tool): Promise<string> {
  const { stdout: name } = await tool('db-name', file);
  if (name.trim() !== database) throw new Error(`it is the database ${name.trim()}`);
  const { stdout: version } = await tool('db-version', file);
  return version.trim();
}

/** Compares two schema versions, `x.y.z`: negative when `a` is older. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a.split('.').map(Number), b.split('.').map(Number)];
  for (const part of [0, 1, 2]) {
    const difference = (left[part] ?? 0) - (right[part] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Makes it under another name first, so that a crash leaves no half of a database. */
async function createDatabase(file: string, schema: string, tool: Tool): Promise<void> {
  const unfinished = `${file}.new`;
  rmSync(unfinished, { force: true });
  await tool('create', unfinished, schema);
  chmodSync(unfinished, 0o600);
  renameSync(unfinished, file);
  rmSync(join(dirname(file), `.${basename(unfinished)}.~lock~`), { force: true });
}
