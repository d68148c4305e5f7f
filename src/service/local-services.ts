/**
 * The services on this machine, as files under /run/sextant/services: whoever is told an API's URL finds the switch
 * that instances are to be plugged into, and the process to be measured.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const DIRECTORY = '/run/sextant/services';

/** What others on the machine may know of a service. */
export interface LocalService {
  readonly endpoint: string;
  readonly pid: number;
  /** OVSDB remote of the northbound database. */
  readonly northbound: string;
  /** The switch of an embedded engine; null with an external one. */
  readonly host: {
    readonly switchDatabase: string;
    /** Network namespace of the switch; null is the machine's. */
    readonly namespace: string | null;
    readonly rundir: string;
    /** The file with what security groups let through and drop, as far as it is logged. */
    readonly securityGroupLog: string;
  } | null;
}

/**
 * Makes a service of this process known. Returns how to take that back.
 * @throws Error when the directory cannot be written, which takes root
 */
export function announce(service: LocalService, directory = DIRECTORY): () => void {
  mkdirSync(directory, { recursive: true });
  const file = fileOf(directory, service);
  writeFileSync(`${file}.new`, JSON.stringify(service));
  renameSync(`${file}.new`, file);
  return () => rmSync(file, { force: true });
}

/** The living service of this URL, if it is on this machine. What dead ones left is removed. */
export function findLocalService(endpoint: string, directory = DIRECTORY): LocalService | undefined {
  const root = rootOf(endpoint);
  return root === undefined
    ? undefined
    : livingServices(directory).find((service) => rootOf(service.endpoint) === root);
}

/** The living service of this process. */
export const findServiceOfProcess = (pid: number): LocalService | undefined =>
  livingServices(DIRECTORY).find((service) => service.pid === pid);

function livingServices(directory: string): LocalService[] {
  let names: string[];
  try {
    names = readdirSync(directory).filter((name) => name.endsWith('.json'));
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    const service = readService(join(directory, name));
    if (service === undefined) return [];
    if (isAlive(service.pid)) return [service];
    rmSync(fileOf(directory, service), { force: true });
    return [];
  });
}

/** Undefined for one that has ended since the directory was read. */
function readService(file: string): LocalService | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** One process may serve several, in tests. */
const fileOf = (directory: string, { pid, endpoint }: LocalService): string =>
  join(directory, `${pid}-${new URL(endpoint).port}.json`);

/** Scheme, host and port; all names of loopback are one. Undefined for an address with a zone: no service is told so. */
function rootOf(endpoint: string): string | undefined {
  const url = URL.parse(endpoint);
  if (url === null) return undefined;
  const { protocol, hostname, port } = url;
  const isLoopback = hostname === 'localhost' || hostname === '[::1]' || hostname === '127.0.0.1';
  return `${protocol}//${isLoopback ? 'localhost' : hostname}:${port}`;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is another user's, and alive.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
