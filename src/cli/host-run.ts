/** `sextant host run`: all that a machine that joined runs, in the foreground. */
import { HostEngine } from '../engine/index.ts';
import { identityFiles, isToEncrypt } from '../host/index.ts';
import { hostProgram } from '../service/index.ts';
import { CommandFailure } from './errors.ts';
import { engineDirectory, type HostState, identityDirectory, readHostState } from './host-state.ts';
import { openLog } from './log.ts';
import { configurationFor } from './serve.ts';
import { untilStopped } from './until-stopped.ts';

export interface HostRunFlags {
  readonly state: string;
  readonly endTogether?: boolean;
  readonly logLevel?: string;
}

export async function hostRun({
  state: directory,
  endTogether = false,
  logLevel,
}: HostRunFlags): Promise<void> {
  const state = readHostState(directory);
  if (state === undefined) {
    throw new CommandFailure(`${directory}: this machine is no host yet: see "sextant host join --help".`);
  }
  const log = openLog(configurationFor({ logLevel }).logLevel).child({ part: 'host machine' });
  const tls = identityFiles(identityDirectory(directory));
  await untilStopped(log, async () => {
    const engine = await HostEngine.start({
      ...state,
      chassis: state.name,
      stateDir: engineDirectory(directory),
      tls,
      encrypted: isToEncrypt(identityDirectory(directory)),
      outlives: !endTogether,
      log,
    });
    const process = engine.attend(
      hostProgram({
        flags: [...flagsOf(engine, state), ...(endTogether ? ['--end-together'] : [])],
        environment: {
          SEXTANT_ENGINE_TLS_KEY: tls.privateKey,
          SEXTANT_ENGINE_TLS_CERTIFICATE: tls.certificate,
          SEXTANT_ENGINE_TLS_CA: tls.caCertificate,
        },
      }),
    );
    const stop = async () => {
      await process.leave();
      await engine.leave();
    };
    return { stop };
  });
}

const flagsOf = (engine: HostEngine, { server, southbound }: HostState): string[] => [
  ...['--switch-database', engine.switchDatabase, '--switch-rundir', engine.switchRundir],
  ...['--southbound', southbound, '--service-namespace', engine.serviceNamespace, '--server', server],
  ...['--controller-log', engine.controllerLog],
];
