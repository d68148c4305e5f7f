/**
 * The gap analysis with instances on servers. The network, the program in the servers and the wires are real; a compute
 * service is not: what it boots are namespaces of this machine.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { crc32 } from 'node:zlib';
import { Address } from '../../src/addressing/index.ts';
import { startPrivateService } from '../../src/cli/private-service.ts';
import { Capabilities, ComputeClient, NeutronClient } from '../../src/client/index.ts';
import { HostLab, runGap, ServerSite } from '../../src/gap/index.ts';
import { connectTcp, type LabInstance } from '../../src/lab/index.ts';
import type { Service } from '../../src/service/service.ts';
import { type Answer, type Received, serve } from '../support/http-server.ts';
import { quiet } from '../support/stores.ts';

/** Devices that a server of this cloud has room for: the first use case takes six. */
const SLOTS = 4;

const LOOPBACK = Address.parse('::1');

interface Booted {
  readonly name: string;
  readonly instance: LabInstance;
  readonly address: string;
  readonly ports: Set<string>;
}

/** A compute service whose servers are namespaces, in which it runs what they are given. */
class Computing {
  readonly servers = new Map<string, Booted>();
  booted = 0;
  /** Of every server that is asked for. */
  fault: string | undefined;
  /** What is said on consoles; nothing runs in servers then. */
  console: string | undefined;
  readonly #lab: HostLab;
  readonly #admin: NeutronClient;

  constructor(lab: HostLab, admin: NeutronClient) {
    this.#lab = lab;
    this.#admin = admin;
  }

  /** The server that has an address. */
  at(address: Address): LabInstance {
    const found = [...this.servers.values()].find((one) => one.address === address.toString());
    return found!.instance;
  }

  async answer({ method, url, body }: Received): Promise<Answer> {
    const [, id = '', what, portId = ''] =
      /^\/compute\/servers\/?([^/]*)\/?([^/]*)\/?([^/]*)$/.exec(url) ?? [];
    const server = this.servers.get(id);
    if (id === '') return this.#boot((body as { server: Wish }).server);
    if (server === undefined) return [404, { itemNotFound: { message: 'no such server' } }];
    if (what === 'action') return [200, { output: this.console ?? '' }];
    if (what === 'os-interface') {
      if (method === 'DELETE') return this.#detach(server, portId);
      return this.#attach(
        id,
        server,
        (body as { interfaceAttachment: { port_id: string } }).interfaceAttachment.port_id,
      );
    }
    if (method === 'DELETE') {
      for (const port of server.ports) await this.#detach(server, port);
      this.servers.delete(id);
      await this.#lab.remove(server.instance);
      await this.#admin.delete('instance', id);
      return [204];
    }
    const status = this.fault === undefined ? 'ACTIVE' : 'ERROR';
    return [200, { server: { id, name: server.name, status, fault: { message: this.fault } } }];
  }

  async #boot({ name, networks, user_data }: Wish): Promise<Answer> {
    this.booted++;
    const port = await this.#admin.show('port', networks[0]!.port);
    const userData = Buffer.from(user_data, 'base64').toString();
    // The network service is told of it, and serves what the server reads about itself.
    const { id } = await this.#admin.create('instance', {
      name,
      user_data: userData,
      project_id: port.project_id,
    });
    const instance = await this.#lab.instance(`server${this.booted}`);
    this.servers.set(id, { name, instance, address: port.fixed_ips[0]!.ip_address!, ports: new Set() });
    if (this.fault === undefined && this.console === undefined) {
      instance.writeFile('/run/user-data', userData);
      await instance.run('python3', '/run/user-data');
    }
    return [202, { server: { id } }];
  }

  async #attach(id: string, server: Booted, portId: string): Promise<Answer> {
    if (server.ports.size >= SLOTS)
      return [500, { computeFault: { message: 'Failed to attach network adapter device' } }];
    server.ports.add(portId);
    const port = await this.#admin.update('port', portId, { device_id: id });
    await this.#lab.plug(port, server.instance, `nic-${portId.slice(0, 8)}`, this.#admin);
    return [200, {}];
  }

  async #detach(server: Booted, portId: string): Promise<Answer> {
    if (!server.ports.delete(portId)) return [404, { itemNotFound: { message: 'no such port' } }];
    await this.#lab.unplug(portId);
    await this.#admin.update('port', portId, { device_id: '' });
    return [202];
  }
}

interface Wish {
  readonly name: string;
  readonly networks: readonly { readonly port: string }[];
  readonly user_data: string;
}

