/** A service with hosts on machines of a lab, as administrators make them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import type { Family } from '../../src/addressing/index.ts';
import { NeutronClient } from '../../src/client/index.ts';
import { makeStateDirectory } from '../../src/engine/embedded/state-directory.ts';
import type { LabHost } from '../../src/gap/index.ts';
import { Fabric, Lab, type LabMachine } from '../../src/lab/index.ts';
import { loadConfiguration } from '../../src/service/configuration.ts';
import { type Service, startService } from '../../src/service/service.ts';

export const silent = pino({ level: process.env.SEXTANT_TEST_LOG ?? 'silent' });
export const SEXTANT = join(import.meta.dirname, '../../bin/sextant');

export interface HostsWorld extends AsyncDisposable {
  readonly directory: string;
  readonly lab: Lab;
  readonly fabric: Fabric;
  readonly service: Service;
  readonly client: NeutronClient;
  /** URL of what the service has for hosts. */
  readonly server: string;
}

/** A service that listens for hosts on the underlay of a lab's fabric. */
export async function openWorld(family: Family = 6): Promise<HostsWorld> {
  const began = new AsyncDisposableStack();
  try {
    const directory = await mkdtemp(join(tmpdir(), 'sextant-hosts-'));
    began.defer(() => rm(directory, { recursive: true, force: true }));
    const lab = Lab.open();
    began.defer(() => lab.close());
    const fabric = Fabric.open(lab, family);
    began.defer(() => fabric.close());
    const address = family === 6 ? `[${fabric.address}]` : String(fabric.address);
    const listen = `${address}:9697`;
    const service = await startService(
      loadConfiguration(
        { state: join(directory, 'service'), listen: '[::1]:0', endTogether: true },
        { SEXTANT_HOSTS_LISTEN: listen, SEXTANT_HOSTS_NAMESPACE: fabric.namespace },
      ),
      silent,
    );
    began.defer(() => service.stop());
    const client = NeutronClient.at(service.endpoint);
    const server = `https://${listen}`;
    const end = () => began.disposeAsync();
    return { directory, lab, fabric, service, client, server, [Symbol.asyncDispose]: end };
  } catch (error) {
    await began.disposeAsync();
    throw error;
  }
}

/** Where a machine keeps what it has as a host. */
export const stateOf = ({ directory }: HostsWorld, { name }: LabMachine): string => join(directory, name);

/** The switch of a machine that joined, for instances to be plugged into. */
export function labHostOf(world: HostsWorld, machine: LabMachine): LabHost {
  const { run } = makeStateDirectory(join(stateOf(world, machine), 'engine'));
  return { switchDatabase: `unix:${run}/db.sock`, namespace: machine.namespace };
}

/** A token as an administrator makes one. */
export async function makeToken({ client }: HostsWorld, wish: object = {}): Promise<string> {
  const { host_token: made } = (await client.request('POST', '/v2.0/host-tokens', {
    body: { host_token: wish },
  })) as { host_token: { token: string } };
  return made.token;
}

/**
 * Has a machine join.
 * @throws MachineError with what the command says when it may not
 */
export function joinAs(
  world: HostsWorld,
  machine: LabMachine,
  token: string,
  ...flags: string[]
): Promise<string> {
  machine.atStop(async () => {
    await machine.run([SEXTANT, 'stop', '--state', stateOf(world, machine)]);
  });
  return machine.run([
    ...[SEXTANT, 'host', 'join', '--server', world.server, '--token', token, '--no-service'],
    ...['--name', machine.name, '--state', stateOf(world, machine), ...flags],
  ]);
}
