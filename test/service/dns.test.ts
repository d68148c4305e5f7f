/** DNS of the host process, with a server behind it that the test is. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import pino from 'pino';
import { HostLab } from '../../src/gap/index.ts';
import { ping } from '../../src/lab/probes/ping.ts';
import { findLocalService } from '../../src/service/local-services.ts';
import { dnsQuestion, SERVICE } from '../support/dns-question.ts';
import { eventually } from '../support/eventually.ts';
import { freePort, processesWith, type Served, serve } from '../support/serve.ts';

/** On loopback, where nothing else listens. */
const FORWARDER = '127.53.53.53';

describe('DNS of a host', () => {
  let directory: string;
  let served: Served;
  let lab: HostLab;
  const forwarder = createSocket('udp4');
  let heard = 0;

  before(async () => {
    forwarder.on('message', () => heard++);
    forwarder.bind(53, FORWARDER);
    await once(forwarder, 'listening');
    directory = await mkdtemp(join(tmpdir(), 'sextant-dns-'));
    served = await serve(directory, await freePort(), { SEXTANT_DNS_FORWARDERS: FORWARDER });
    const { switchDatabase, namespace } = findLocalService(served.endpoint)!.host!;
    lab = new HostLab({ switchDatabase, namespace }, pino({ level: 'silent' }));
  });
  after(async () => {
    await lab?.close();
    await served?.stop();
    forwarder.close();
    await rm(directory, { recursive: true });
  });

  const hostProcesses = () =>
    processesWith('cli/main.ts host', findLocalService(served.endpoint)!.host!.rundir);

  it('may be asked by an instance that is gone before the answer is there', async () => {
    const network = await served.client.create('network', { name: 'n' });
    const port = await served.client.create('port', { network_id: network.id });
    const instance = await lab.instance('asker');
    const device = await lab.plug(port, instance, 'eth0', served.client);
    device.up();
    const isServed = async () => (await ping(instance, SERVICE, { count: 1, device: 'eth0' })).received === 1;
    await eventually('it is served', isServed);
    const before = await hostProcesses();
    for (let number = 0; number < 40; number++)
      device.send(dnsQuestion(device, network.id, `n${number}.example.org`, number));
    await eventually('the questions are passed on', () => heard > 0);
    await lab.unplug(port.id);
    await delay(4_000); // each question is given up within that
    assert.deepEqual(await hostProcesses(), before, 'it is the same process');
  });
});