describe('the gap analysis with instances on servers', () => {
  let service: Service;
  let admin: NeutronClient;
  let lab: HostLab;
  let computing: Computing;
  const as = (project: string, role: string) =>
    NeutronClient.at(service.endpoint, { headers: { 'X-Project-Id': project, 'X-Roles': role } });
  before(async () => {
    service = await startPrivateService(quiet);
    admin = as('operator', 'admin');
    lab = new HostLab(service.host!, quiet);
    computing = new Computing(lab, admin);
  });
  after(async () => {
    admin.close();
    await lab.close();
    await service.stop();
  });

  /** Runs use cases in a project, on servers. */
  async function run(t: Parameters<typeof serve>[0], ...cases: string[]) {
    const root = { url: '' };
    const { endpoint } = await serve(t, (received) => {
      if (!received.url.endsWith('/auth/tokens')) return computing.answer(received);
      const catalog = ['compute', 'image'].map((type) => ({
        type,
        endpoints: [{ interface: 'public', url: `${root.url}/${type}` }],
      }));
      return [
        201,
        { token: { catalog, project: { id: 'red' }, roles: [] } },
        { 'x-subject-token': 'secret' },
      ];
    });
    root.url = endpoint;
    const compute = ComputeClient.ofCloud({
      tls: {},
      access: {
        type: 'keystone',
        options: { authUrl: endpoint, identity: { token: 't' }, interface: 'public' },
      },
    });
    const client = as('red', 'member');
    t.after(() => client.close());
    const reach = await admin.create('network', { name: 'reach', shared: true });
    const subnet = { network_id: reach.id, ip_version: 4, cidr: '192.0.2.0/24' } as const;
    await admin.create('subnet', subnet);
    const capabilities = Capabilities.whole;
    const site = await ServerSite.open({
      projects: [{ id: 'red', client, compute }],
      choice: { imageId: 'i', flavorId: 'f', reach },
      capabilities,
      run: 'abc123',
      signal: new AbortController().signal,
      dial: (host, port) => connectTcp(computing.at(host), LOOPBACK, port),
    });
    const cloud = { capabilities, projects: [{ id: 'red', client, environment: {} }], admin } as const;
    const report = await runGap({
      endpoint: service.endpoint,
      engine: 'OVN',
      claims: false,
      cloud,
      site,
      cases,
      run: 'abc123',
      clientFor: as,
      progress: () => {},
      log: quiet,
    });
    const trouble = await site.trouble();
    await site[Symbol.asyncDispose]();
    await admin.delete('network', reach.id);
    return { report, trouble };
  }

  it('packets pass as if instances were where the servers are, and all of it goes', async (t) => {
    const { report } = await run(t, 'v6-only');
    const [row] = report.cases;
    const failed = row!.evidence.filter(({ ok }) => !ok);
    assert.deepEqual([failed, row!.missing], [[], []]);
    assert.equal(row!.verdict, 'yes');
    // One that has no room for a port is followed by another.
    assert.equal(computing.booted, 2);
    assert.equal(computing.servers.size, 0);
    const left = [await admin.list('port'), await admin.list('network'), await admin.list('security_group')];
    assert.deepEqual(
      left.flat().filter(({ name }) => name.startsWith('sextant-gap-')),
      [],
    );
  });

  it('what a server reads about itself is what it was booted with, and no secret is told', async (t) => {
    const { report } = await run(t, 'metadata');
    const [row] = report.cases;
    const failed = row!.evidence.filter(({ ok }) => !ok);
    assert.deepEqual(failed, []);
    assert.ok(row!.evidence.length >= 4, row!.untried.join('\n'));
    // There is one project: whether another's is told its own is not tried.
    assert.equal(row!.verdict, 'partial');
    assert.doesNotMatch(JSON.stringify(report), /SECRET = /);
  });

  it("a server in ERROR makes rows unverified, with the cloud's words", async (t) => {
    computing.fault = 'No valid host was found.';
    t.after(() => {
      computing.fault = undefined;
    });
    const { report, trouble } = await run(t, 'v6-only');
    assert.equal(trouble, 'A server ended in ERROR: No valid host was found.');
    assert.deepEqual([report.cases[0]!.verdict, report.cases[0]!.missing], ['unverified', [trouble]]);
    assert.equal(computing.servers.size, 0);
  });

  it('so does one whose program says that it failed', async (t) => {
    const text = '{"event":"failed","error":"PermissionError: unshare"}';
    computing.console = `sextant-wire ${crc32(text).toString(16).padStart(8, '0')} ${text}\n`;
    t.after(() => {
      computing.console = undefined;
    });
    const { trouble } = await run(t, 'v6-only');
    assert.equal(trouble, 'The program in the server failed: PermissionError: unshare');
    assert.equal(computing.servers.size, 0);
  });
});
