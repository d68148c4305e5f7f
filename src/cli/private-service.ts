/** A Sextant of one's own, for as long as a command takes: all of it ends with the command. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { loadConfiguration, type Service, startService } from '../service/index.ts';

/** Where this machine's OVN is, whoever's service it runs for; all other settings are the private service's own. */
const OF_THE_MACHINE = 'SEXTANT_ENGINE_PROGRAMS';

export interface PrivateServiceOptions {
  /** Where its API listens; a free port of loopback when left out. */
  readonly listen?: string;
  /** Settings, as environment variables. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Starts a service on an empty state directory, which is removed when `stop` is called. */
export async function startPrivateService(
  log: Logger,
  { listen = '[::1]:0', environment = {} }: PrivateServiceOptions = {},
): Promise<Service> {
  const state = await mkdtemp(join(tmpdir(), 'sextant-'));
  const remove = () => rm(state, { recursive: true, force: true });
  try {
    const settings = { [OF_THE_MACHINE]: process.env[OF_THE_MACHINE], ...environment };
    const service = await startService(
      loadConfiguration({ state, listen, endTogether: true }, settings),
      log,
    );
    const stop = async () => {
      await service.stop();
      await remove();
    };
    return { ...service, stop };
  } catch (error) {
    await remove();
    throw error;
  }
}
