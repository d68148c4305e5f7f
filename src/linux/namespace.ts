/**
 * Network namespaces by name, as `ip netns` keeps them: a namespace is alive as long as it is mounted on a file
 * in /run/netns, or a process is in it, or a socket made in it is open.
 */
import { closeSync, mkdirSync, openSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import {
  CLONE_NEWNET,
  MNT_DETACH,
  MS_BIND,
  MS_REC,
  MS_SHARED,
  mount,
  SystemCallError,
  setns,
  umount,
  unshare,
} from './libc.ts';

const DIRECTORY = '/run/netns';
const OWN = '/proc/thread-self/ns/net';
const NSFS_MAGIC = 0x6e736673;
const EEXIST = 17;
const ENOENT = 2;

/** The file that a namespace is mounted on. */
export function namespacePath(name: string): string {
  return `${DIRECTORY}/${name}`;
}

/** Whether a namespace of this name is there. A bare file, left by a crash or a reboot, is none. */
export function namespaceExists(name: string): boolean {
  try {
    return statfsSync(namespacePath(name)).type === NSFS_MAGIC;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** The names of all namespaces that begin with `prefix`. */
export function namespacesNamed(prefix: string): string[] {
  mkdirSync(DIRECTORY, { recursive: true });
  return readdirSync(DIRECTORY).filter((name) => name.startsWith(prefix) && namespaceExists(name));
}

/**
 * Makes a network namespace. Its loopback device is down, as the kernel makes it.
 * @throws SystemCallError when there is one of this name (`EEXIST`), or without the privilege (`EPERM`)
 */
export function createNamespace(name: string): void {
  shareDirectory();
  const path = namespacePath(name);
  if (namespaceExists(name)) throw new SystemCallError(`cannot make network namespace ${name}`, EEXIST);
  closeSync(openSync(path, 'w', 0o444));
  try {
    returning(() => {
      unshare(CLONE_NEWNET);
      mount(OWN, path, 'none', MS_BIND, null);
    });
  } catch (error) {
    rmSync(path);
    throw error;
  }
}

/** Removes a namespace; nothing happens when there is none. The kernel ends it once nothing is left in it. */
export function deleteNamespace(name: string): void {
  const path = namespacePath(name);
  try {
    umount(path, MNT_DETACH);
  } catch (error) {
    // EINVAL: a file on which nothing is mounted, left by a crash or a reboot.
    const code = error instanceof SystemCallError ? error.code : '';
    if (code === 'ENOENT') return;
    if (code !== 'EINVAL') throw error;
  }
  rmSync(path, { force: true });
}

/**
 * Runs `action` in a namespace (null: the process's own) and returns its result. Sockets opened in it stay in the
 * namespace, processes spawned in it start there. `action` must be synchronous: whatever it would do after an
 * `await` would happen outside.
 */
export function inNamespace<Result>(name: string | null, action: () => Result): Result {
  if (name === null) return action();
  if (!namespaceExists(name)) throw new SystemCallError(`cannot enter network namespace ${name}`, ENOENT);
  const there = openSync(namespacePath(name), 'r');
  try {
    return returning(() => {
      setns(there, CLONE_NEWNET);
      return action();
    });
  } finally {
    closeSync(there);
  }
}

/** Runs an action that changes the thread's network namespace, and brings the thread back. */
function returning<Result>(action: () => Result): Result {
  const home = openSync(OWN, 'r');
  try {
    return action();
  } finally {
    setns(home, CLONE_NEWNET);
    closeSync(home);
  }
}

/**
 * Makes /run/netns a shared mount: unmounting a namespace then reaches the mount namespaces of instances, which
 * would keep it alive otherwise.
 */
function shareDirectory(): void {
  mkdirSync(DIRECTORY, { recursive: true });
  try {
    mount(null, DIRECTORY, null, MS_SHARED | MS_REC, null);
  } catch (error) {
    if (!(error instanceof SystemCallError) || error.code !== 'EINVAL') throw error;
    mount(DIRECTORY, DIRECTORY, 'none', MS_BIND | MS_REC, null); // EINVAL: not a mount point yet
    mount(null, DIRECTORY, null, MS_SHARED | MS_REC, null);
  }
}
