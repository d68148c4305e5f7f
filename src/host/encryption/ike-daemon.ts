/**
 * strongSwan's daemon that agrees with other hosts on keys. It goes on when this process ends, and a successor finds it;
 * one that dies is started again and told all of it, while the kernel goes on with the keys that it has.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { childProcess, SupervisedProcess } from '../../base/index.ts';
import {
  charonCommand,
  charonEnvironment,
  charonMark,
  countKeys,
  FoundProcess,
  launch,
  processesWithArgument,
  removeKeys,
  strongswanSettings,
  swanctlCommand,
  swanctlEnvironment,
  VICI_SOCKET,
} from '../../linux/index.ts';
import type { TlsFiles } from '../../ovsdb/index.ts';
import {
  agreedIdsOf,
  authorityFile,
  connectionName,
  connectionSettings,
  daemonSettings,
  type IkePeer,
  type IkeSituation,
  requestIdsOf,
} from './ike-settings.ts';

export interface IkeDaemonOptions {
  /** Of its socket and files; it is not to be longer than a socket's path may be. */
  readonly directory: string;
  /** Network namespace in which tunnels end; null is the process's own. */
  readonly namespace: string | null;
  /** This host's key and certificate. */
  readonly tls: TlsFiles;
  /** Whether it goes on when this process ends. */
  readonly outlive: boolean;
  readonly log: Logger;
}

/** What was told, and to which process. */
interface Memory {
  readonly pid: number;
  readonly connections: readonly string[];
  /** Its text, and the certificate's. */
  readonly settings: string;
}

const READY_WITHIN_MS = 20_000;
const EXIT_WITHIN_MS = 5_000;
const LOOK_AGAIN_MS = 100;
const PATIENCE_MS = 30_000;
const CERTIFICATE = 'host.pem';
const MEMORY = 'told.json';
const BOTH_WAYS = 2;
/** Where swanctl looks for certificates of authorities. */
const AUTHORITIES = 'x509ca';

/** A command that the daemon did not carry out, with what it said. */
export class IkeError extends Error {
  override readonly name = 'IkeError';
}

export class IkeDaemon {
  readonly #options: IkeDaemonOptions;
  #process: SupervisedProcess | undefined;

  private constructor(options: IkeDaemonOptions) {
    this.#options = options;
  }

  /** Whether one runs in a directory, whoever started it. */
  static runsIn(directory: string): boolean {
    return processesIn(directory).length > 0;
  }

  /**
   * Finds or starts it, and waits until it takes commands.
   * @throws ProcessError when it does not come up
   */
  static async start(options: IkeDaemonOptions): Promise<IkeDaemon> {
    const daemon = new IkeDaemon(options);
    const { directory } = options;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    writeFileSync(strongswanSettings(directory), daemonSettings(join('/run', VICI_SOCKET)));
    daemon.#process = await SupervisedProcess.start(daemon.#definition(), options.log);
    return daemon;
  }

  /**
   * Has it know the other hosts as they are now, and end what it has with those that are not among them; nothing is said
   * again of what it knows.
   * @throws IkeError when it does not take it
   */
  async tell(situation: IkeSituation): Promise<void> {
    const { directory, tls } = this.#options;
    const { pid, isUp = false } = this.#process?.state ?? {};
    if (pid === undefined || !isUp) throw new IkeError('charon is not running');
    const text = connectionSettings(situation, CERTIFICATE);
    const certificate = readFileSync(tls.certificate, 'utf8');
    const settings = `${text}${certificate}`;
    const memory = recall(directory);
    if (memory?.pid === pid && memory.settings === settings) return;
    writeSecrets(directory, { text, certificate, key: tls.privateKey, peers: situation.peers });
    await this.#command('--load-all', '--clear', '--noprompt');
    const connections = situation.peers.map(connectionName);
    await this.#forget([...new Set(memory?.connections).difference(new Set(connections))]);
    const told: Memory = { pid, connections, settings };
    writeFileSync(join(directory, MEMORY), JSON.stringify(told), { mode: 0o600 });
  }

