/** What befalls the world: each fault is over when its promise resolves. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { Random } from '../support/random.ts';
import type { Server, World } from './world.ts';

export interface Fault {
  /** In words, so that a round can be told. */
  readonly title: string;
  /** Two faults of one target do not happen at once. */
  readonly target: string;
  happen(): Promise<void>;
}

/** How long what is stopped stands still, milliseconds: shorter and longer than what others wait for it. */
const STOPPED_MS = [100, 500, 1_000, 3_000, 7_000] as const;

/** Processes of OVN's and of the host's. */
const PARTS = [
  ...['host', 'northbound', 'ovn-controller', 'ovn-northd', 'ovn-view', 'ovs-vswitchd'],
  ...['southbound', 'switch'],
] as const;

/** Sends a signal to a process that may be gone by now. */
function send(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function standStill(pids: readonly (number | undefined)[], ms: number): Promise<void> {
  for (const pid of pids) send(pid, 'SIGSTOP');
  await pause(ms);
  for (const pid of pids) send(pid, 'SIGCONT');
}

function ofServer(server: Server, random: Random): Fault {
  const { name: target } = server;
  const ended = (signal: NodeJS.Signals): Fault => ({
    title: `${signal} of ${target}, and a start`,
    target,
    async happen() {
      await server.end(signal);
      await server.start();
    },
  });
  const ms = random.oneOf(STOPPED_MS);
  return random.oneOf([
    ended('SIGKILL'),
    ended('SIGTERM'),
    { title: `${target} stopped for ${ms} ms`, target, happen: () => standStill([server.pid], ms) },
  ]);
}

function ofPart(world: World, random: Random): Fault {
  const target = random.oneOf(PARTS);
  const ms = random.oneOf(STOPPED_MS);
  const signalled = (signal: NodeJS.Signals): Fault => ({
    title: `${signal} of ${target}`,
    target,
    happen: async () => send(world.parts().get(target), signal),
  });
  return random.oneOf([
    signalled('SIGKILL'),
    signalled('SIGTERM'),
    {
      title: `${target} stopped for ${ms} ms`,
      target,
      happen: () => standStill([world.parts().get(target)], ms),
    },
  ]);
}

function ofFile(world: World, random: Random): Fault {
  const target = random.oneOf(['northbound', 'southbound', 'switch']);
  const remove = () => rmSync(join(world.stateDir, 'engine', `${target}.db`), { force: true });
  const deleted: Fault = { title: `${target}.db deleted`, target, happen: async () => remove() };
  // What is plugged in stands in the switch's database alone.
  if (target === 'switch') return deleted;
  return random.oneOf([
    deleted,
    {
      title: `${target}.db deleted, and SIGKILL of its server`,
      target,
      async happen() {
        remove();
        send(world.parts().get(target), 'SIGKILL');
      },
    },
  ]);
}

function ofPostgres({ postgres, storeUrl }: World, random: Random): Fault {
  const target = 'PostgreSQL';
  const ms = random.oneOf(STOPPED_MS);
  return random.oneOf<Fault>([
    {
      title: 'PostgreSQL crashes, and is started',
      target,
      async happen() {
        await postgres!.crash();
        await pause(ms);
        await postgres!.restart();
      },
    },
    {
      title: `PostgreSQL stopped for ${ms} ms`,
      target,
      happen: async () => standStill(await postgres!.processes(), ms),
    },
    {
      title: 'a process of PostgreSQL is killed',
      target,
      async happen() {
        const [, ...others] = await postgres!.processes();
        send(others.at(random.below(others.length)), 'SIGKILL');
      },
    },
    {
      title: 'all sessions of PostgreSQL are terminated',
      target,
      async happen() {
        const client = new pg.Client({ connectionString: storeUrl });
        await client.connect();
        await client.query(
          'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()',
        );
        await client.end();
      },
    },
  ]);
}

/** Some faults, that happen at the same time to different targets. */
export function drawFaults(world: World, random: Random): Fault[] {
  const faults = new Map<string, Fault>();
  for (let left = 1 + random.below(3); left > 0; left--) {
    const draw = random.oneOf([
      () => ofServer(random.oneOf(world.servers), random),
      () => ofPart(world, random),
      () => ofPart(world, random),
      () => ofFile(world, random),
      ...(world.postgres ? [() => ofPostgres(world, random)] : []),
    ]);
    const fault = draw();
    faults.set(fault.target, fault);
  }
  return [...faults.values()];
}
