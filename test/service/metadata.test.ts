/** Metadata and DNS where others have the answers: Nova's metadata API, and a DNS server that is passed questions. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import pino from 'pino';
import { Address, linkLocalAddress, Mac, SERVICE_LINK_LOCAL } from '../../src/addressing/index.ts';
import { HostLab } from '../../src/gap/index.ts';
import type { LabInstance } from '../../src/lab/instance/instance.ts';
import { type HttpProbe, httpProbe } from '../../src/lab/probes/http.ts';
import { DNS_CODE, DNS_TYPE, decodeDnsQuery, encodeDnsAnswer } from '../../src/packets/dns.ts';
import { findLocalService } from '../../src/service/local-services.ts';
import { eventually } from '../support/eventually.ts';
import { freePort, processesWith, type Served, serve } from '../support/serve.ts';
import { framesForServices } from '../support/service-frames.ts';

const secret = 'what both know';
/** A document as long as Nova and clients let it be. */
const LONG = 'x'.repeat(100_000);
/** What a port may send to the services at once (`docs/reference/attacks.md`). */
const AT_ONCE = 500;
/** Nobody else is on this address of the loopback. */
const resolver = '127.0.0.97';
const answer = Address.parse('2001:db8::80');

describe('metadata and DNS of others', () => {
  const asked: { url: string; headers: IncomingHttpHeaders }[] = [];
  let directory: string;
  let nova: Server;
  let novaPort: number;
  let dns: Socket;
  let served: Served;
  let lab: HostLab;
  let instance: LabInstance;
  let networkId: string;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sextant-nova-'));
    novaPort = await freePort();
    nova = await startNova();
    dns = createSocket('udp4');
    dns.bind(53, resolver);
    await once(dns, 'listening');
    dns.on('message', (question, { address, port }) => dns.send(answered(question), port, address));
    process.env.SEXTANT_METADATA_URL = `http://[::1]:${novaPort}`;
    process.env.SEXTANT_METADATA_SECRET = secret;
    process.env.SEXTANT_DNS_FORWARDERS = resolver;
    served = await serve(directory, await freePort());
    const { switchDatabase, namespace } = findLocalService(served.endpoint)!.host!;
    lab = new HostLab({ switchDatabase, namespace }, pino({ level: 'silent' }));
    const network = await served.client.create('network', { name: 'n' });
    networkId = network.id;
    const port = await served.client.create('port', { network_id: networkId, device_id: 'machine' });
    instance = await lab.instance('machine');
    await lab.plug(port, instance, 'eth0', served.client);
    const device = instance.interface('eth0');
    device.up();
    await device.has(linkLocalAddress(Mac.parse(port.mac_address)), 20_000);
  });
  after(async () => {
    await lab?.close();
    await served?.stop();
    nova?.close();
    dns?.close();
    await rm(directory, { recursive: true });
  });

  async function startNova(): Promise<Server> {
    const server = createServer(({ url = '', headers }, response) => {
      asked.push({ url, headers });
      response.end(url === '/latest/long' ? LONG : 'from Nova');
    });
    server.listen(novaPort, '::1');
    await once(server, 'listening');
    return server;
  }

  const asks = (request: Partial<HttpProbe> = {}) =>
    httpProbe(instance, { to: SERVICE_LINK_LOCAL, device: 'eth0', path: '/latest/user-data', ...request });
  const answersAgain = () =>
    eventually('metadata is answered', async () => {
      const outcome = await asks();
      return outcome.outcome === 'answered' && outcome.status === 200;
    });

  it('asks Nova, with the instance’s id signed and nothing of what the instance says', async () => {
    await answersAgain();
    asked.length = 0;
    const headers = { 'X-Instance-ID': 'other', 'X-Forwarded-For': '::5', Cookie: 'a=b' };
    const outcome = await asks({ headers });
    assert.deepEqual(outcome, { outcome: 'answered', status: 200, body: 'from Nova' });
    const [{ url, headers: seen }] = asked as [(typeof asked)[number]];
    assert.equal(url, '/latest/user-data');
    assert.equal(seen['x-instance-id'], 'machine');
    assert.equal(seen['x-tenant-id'], 'default');
    assert.match(String(seen['x-forwarded-for']), /^fe80::/);
    assert.equal(
      seen['x-instance-id-signature'],
      createHmac('sha256', secret).update('machine').digest('hex'),
    );
    assert.equal(seen.cookie, undefined);
  });

  it('gives long documents, which take a small part of what a port may send to the services at once', async (t) => {
    const { namespace } = findLocalService(served.endpoint)!.host!;
    const count = () => framesForServices({ namespace: namespace!, networkId });
    const before = count();
    const outcome = await asks({ path: '/latest/long' });
    assert(outcome.outcome === 'answered' && outcome.body === LONG, JSON.stringify(outcome).slice(0, 99));
    const frames = count() - before;
    t.diagnostic(`${frames} frames`);
    assert(frames < AT_ONCE / 3, `${frames} frames`);
  });

  it('tells what it told before while Nova is away, and the rest after', async () => {
    await answersAgain();
    nova.close();
    nova.closeAllConnections();
    assert.deepEqual(await asks(), { outcome: 'answered', status: 200, body: 'from Nova' });
    const path = '/latest/not-asked-before';
    const outcome = await asks({ path });
    assert.ok(outcome.outcome === 'answered' && outcome.status === 503, JSON.stringify(outcome));
    nova = await startNova();
    await eventually('Nova is asked again', async () => {
      const later = await asks({ path });
      return later.outcome === 'answered' && later.status === 200;
    });
  });

  it('passes questions on to the configured DNS server, from the link-local address too', async () => {
    instance.writeFile('/etc/resolv.conf', `nameserver ${SERVICE_LINK_LOCAL}%eth0\noptions timeout:3\n`);
    assert.match(await instance.run('getent', 'hosts', 'www.example.org'), /^2001:db8::80 /);
    const nobody = await instance.tryRun(['getent', 'hosts', 'nowhere.example.org']);
    assert.equal(nobody.status, 2);
  });

  it('goes on when the host process was killed', async () => {
    const { rundir } = findLocalService(served.endpoint)!.host!;
    const [before] = await processesWith('cli/main.ts host', rundir);
    process.kill(before!, 'SIGKILL');
    await eventually('another process is there', async () => {
      const [now] = await processesWith('cli/main.ts host', rundir);
      return now !== undefined && now !== before;
    });
    await answersAgain();
    assert.match(await instance.run('getent', 'hosts', 'www.example.org'), /^2001:db8::80 /);
  });
});

/** The one name that the DNS server knows has an IPv6 address. */
function answered(octets: Uint8Array): Uint8Array {
  const query = decodeDnsQuery(octets);
  const { name, type } = query.question;
  if (name[0] !== 'www') return encodeDnsAnswer(query, { code: DNS_CODE.nameError }, 512);
  const answers =
    type === DNS_TYPE.aaaa ? [{ ttl: 1, data: { kind: 'address', address: answer } as const }] : [];
  return encodeDnsAnswer(query, { code: DNS_CODE.noError, answers }, 512);
}
