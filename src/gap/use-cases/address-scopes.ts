/** What a router keeps apart: networks whose addresses are of different address scopes. */
import { type LabInstance, ping, waitUntil } from '../../lab/index.ts';
import {
  configured,
  ipv6Of,
  pingFails,
  pingPasses,
  pingPassesSoon,
  type Tenant,
  type Trial,
} from '../kit/index.ts';

/** In which hosts do what the API says. */
const SOON_MS = 20_000;

interface Guest {
  readonly instance: LabInstance;
  readonly address: ReturnType<typeof ipv6Of>;
}

/** Two networks of one scope and one of another, on one router. */
export async function tryScopes(trial: Trial): Promise<void> {
  const tenant = trial.tenant('scopes');
  const pools = [];
  for (const [name, prefix] of [
    ['one', 'fd14:1::/48'],
    ['other', 'fd14:2::/48'],
  ] as const) {
    const scope = await tenant.make('address_scope', { name, ip_version: 6 });
    pools.push(await tenant.make('subnetpool', { name, prefixes: [prefix], address_scope_id: scope.id }));
  }
  const [one, other] = pools;
  if (!one || !other) return;
  const router = await tenant.make('router', { name: 'between' });
  const guests: Guest[] = [];
  for (const [index, { pool, cidr }] of [
    { pool: one, cidr: 'fd14:1:0:1::/64' },
    { pool: one, cidr: 'fd14:1:0:2::/64' },
    { pool: other, cidr: 'fd14:2:0:1::/64' },
  ].entries()) {
    const network = await tenant.network(`scoped-${index}`);
    await tenant.attach(router, await tenant.subnet6(network, cidr, 'slaac', { subnetpool_id: pool.id }));
    guests.push(await guestOn(trial, tenant, network, `scoped-${index}`));
  }
  const [first, sibling, stranger] = guests;
  if (!first || !sibling || !stranger) return;
  const apart = async (when: string): Promise<void> => {
    trial.show(await pingPasses({ what: `${when}: within a scope` }, first.instance, sibling.address));
    const between = { what: `${when}: from a scope to another` };
    trial.show(await pingFails(between, first.instance, stranger.address));
    trial.show(await pingFails({ what: `${when}: and back` }, stranger.instance, first.address));
  };
  await apart('address scopes');
  // The control: what kept them apart is the scope alone.
  const move = (scope: string | null) =>
    tenant.client.update('subnetpool', other.id, { address_scope_id: scope });
  await move(one.address_scope_id);
  const joined = { what: 'the same two networks, once they are of one scope' };
  trial.show(await pingPassesSoon(joined, first.instance, stranger.address));
  await move(other.address_scope_id);
  const once = { count: 1, patienceMs: 500 };
  await waitUntil(async () => (await ping(first.instance, stranger.address, once)).received === 0, SOON_MS);
  await apart('address scopes, apart again');
}

async function guestOn(
  trial: Trial,
  tenant: Tenant,
  network: Awaited<ReturnType<Tenant['network']>>,
  name: string,
): Promise<Guest> {
  const port = await tenant.port(network);
  const instance = await trial.instance(name, port);
  await configured([instance.interface('eth0'), ipv6Of(port)]);
  return { instance, address: ipv6Of(port) };
}
