/**
 * What the service and OVN take for many ports: a start from nothing, a restart, a change during the audit and after
 * it, a stop. As root: `node bench/many-ports/run.ts PORTS [PORTS-A-PROJECT]`. Each project has a network on a common
 * router, and all its ports are in its default group. Prints a line of JSON for each step.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { NeutronClient } from '../../src/client/index.ts';
import { measure } from '../measure.ts';
import { processCpu, residentMemory } from '../process-figures.ts';
import { summarise } from '../statistics.ts';
import { copyPort } from './seed.ts';
import { ServiceProcess } from './service-process.ts';

const run = promisify(execFile);
const signal = new AbortController().signal;
const [ports = 5_000, perProject = 5_000] = process.argv.slice(2).map(Number);
const LISTEN_PORT = 19_797;
/** Changes of which each is timed until the chassis has it. */
const CHANGES = 10;

const rounded = (value: number): number => Math.round(value * 1_000) / 1_000;
const print = (step: string, figures: Readonly<Record<string, unknown>>): void =>
  console.log(
    JSON.stringify({ step, ...figures }, (_key, value) =>
      typeof value === 'number' ? rounded(value) : value,
    ),
  );

/** A project with a network of its own, and the port that all others of it are copies of. */
interface BenchProject {
  readonly client: NeutronClient;
  readonly networkId: string;
  readonly portId: string;
}

async function makeTenant(endpoint: string, number: number, routerId: string): Promise<BenchProject> {
  const project = number.toString(16).padStart(32, '0');
  const client = NeutronClient.at(endpoint, { headers: { 'X-Project-Id': project, 'X-Roles': 'admin' } });
  const { id: networkId } = await client.create('network', { name: 'many', project_id: project });
  const subnet = await client.create('subnet', {
    ...{ network_id: networkId, project_id: project, ip_version: 6 },
    cidr: `fd5e:c7a9:${number.toString(16)}:1::/64`,
    ipv6_ra_mode: 'slaac',
    ipv6_address_mode: 'slaac',
  });
  await client.addRouterInterface(routerId, { subnet_id: subnet.id });
  const { id: portId } = await client.create('port', { network_id: networkId, project_id: project });
  return { client, networkId, portId };
}

const makePort = ({ client, networkId }: BenchProject) => client.create('port', { network_id: networkId });

/** Makes ports one after the other; each is timed until OVN's chassis says that it has it. */
async function timeChanges(service: ServiceProcess, tenant: BenchProject): Promise<void> {
  const processes = await service.processes();
  const before = new Map(Array.from(processes, ([name, pid]) => [name, processCpu(pid) ?? 0]));
  const samples: number[] = [];
  for (let index = 0; index < CHANGES; index++) {
    const startedAt = performance.now();
    await makePort(tenant);
    await service.settled();
    await run('ovn-nbctl', [`--db=${service.northbound}`, '--wait=hv', '--timeout=300', 'sync']);
    samples.push(performance.now() - startedAt);
  }
  const cpuMs = Object.fromEntries(
    Array.from(processes, ([name, pid]) => [name, ((processCpu(pid) ?? 0) - before.get(name)!) / CHANGES]),
  );
  print('change until the chassis has it', { medianMs: summarise(samples).median, cpuMs });
}

/** Plugs a port in on this machine, so that the chassis has flows of its network. */
async function plugIn(service: ServiceProcess, portId: string): Promise<void> {
  const { switchDatabase } = service.host;
  const name = 'many-ports';
  // OVN is not shown whose a device is that is past the guard, unless it is to be there.
  const ids = [`external_ids:iface-id=${portId}`, 'external_ids:"sextant:unguarded"=true'];
  const options = ['type=internal', ...ids];
  const add = ['add-port', 'br-int', name, '--', 'set', 'Interface', name, ...options];
  await run('ovs-vsctl', [`--db=${switchDatabase}`, '--may-exist', ...add]);
}

/** What it takes to make ports while something else goes on, and after that. */
async function timeRequests(step: string, tenant: BenchProject, count: number): Promise<void> {
  const { median, p95 } = await measure({ count, clients: 1, signal }, () => makePort(tenant));
  print(step, { medianMs: median, p95Ms: p95 });
}

const state = await mkdtemp(join(tmpdir(), 'sextant-many-'));
let service = new ServiceProcess(state, LISTEN_PORT);
try {
  await service.settled();
  const { id: routerId } = await NeutronClient.at(service.endpoint).create('router', { name: 'many' });
  const tenants: BenchProject[] = [];
  for (let number = 1; number <= Math.ceil(ports / perProject); number++)
    tenants.push(await makeTenant(service.endpoint, number, routerId));
  const [tenant] = tenants as [BenchProject];
  await service.end();
  for (const [index, { portId }] of tenants.entries())
    copyPort(join(state, 'sextant.db'), portId, index * perProject, perProject);

  await rm(join(state, 'engine'), { recursive: true });
  service = new ServiceProcess(state, LISTEN_PORT);
  await service.answers();
  print('start without OVN: API', { seconds: service.age });
  await service.settled();
  print('start without OVN: all is in OVN', {
    seconds: service.age,
    cpu: service.cpu,
    memory: service.memory,
  });
  print('stop', { seconds: await service.stop() });
  await service.end();

  service = new ServiceProcess(state, LISTEN_PORT);
  await service.answers();
  print('restart: API', { seconds: service.age });
  await service.settled();
  print('restart: changes reach OVN', { seconds: service.age, cpu: service.cpu });
  await timeRequests('create during the audit', tenant, 50);
  await service.lookedAt(ports);
  print('restart: audit is through', { seconds: service.age, cpu: service.cpu, memory: service.memory });
  await plugIn(service, tenant.portId);
  await run('ovn-nbctl', [`--db=${service.northbound}`, '--wait=hv', '--timeout=600', 'sync']);
  print('restart: the chassis has all', { seconds: service.age });
  await timeRequests('create after the audit', tenant, 50);
  await timeChanges(service, tenant);
  const memory = Array.from(await service.processes(), ([name, pid]) => [name, residentMemory(pid)]);
  print('memory', Object.fromEntries(memory));
  print('stop', { seconds: await service.stop() });
} finally {
  await service.end();
  await rm(state, { recursive: true, force: true });
}