  /** Whether there are keys for all that is sent to, and comes from, each of the hosts. */
  hasKeysFor(peers: readonly IkePeer[]): boolean {
    const counts = countKeys(this.#options.namespace);
    return peers.flatMap(agreedIdsOf).every((id) => (counts.get(id) ?? 0) >= BOTH_WAYS);
  }

  /** Ends what there is by connections that are no more, also by keys that a daemon left which was killed. */
  async #forget(connections: readonly string[]): Promise<void> {
    const { namespace, log } = this.#options;
    for (const gone of connections) {
      await this.#command('--terminate', '--ike', gone, '--force').catch((error) =>
        log.debug({ err: error }, 'nothing was there to be ended'),
      );
    }
    const ids = new Set(connections.flatMap(requestIdsOf));
    if (ids.size > 0) removeKeys(namespace, (id) => ids.has(id));
  }

  /** Ends it, and what it has with others. */
  async stop(): Promise<void> {
    await this.#process?.stop();
    rmSync(this.#options.directory, { recursive: true, force: true });
  }

  /** Ends the supervision: it goes on if it outlives this process. */
  async leave(): Promise<void> {
    if (this.#options.outlive) await this.#process?.leave();
    else await this.stop();
  }

  async #command(...words: readonly string[]): Promise<void> {
    const { directory } = this.#options;
    const [program, ...args] = swanctlCommand(directory, ...words);
    const child = spawn(program, args, {
      env: swanctlEnvironment(directory),
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: PATIENCE_MS,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (part: string) => {
        output += part;
      });
    const [status] = await once(child, 'close');
    if (status !== 0) throw new IkeError(`swanctl ${words.join(' ')}: ${output.trim() || status}`);
  }

  #definition() {
    const { directory, namespace, outlive } = this.#options;
    return {
      title: 'charon of strongSwan',
      find: async () => processesIn(directory).map((pid) => FoundProcess.of(pid))[0],
      start: () => {
        // Where another one died, its number may be somebody else's by now.
        rmSync(join(directory, 'charon.pid'), { force: true });
        return childProcess(
          launch({
            ...{ command: charonCommand(directory), environment: charonEnvironment() },
            ...{ namespace, niceness: 0, outlives: outlive, output: process.stderr.fd },
          }),
        );
      },
      ready: async (_process: unknown, gone: AbortSignal) => {
        for (;;) {
          gone.throwIfAborted();
          try {
            return await this.#command('--version', '--daemon');
          } catch {
            await delay(LOOK_AGAIN_MS, undefined, { signal: gone });
          }
        }
      },
      readyWithinMs: READY_WITHIN_MS,
      answersWithinMs: READY_WITHIN_MS,
      explain: (reason: string) => `charon of strongSwan does not come up: ${reason}`,
      end: (running: { kill(signal: NodeJS.Signals): void }) => running.kill('SIGTERM'),
      exitWithinMs: EXIT_WITHIN_MS,
    };
  }
}

const processesIn = (directory: string): number[] =>
  processesWithArgument((argument) => argument === charonMark(directory));

interface Secrets {
  readonly text: string;
  readonly certificate: string;
  /** The file of the key. */
  readonly key: string;
  readonly peers: readonly IkePeer[];
}

/** Writes what swanctl reads, in the places where it looks. */
function writeSecrets(directory: string, { text, certificate, key, peers }: Secrets): void {
  rmSync(join(directory, AUTHORITIES), { recursive: true, force: true });
  for (const place of ['x509', AUTHORITIES, 'private'])
    mkdirSync(join(directory, place), { recursive: true });
  writeFileSync(join(directory, 'swanctl.conf'), text);
  writeFileSync(join(directory, 'x509', CERTIFICATE), certificate);
  rmSync(join(directory, 'private', 'host.key'), { force: true });
  symlinkSync(key, join(directory, 'private', 'host.key'));
  for (const { authority } of peers)
    writeFileSync(join(directory, AUTHORITIES, authorityFile(authority)), authority);
}

/** What was told last. */
function recall(directory: string): Memory | undefined {
  try {
    return JSON.parse(readFileSync(join(directory, MEMORY), 'utf8')) as Memory;
  } catch {
    return undefined;
  }
}
