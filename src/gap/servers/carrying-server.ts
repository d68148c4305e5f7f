/**
 * A server that the cloud boots to carry devices of instances: it has a port by which it is reached from here, and gets
 * and loses others while it runs. It passes on what comes there, and says nothing itself.
 */
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import type { Address } from '../../addressing/index.ts';
import { type Answered, type Capabilities, type ComputeClient, NeutronApiError } from '../../client/index.ts';
import {
  FAR_END_PORT,
  type FarEnd,
  farEndAnswers,
  farEndProgram,
  waitUntil,
  withPatience,
  wordsOfFarEnd,
} from '../../lab/index.ts';
import { type BootedServer, NAME_PREFIX, UntriableError } from '../kit/index.ts';
import { makeReachable, type ReachingProject } from './reach.ts';

/** What carriers are booted with. */
export interface CarryingChoice {
  readonly imageId: string;
  readonly flavorId: string;
  /** By which they are reached. */
  readonly reach: Answered<'network'>;
}

/** A new connection to a server, under way. */
export type Dial = (host: Address, port: number) => Socket;

const dialFromHere: Dial = (host, port) => connect({ host: host.toString(), port });

/** A project whose servers carry. */
export interface CarryingProject extends ReachingProject {
  readonly compute: ComputeClient;
}

/** Software emulation boots a distribution in two minutes, on a busy machine in more. */
const BOOT_MS = 600_000;
const ASKING_MS = 2_000;
/** A status from which on it is the cloud that failed, not the request. */
export const FAULT = 500;
const REMOVAL_MS = 120_000;
const DETACHING_MS = 60_000;
/** Of a console that says nothing useful: lines that are looked at, and told. */
const CONSOLE_LINES = 400;
const LAST_LINES = 8;

export class CarryingServer implements AsyncDisposable {
  readonly server: BootedServer;
  readonly farEnd: FarEnd;
  readonly #project: CarryingProject;
  readonly #removals: AsyncDisposableStack;
  /** What the server is doing, to its end. */
  #last: Promise<void> = Promise.resolve();

  private constructor(
    server: BootedServer,
    farEnd: FarEnd,
    project: CarryingProject,
    removals: AsyncDisposableStack,
  ) {
    this.server = server;
    this.farEnd = farEnd;
    this.#project = project;
    this.#removals = removals;
  }

  /**
   * Boots one, and waits until it answers. Nothing is left when it does not.
   * @throws UntriableError that says why: the cloud's words, or the end of the console
   */
  static async boot(
    project: CarryingProject,
    choice: CarryingChoice,
    capabilities: Capabilities,
    run: string,
    signal: AbortSignal,
    dial: Dial = dialFromHere,
  ): Promise<CarryingServer> {
    await using removals = new AsyncDisposableStack();
    try {
      const reachable = await makeReachable(project, choice.reach, capabilities, run, removals);
      const secret = randomBytes(32).toString('hex');
      const userData = farEndProgram({ port: FAR_END_PORT, secret });
      const id = await project.compute.createServer({
        name: `${NAME_PREFIX}${run}-carrier`,
        imageId: choice.imageId,
        flavorId: choice.flavorId,
        portId: reachable.portId,
        userData,
      });
      removals.defer(() => removeServer(project.compute, id));
      await untilRunning(project.compute, id, signal);
      const host = await untilAnswering(project.compute, id, reachable.addresses, signal, dial);
      return new CarryingServer({ id, userData }, farEndAt(host, secret, dial), project, removals.move());
    } catch (error) {
      if (!(error instanceof NeutronApiError)) throw error;
      throw new UntriableError(
        `No server can be booted: ${error.request} was answered with ${error.status} ${error.type}: ${error.message}`,
      );
    }
  }

  /**
   * Gives it a device for a port. One after the other: Nova does not do it otherwise either, and takes those that wait too
   * long for failed.
   */
  attach(portId: string): Promise<void> {
    const attaching = this.#last.then(() => this.#attach(portId));
    this.#last = attaching.catch(() => {});
    return attaching;
  }

