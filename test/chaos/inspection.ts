/** What must hold when the dust has settled. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { NeutronClient } from '../../src/client/index.ts';
import { MANAGED_TABLES, northboundDatabase } from '../../src/engine/northbound/database.ts';
import { NorthboundPlanner } from '../../src/engine/northbound/planner.ts';
import { diff, isEmpty } from '../../src/engine/reconciler/diff.ts';
import type { Planned, UnitName } from '../../src/engine/reconciler/plan.ts';
import { ReplicaView } from '../../src/engine/reconciler/replica-view.ts';
import { Pinger } from '../../src/lab/index.ts';
import { type Declaration, OvsdbClient, type TableKinds } from '../../src/ovsdb/index.ts';
import { openStore } from '../../src/service/open-store.ts';
import type { ServiceStatus } from '../../src/service/status.ts';
import { eventually } from '../support/eventually.ts';
import { log } from '../support/ovsdb-server.ts';
import { addressesOf } from './clients.ts';
import type { Found, Kind, Ledger } from './ledger.ts';
import { OWN, type Server, type World } from './world.ts';

const run = promisify(execFile);

/** Until everything is well again after faults that are over, seconds. */
const PATIENCE = 60;

/** @throws AssertionError that says what does not hold */
export async function inspect(world: World, ledger: Ledger): Promise<void> {
  for (const server of world.servers) assert.ok(server.isAlive(), `${server.name} has ended by itself`);
  for (const { name, endpoint } of world.servers)
    await eventually(`${name} is ready`, async () => (await fetch(`${endpoint}/readyz`)).ok, PATIENCE);
  const views = await Promise.all(world.servers.map(({ client }) => resourcesSeenBy(client)));
  for (const view of views) assert.deepEqual(view, views[0], 'all servers tell the same');
  const wrong = ledger.settle(views[0]!);
  assert.deepEqual(wrong, []);
  await ovnFollows(world);
  await Promise.all([answersEachOther(world, 0, 1), answersEachOther(world, 1, 0)]);
}

/** What a server tells of the resources of clients; addresses that are held twice are an error. */
async function resourcesSeenBy(client: NeutronClient): Promise<Found[]> {
  const ports = (await client.list('port')).filter(({ name }) => !name.startsWith(OWN));
  for (const [network, ones] of Map.groupBy(ports, ({ network_id }) => network_id)) {
    const addresses = ones.flatMap(addressesOf);
    assert.deepEqual(addresses.toSorted(), [...new Set(addresses)].sort(), `addresses on ${network}`);
    assert.equal(new Set(ones.map(({ mac_address }) => mac_address)).size, ones.length, 'a MAC twice');
  }
  const isInterface = ({ device_owner }: { device_owner: string }) =>
    device_owner === 'network:router_interface';
  const interfaces = Map.groupBy(ports.filter(isInterface), ({ device_id }) => device_id);
  const list = async (kind: Exclude<Kind, 'port'>) =>
    (await client.list(kind)).filter(({ name }) => !name.startsWith(OWN));
  const found = (
    kind: Kind,
    one: { id: string; name: string; description: string },
    has: string[],
  ): Found => ({
    ...{ kind, id: one.id, name: one.name, description: one.description, has },
  });
  const [networks, subnets, routers] = await Promise.all([list('network'), list('subnet'), list('router')]);
  for (const id of interfaces.keys())
    assert.ok(
      routers.some((one) => one.id === id),
      `router ${id} is gone`,
    );
  const subnetsOf = (id: string) =>
    (interfaces.get(id) ?? [])
      .flatMap(({ fixed_ips }) => fixed_ips.map(({ subnet_id }) => subnet_id!))
      .sort();
  return [
    ...networks.map((one) => found('network', one, [])),
    ...subnets.map((one) => found('subnet', one, [])),
    ...routers.map((one) => found('router', one, subnetsOf(one.id))),
    ...ports.filter((one) => !isInterface(one)).map((one) => found('port', one, addressesOf(one))),
  ].sort((one, other) => (one.id < other.id ? -1 : 1));
}

/** Waits until OVN's databases are those that a plan from scratch asks for. */
async function ovnFollows(world: World): Promise<void> {
  const [service] = world.servers;
  await eventually(
    'the whole journal is in OVN',
    async () => {
      const { engine, failed_units: failed } = await statusOf(service!);
      return engine?.waiting === 0 && failed?.total === 0;
    },
    PATIENCE,
  );
  const store = await openStore({ url: world.storeUrl, log });
  const declaration: Declaration<TableKinds> = northboundDatabase;
  const client = await OvsdbClient.connect({
    remote: `unix:${world.rundir}/ovnnb_db.sock`,
    declaration,
    log,
  });
  try {
    const view = new ReplicaView(client, MANAGED_TABLES);
    const planner = new NorthboundPlanner(store.read, world.settings);
    let edits = await missing(planner, view);
    await eventually(
      'OVN has what a plan from scratch says',
      async () => {
        edits = await missing(planner, view);
        return isEmpty(edits);
      },
      PATIENCE,
    ).catch((error) => assert.fail(`${error.message}: ${JSON.stringify(edits)}`));
    const ports = await store.read.selectFrom('ports').select('id').execute();
    const ids = ports.map(({ id }) => id).sort();
    await eventually(
      'the southbound database has the ports',
      async () => {
        const words = [`--db=unix:${world.rundir}/ovnsb_db.sock`, '--timeout=5', '--bare'];
        const { stdout } = await run('ovn-sbctl', [
          ...words,
          '--columns=logical_port',
          'list',
          'Port_Binding',
        ]);
        // Routers' ends of their ports, and those of hosts' services, have names of their own.
        const bound = new Set(stdout.split('\n'));
        const known = [...bound].filter((name) => /^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(name)).sort();
        return JSON.stringify(known) === JSON.stringify(ids);
      },
      PATIENCE,
    );
  } finally {
    await client.close();
    await store.close();
  }
}

/** What would have to be done to a database for it to be as it should be. */
async function missing(planner: NorthboundPlanner, view: ReplicaView): Promise<ReturnType<typeof diff>> {
  const plans = new Map<UnitName, readonly Planned[]>([...view.units()].map((unit) => [unit, []]));
  for await (const units of planner.units())
    for (const [unit, plan] of await planner.plan(units)) {
      assert.ok(!(plan instanceof Error), `${unit}: ${plan}`);
      plans.set(unit, plan);
    }
  return diff(plans, view);
}

const statusOf = async ({ endpoint }: Server): Promise<ServiceStatus> =>
  (await (await fetch(`${endpoint}/status`)).json()) as ServiceStatus;

async function answersEachOther({ instances }: World, from: number, to: number): Promise<void> {
  const pinger = await Pinger.start(instances[from]!.instance, instances[to]!.address);
  await pinger.end();
}
