/** A private PostgreSQL server: its own directory, a socket in it, no TCP. */
import { execFile, spawn } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { eventually } from './eventually.ts';
import { onSmallDisk } from './small-disk.ts';

const run = promisify(execFile);

export interface PrivatePostgres {
  /** The socket that it listens on. */
  readonly socket: string;
  /** What databases are on, when that is small. */
  readonly disk: string;
  /** The address of a new, empty database. */
  newDatabase(): Promise<string>;
  /** Its processes as they are now, the one that started the others first. */
  processes(): Promise<number[]>;
  /** Ends it with all its connections, as a crash would. */
  crash(): Promise<void>;
  /** Starts it again. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

async function binaries(): Promise<string> {
  const root = '/usr/lib/postgresql';
  const versions = (await readdir(root))
    .filter((name) => /^\d+$/.test(name))
    .sort((a, b) => Number(b) - Number(a));
  if (!versions[0])
    throw new Error(`No PostgreSQL under ${root}: run the set-up, or apt-get install postgresql.`);
  return join(root, versions[0], 'bin');
}

/** PostgreSQL refuses to run as root: it runs as the user that its package made. */
async function asUser(): Promise<{ uid: number; gid: number } | undefined> {
  if (userInfo().uid !== 0) return undefined;
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (flag) => Number((await run('id', [flag, 'postgres'])).stdout)),
  );
  return { uid: uid ?? 0, gid: gid ?? 0 };
}

/** @param megabytes of a disk that databases are on, beside what the server keeps for itself; takes root */
export async function startPostgres(megabytes?: number): Promise<PrivatePostgres> {
  const bin = await binaries();
  const user = await asUser();
  const directory = await mkdtemp(join(tmpdir(), 'sextant-pg-'));
  if (user) await chown(directory, user.uid, user.gid);
  await chmod(directory, 0o700);
  const data = join(directory, 'data');
  await run(join(bin, 'initdb'), ['-D', data, '-U', 'sextant', '-A', 'trust', '-E', 'UTF8', '--no-sync'], {
    ...user,
    cwd: directory,
  });
  const disk = join(directory, 'disk');
  await mkdir(disk);
  const identity = user && ['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', '--'];
  const within =
    megabytes && identity && user ? [...onSmallDisk(disk, megabytes, `uid=${user.uid}`), ...identity] : [];
  const start = async (): Promise<{ pid: number; end: (signal: NodeJS.Signals) => Promise<void> }> => {
    const command = [join(bin, 'postgres'), '-D', data, '-k', directory, '-c', 'listen_addresses='];
    const [program, ...words] = [...within, ...command];
    const server = spawn(program!, words, {
      // The wrapper becomes that user by itself, once it has mounted the disk.
      ...(within.length === 0 && user),
      cwd: directory,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const exited = new Promise<void>((resolve) => server.once('exit', () => resolve()));
    await new Promise<void>((resolve, reject) => {
      let output = '';
      server.stderr.on('data', (chunk) => {
        output += chunk;
        if (output.includes('database system is ready to accept connections')) resolve();
      });
      server.once('exit', () => reject(new Error(`PostgreSQL did not start: ${output}`)));
    });
    return {
      pid: server.pid ?? 0,
      async end(signal) {
        server.kill(signal);
        await exited;
      },
    };
  };
  let server = await start();
  const urlOf = (database: string): string =>
    `postgres://sextant@/${database}?host=${encodeURIComponent(directory)}`;
  let databases = 0;
  return {
    socket: join(directory, '.s.PGSQL.5432'),
    disk,
    async newDatabase() {
      const client = new pg.Client({ connectionString: urlOf('postgres') });
      await client.connect();
      const name = `store${++databases}`;
      if (megabytes && databases === 1) await client.query(`create tablespace small location '${disk}'`);
      await client.query(`create database ${name} ${megabytes ? 'tablespace small' : ''}`);
      await client.end();
      return urlOf(name);
    },
    async processes() {
      // The status is 1 when there is none.
      const ps = await run('ps', ['--ppid', String(server.pid), '-o', 'pid=']).catch(() => ({ stdout: '' }));
      return [server.pid, ...ps.stdout.split('\n').filter(Boolean).map(Number)];
    },
    // SIGQUIT is PostgreSQL's "immediate shutdown": nobody is told, and the next start recovers.
    crash: () => server.end('SIGQUIT'),
    async restart() {
      // Processes of one that was killed have its memory for a moment, and no other is to begin meanwhile.
      await eventually('PostgreSQL starts again', async () => {
        server = await start();
        return true;
      });
    },
    async stop() {
      // SIGINT is PostgreSQL's "fast shutdown".
      await server.end('SIGINT');
      await rm(directory, { recursive: true });
    },
  };
}
