/**
 * The daemons of FRR that speak for one speaker on one network. They go on when this process ends, and a successor finds
 * them: what peers were told stays, whatever becomes of Sextant. bgpd that dies is started again, and told all of it;
 * peers keep its routes meanwhile (RFC 4724).
 */
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { childProcess, SupervisedProcess } from '../../base/index.ts';
import {
  configurationFile,
  FoundProcess,
  FRR_DAEMONS,
  type FrrDaemon,
  frrCommand,
  launch,
  pidFileArgument,
  processesWithArgument,
  sayToDaemon,
  vtySocket,
} from '../../linux/index.ts';
import { linesFor, type SpeakerConfiguration, type ToldConfiguration } from './configuration.ts';

export interface BgpDaemonsOptions {
  /** Of their sockets and files. */
  readonly directory: string;
  readonly namespace: string;
  /** Whether they go on when this process ends. */
  readonly outlive: boolean;
  readonly log: Logger;
}

/** How it stands with a peer. */
export interface PeerState {
  /** What FRR calls it (RFC 4271 section 8.2.2). */
  readonly state: string;
  /** How many routes it has been told. */
  readonly told: number;
}

/** What was told, and to which process. */
interface Memory {
  readonly pid: number;
  readonly told: ToldConfiguration;
}

const READY_WITHIN_MS = 20_000;
const EXIT_WITHIN_MS = 3_000;
const LOOK_AGAIN_MS = 50;
/** In which peers are told that all is withdrawn, before the daemons end: else they would keep it for a while. */
const FAREWELL_MS = 5_000;
/** What was said goes out in that. */
const FLUSH_MS = 200;
/** FRR's daemons leave root for this user, who needs its files. */
const FRR_HOME = '/etc/frr';

export class BgpDaemons {
  readonly #options: BgpDaemonsOptions;
  readonly #processes = new Map<FrrDaemon, SupervisedProcess>();

  private constructor(options: BgpDaemonsOptions) {
    this.#options = options;
  }

  /** Finds or starts the daemons, and waits until they take lines. */
  static async start(options: BgpDaemonsOptions): Promise<BgpDaemons> {
    const daemons = new BgpDaemons(options);
    makeDirectory(options.directory);
    try {
      for (const name of FRR_DAEMONS)
        daemons.#processes.set(name, await SupervisedProcess.start(daemons.#definition(name), options.log));
    } catch (error) {
      await daemons.#end();
      throw error;
    }
    return daemons;
  }

  /**
   * Has bgpd speak as it is to: of what it does already, nothing is said again.
   * @throws VtyError for what it does not take; system errors while it is away
   */
  async speak(wanted: SpeakerConfiguration): Promise<void> {
    const { directory } = this.#options;
    const pid = this.#bgpd;
    if (pid === undefined) throw new Error('bgpd is not running');
    const memory = recall(directory, pid);
    const { lines, told } = linesFor(memory?.told, wanted);
    if (memory !== undefined && JSON.stringify(memory.told) === JSON.stringify(told)) return;
    // What is interrupted is said again from the beginning, which does no harm.
    await sayToDaemon(vtySocket(directory, 'bgpd'), lines);
    remember(directory, { pid, told });
  }

