/** A Sextant of one's own, for as long as a command takes: all of it ends with the command. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { loadConfiguration, type Service, startService } from '../service/index.ts';

/** Where this machine's OVN is, whoever's service it runs for; all other settings are the private service's own. */
const OF_THE_MACHINE = 'SEXTANT_ENGINE_PROGRAMS';

/**
 * Starts a service on an empty state directory, which is removed when `stop` is called.
 * @param listen a free port of loopback when left out
 */
export async function startPrivateService(log: Logger, listen = '[::1]:0'): Promise<Service> {
  const state = await mkdtemp(join(tmpdir(), 'sextant-'));
  const remove = () => rm(state, { recursive: true, force: true });
  try {
    const service = await startService(
      loadConfiguration(
        { state, listen, endTogether: true },
        { [OF_THE_MACHINE]: process.env[OF_THE_MACHINE] },
      ),
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