  async #attach(portId: string): Promise<void> {
    try {
      await this.#project.compute.attachPort(this.server.id, portId);
    } catch (error) {
      if (!(error instanceof NeutronApiError) || error.status < FAULT) throw error;
      // The API gave up waiting; the host goes on.
      const { device_id } = await this.#project.client.show('port', portId);
      if (device_id !== this.server.id) throw error;
    }
  }

  /** Takes the device away, and waits until it is gone: then the port may go. */
  async detach(portId: string): Promise<void> {
    await ignoringMissing(() => this.#project.compute.detachPort(this.server.id, portId));
    await waitUntil(() => this.#isFree(portId), DETACHING_MS, ASKING_MS / 4);
  }

  async #isFree(portId: string): Promise<boolean> {
    try {
      return (await this.#project.client.show('port', portId)).device_id === '';
    } catch (error) {
      if (isMissing(error)) return true;
      throw error;
    }
  }

  /** Removes the server, and what it was reached by. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#removals.disposeAsync();
  }
}

const farEndAt = (host: Address, secret: string, dial: Dial): FarEnd => ({
  where: `${host} port ${FAR_END_PORT}`,
  secret,
  connect: () => dial(host, FAR_END_PORT),
});

/** Waits until a server is gone. */
export async function removeServer(compute: ComputeClient, id: string): Promise<void> {
  await ignoringMissing(() => compute.deleteServer(id));
  const isGone = async (): Promise<boolean> => {
    try {
      // A host that was restarted meanwhile has forgotten that it was asked.
      if ((await compute.server(id)).status === 'ERROR') await compute.deleteServer(id);
      return false;
    } catch (error) {
      if (isMissing(error)) return true;
      throw error;
    }
  };
  await waitUntil(isGone, REMOVAL_MS, ASKING_MS);
}

const isMissing = (error: unknown): boolean => error instanceof NeutronApiError && error.status === 404;

async function ignoringMissing(act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

/** @throws UntriableError when it does not come to that */
async function untilRunning(compute: ComputeClient, id: string, signal: AbortSignal): Promise<void> {
  const end = await waitUntil(
    async () => {
      signal.throwIfAborted();
      const state = await compute.server(id);
      return state.status === 'ACTIVE' || state.status === 'ERROR' ? state : undefined;
    },
    BOOT_MS,
    ASKING_MS,
  );
  if (end?.status === 'ACTIVE') return;
  if (end === undefined) {
    throw new UntriableError(`A server was still not ACTIVE after ${withPatience(BOOT_MS) / 1000} s.`);
  }
  throw new UntriableError(`A server ended in ERROR: ${end.fault ?? 'the cloud does not say why'}`);
}

/** Gives the address at which the server answers. */
async function untilAnswering(
  compute: ComputeClient,
  id: string,
  addresses: readonly Address[],
  signal: AbortSignal,
  dial: Dial,
): Promise<Address> {
  let console = '';
  const answer = await waitUntil(
    async () => {
      signal.throwIfAborted();
      for (const address of addresses)
        if (await farEndAnswers(farEndAt(address, '', dial))) return { address };
      console = await compute.console(id, CONSOLE_LINES).catch(() => console);
      return wordsOfFarEnd(console).some(({ event }) => event === 'failed') && { address: undefined };
    },
    BOOT_MS,
    ASKING_MS,
  );
  if (answer?.address !== undefined) return answer.address;
  throw new UntriableError(whyNoAnswer(console, addresses, withPatience(BOOT_MS) / 1000));
}

/** Why a server that runs is of no use, as far as its console tells. Pure. */
export function whyNoAnswer(console: string, addresses: readonly Address[], seconds: number): string {
  const where = `${addresses.join(' or ') || 'no address at all'}, port ${FAR_END_PORT}`;
  const words = wordsOfFarEnd(console);
  const failed = words.findLast(({ event }) => event === 'failed');
  if (failed !== undefined) return `The program in the server failed: ${failed.error}`;
  if (words.some(({ event }) => event === 'listens')) {
    return `The program in the server runs, and is not reached from here at ${where}: does that network lead here?`;
  }
  const lines = console.split(/\r?\n/).filter((line) => line.trim() !== '');
  const last = lines.slice(-LAST_LINES).join(' | ');
  return (
    `The server did not speak within ${seconds} s, neither at ${where} nor on its console: ` +
    `its image must have cloud-init and Python 3. ${last === '' ? 'The console is empty.' : `The console ends with: ${last}`}`
  );
}
