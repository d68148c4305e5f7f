/** `sextant host`: guard and services of a host, in the foreground. */
import { answerReady, Host } from '../host/index.ts';
import { openLog } from './log.ts';
import { configurationFor } from './serve.ts';
import { untilStopped } from './until-stopped.ts';

/** The flags of `sextant host`. */
export interface HostFlags {
  switchDatabase: string;
  switchRundir: string;
  switchNamespace?: string;
  southbound?: string;
  serviceNamespace: string;
  server: string;
  logLevel?: string;
  config?: string;
  control?: string;
  controllerLog?: string;
  endTogether?: boolean;
}

export async function host(flags: HostFlags): Promise<void> {
  const configuration = configurationFor({ config: flags.config, logLevel: flags.logLevel });
  const log = openLog(configuration.logLevel).child({ part: 'host' });
  const start = () =>
    Host.start({
      switchDatabase: flags.switchDatabase,
      rundir: flags.switchRundir,
      switchNamespace: flags.switchNamespace ?? null,
      southbound: flags.southbound,
      tls: configuration.engine.tls,
      serviceNamespace: flags.serviceNamespace,
      server: flags.server,
      controllerLog: flags.controllerLog,
      endTogether: flags.endTogether,
      novaMetadata: configuration.metadata,
      dnsForwarders: configuration.dnsForwarders,
      log,
    });
  let close = () => {};
  await untilStopped(log, start, () => {
    if (flags.control !== undefined) close = answerReady(flags.control);
    log.info({ switch: flags.switchDatabase }, 'the host is guarded and served');
  });
  close();
}
