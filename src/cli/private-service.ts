/** A Sextant of one's own, for as long as a command takes. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { loadConfiguration } from '../service/configuration.ts';
import { type Service, startService } from '../service/service.ts';

/** Starts a service on a free port and an empty state directory, which is removed when `stop` is called. */
export async function startPrivateService(log: Logger): Promise<Service> {
  const state = await mkdtemp(join(tmpdir(), 'sextant-'));
  const remove = () => rm(state, { recursive: true, force: true });
  try {
    const service = await startService(loadConfiguration({ state, listen: '[::1]:0' }, {}), log);
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