  /** How it stands with each peer, by address. */
  async states(family: 4 | 6): Promise<ReadonlyMap<string, PeerState>> {
    const line = `show bgp ipv${family} unicast summary json`;
    const [, text = '{}'] = await sayToDaemon(vtySocket(this.#options.directory, 'bgpd'), ['enable', line]);
    const { peers = {} } = JSON.parse(text) as { peers?: Record<string, { state: string; pfxSnt?: number }> };
    return new Map(
      Object.entries(peers).map(([address, { state, pfxSnt = 0 }]) => [address, { state, told: pfxSnt }]),
    );
  }

  /** The process, once it takes lines. */
  get #bgpd(): number | undefined {
    const { pid, isUp = false } = this.#processes.get('bgpd')?.state ?? {};
    return isUp ? pid : undefined;
  }

  /** Takes back all that was told, and ends the daemons. */
  async silence(): Promise<void> {
    const { directory, log } = this.#options;
    const pid = this.#bgpd;
    const memory = pid === undefined ? undefined : recall(directory, pid);
    try {
      if (memory !== undefined) {
        await this.speak({ ...memory.told, routes: [] });
        await this.#withdrawn(memory.told.family);
      }
    } catch (error) {
      log.debug({ err: error }, 'bgpd could not take back what it told');
    }
    await this.#end();
    rmSync(directory, { recursive: true, force: true });
  }

  async #withdrawn(family: 4 | 6): Promise<void> {
    const patience = performance.now() + FAREWELL_MS;
    while (performance.now() < patience) {
      const told = (await this.states(family)).values().some((peer) => peer.told > 0);
      if (!told) break;
      await delay(LOOK_AGAIN_MS);
    }
    await delay(FLUSH_MS);
  }

  /** Ends the supervision: the daemons go on if they outlive this process. */
  async leave(): Promise<void> {
    if (!this.#options.outlive) return this.#end();
    await Promise.all(this.#processes.values().map((one) => one.leave()));
  }

  async #end(): Promise<void> {
    for (const name of FRR_DAEMONS.toReversed()) await this.#processes.get(name)?.stop();
  }

  #definition(name: FrrDaemon) {
    const { directory, namespace, outlive } = this.#options;
    return {
      title: `${name} of FRR`,
      find: async () => daemonsIn(directory, name).map((pid) => FoundProcess.of(pid))[0],
      start: () =>
        childProcess(
          launch({
            command: frrCommand(directory, name),
            ...{ namespace, environment: {}, niceness: 0, outlives: outlive },
            output: process.stderr.fd,
          }),
        ),
      ready: async (_process: unknown, gone: AbortSignal) => {
        for (;;) {
          gone.throwIfAborted();
          try {
            return await sayToDaemon(vtySocket(directory, name), ['enable']);
          } catch {
            await delay(LOOK_AGAIN_MS, undefined, { signal: gone });
          }
        }
      },
      readyWithinMs: READY_WITHIN_MS,
      answersWithinMs: READY_WITHIN_MS,
      explain: (reason: string) => `${name} of FRR does not come up: ${reason}`,
      end: (running: { kill(signal: NodeJS.Signals): void }) => running.kill('SIGTERM'),
      exitWithinMs: EXIT_WITHIN_MS,
    };
  }
}

/** The processes of a daemon in a directory. */
export const daemonsIn = (directory: string, name: FrrDaemon): number[] =>
  processesWithArgument((argument) => argument === pidFileArgument(directory, name));

function makeDirectory(directory: string): void {
  const { uid, gid } = statSync(FRR_HOME);
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  chownSync(directory, uid, gid);
  for (const name of FRR_DAEMONS) {
    const file = configurationFile(directory, name);
    if (!existsSync(file)) writeFileSync(file, '');
    chownSync(file, uid, gid);
  }
}

/** Passwords are in it. */
const memoryFile = (directory: string): string => join(directory, 'told.json');

/** What this process was told; nothing of one before it. */
function recall(directory: string, pid: number): Memory | undefined {
  try {
    const memory = JSON.parse(readFileSync(memoryFile(directory), 'utf8')) as Memory & { began: number };
    return memory.pid === pid && memory.began === beganAt(pid) ? memory : undefined;
  } catch {
    return undefined;
  }
}

function remember(directory: string, memory: Memory): void {
  const text = JSON.stringify({ ...memory, began: beganAt(memory.pid) });
  writeFileSync(memoryFile(directory), text, { mode: 0o600 });
}

/** Tells a process from another that gets its id after it. */
function beganAt(pid: number): number | undefined {
  const found = FoundProcess.of(pid);
  found?.letGo();
  return found?.began;
}
