/** DNS of the host process, with a server behind it that the test is. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pino from 'pino';
import type { Answered, Create } from '../../src/client/index.ts';
import { HostLab } from '../../src/gap/index.ts';
import type { InstanceInterface } from '../../src/lab/instance/instance.ts';
import { httpProbe } from '../../src/lab/probes/http.ts';
import { decodeDnsQuery, encodeDnsAnswer } from '../../src/packets/dns.ts';
import { encodeFrame } from '../../src/packets/frame.ts';
import { findLocalService } from '../../src/service/local-services.ts';
import { askDns, dnsQuestion, SERVICE } from '../support/dns-question.ts';
import { eventually } from '../support/eventually.ts';
import { freePort, processesWith, type Served, serve } from '../support/serve.ts';

/** On loopback, where nothing else listens. */
const FORWARDERS = { operator: '127.53.53.53', other: '127.53.53.54' } as const;
const flooder = fileURLToPath(new URL('../support/flood.ts', import.meta.url));
const [NO_ERROR, NO_SUCH_NAME, REFUSED] = [0, 3, 5];

describe('DNS of a host', () => {
  let directory: string;
  let served: Served;
  let lab: HostLab;
  /** The names that each server was asked for. It answers those of example.org, and is silent about others. */
  const asked = { operator: [] as string[], other: [] as string[] };
  const sockets = (Object.keys(FORWARDERS) as (keyof typeof FORWARDERS)[]).map((which) => {
    const socket = createSocket('udp4');
    socket.on('message', (octets, { address, port }) => {
      const query = decodeDnsQuery(octets);
      const name = query.question.name.join('.');
      asked[which].push(name);
      const soa = { kind: 'soa', server: ['ns'], minimum: 60 } as const;
      const answer = { code: NO_ERROR, authority: [{ name: ['org'], ttl: 60, data: soa }] };
      if (name.endsWith('example.org')) socket.send(encodeDnsAnswer(query, answer, 512), port, address);
    });
    socket.bind(53, FORWARDERS[which]);
    return socket;
  });

  before(async () => {
    await Promise.all(sockets.map((socket) => once(socket, 'listening')));
    directory = await mkdtemp(join(tmpdir(), 'sextant-dns-'));
    served = await serve(directory, await freePort(), { SEXTANT_DNS_FORWARDERS: FORWARDERS.operator });
    const { switchDatabase, namespace } = findLocalService(served.endpoint)!.host!;
    lab = new HostLab({ switchDatabase, namespace }, pino({ level: 'silent' }));
  });
  after(async () => {
    await lab?.close();
    await served?.stop();
    for (const socket of sockets) socket.close();
    await rm(directory, { recursive: true });
  });

  /** An instance on a network of its own that is served. */
  async function guest(wish: Partial<Create<'network'>> = {}) {
    const network: Answered<'network'> = await served.client.create('network', wish);
    const port = await served.client.create('port', { network_id: network.id });
    const instance = await lab.instance('guest');
    const device: InstanceInterface = await lab.plug(port, instance, 'eth0', served.client);
    device.up();
    const ask = (name: string, id: number) => askDns(device, network.id, name, id);
    await eventually('it is served', async () => (await ask('nobody', 1))?.code === NO_SUCH_NAME);
    return { network, port, instance, device, ask };
  }

  const hostProcesses = () =>
    processesWith('cli/main.ts host', findLocalService(served.endpoint)!.host!.rundir);

  it('passes on what the network says, to whom it says, and remembers the answer', async () => {
    const usual = await guest();
    for (let id = 2; id < 6; id++) assert.equal((await usual.ask('usual.example.org', id))?.code, NO_ERROR);
    assert.equal(asked.operator.filter((name) => name === 'usual.example.org').length, 1);

    await served.client.update('network', usual.network.id, { dns_forwarders: ['::'] });
    await eventually(
      'nothing is passed on',
      async () => (await usual.ask('never.example.org', 7))?.code === REFUSED,
    );
    assert.equal((await usual.ask('usual.example.org', 8))?.code, REFUSED, 'nor told from memory');

    await served.client.update('network', usual.network.id, { dns_forwarders: [FORWARDERS.other] });
    await eventually(
      'it goes elsewhere',
      async () => (await usual.ask('other.example.org', 9))?.code === NO_ERROR,
    );
    assert.deepEqual([...new Set(asked.other)], ['other.example.org']);
    await lab.unplug(usual.port.id);
  });

  it('knows the names of the ports that there are', async () => {
    const { network, port, ask } = await guest();
    const [id, code] = [20, async (name: string) => (await ask(name, id))?.code];
    const other = await served.client.create('port', { network_id: network.id, dns_name: 'other' });
    await eventually('a new one', async () => (await code('other')) === NO_ERROR);
    await served.client.update('port', other.id, { dns_name: 'renamed' });
    await eventually('its new name', async () => (await code('renamed')) === NO_ERROR);
    assert.equal(await code('other'), NO_SUCH_NAME);
    await served.client.delete('port', other.id);
    await eventually('it is gone', async () => (await code('renamed')) === NO_SUCH_NAME);
    await lab.unplug(port.id);
  });

  it('may be asked by an instance that is gone before the answer is there', async () => {
    const { network, port, device } = await guest();
    const before = await hostProcesses();
    for (let number = 0; number < 40; number++)
      device.send(dnsQuestion(device, network.id, `n${number}.silent`, number));
    await eventually('the questions are passed on', () => asked.operator.includes('n0.silent'));
    await lab.unplug(port.id);
    await pause(4_000); // each question is given up within that
    assert.deepEqual(await hostProcesses(), before, 'it is the same process');
  });

  it('keeps nobody from metadata, however often it is asked', async (t) => {
    const [noisy, quiet] = [await guest(), await guest()];
    const read = async (): Promise<number> => {
      const began = performance.now();
      const path = '/openstack/latest/meta_data.json';
      const outcome = await httpProbe(quiet.instance, { to: SERVICE, device: 'eth0', path }, 5_000);
      assert(outcome.outcome === 'answered' && outcome.status === 200, JSON.stringify(outcome));
      return performance.now() - began;
    };
    const times = async (): Promise<number[]> => {
      const all: number[] = [];
      for (let number = 0; number < 20; number++) {
        all.push(Math.round(await read()));
        await pause(50);
      }
      return all.sort((a, b) => a - b);
    };
    await quiet.device.waitForAddress(({ isLinkLocal }) => isLinkLocal, 10_000);
    const control = await times();
    const question = encodeFrame(dnsQuestion(noisy.device, noisy.network.id, 'nobody', 7));
    const words = ['eth0', '3000', '6', Buffer.from(question).toString('hex')];
    const child = noisy.instance.spawn([process.execPath, flooder, ...words]);
    await pause(1_500);
    const during = await times();
    await once(child, 'close');
    t.diagnostic(`ms until metadata is there, quiet: ${control}; beside 3,000 questions a second: ${during}`);
    const middle = during[10]!;
    assert(middle < 5 * control[10]! + 50, `${middle} ms instead of ${control[10]}`);
  });
});
