/** Floating IPs: an external address that stands for a private one, of either family, and is moved. */
import { Address, type Family } from '../../../addressing/index.ts';
import type { Answered } from '../../../client/index.ts';
import { DhcpClient, ping, type TcpEcho, tcpProbe, udpProbe, waitUntil } from '../../../lab/index.ts';
import {
  apiRefuses,
  configured,
  defineUseCase,
  ipv4Of,
  ipv6Of,
  madeUnlessRefused,
  NO_COMMAND,
  pingFails,
  pingPasses,
  type Tenant,
  type Trial,
  tcpFails,
  tcpPasses,
  udpPasses,
} from '../../kit/index.ts';
import { type DualStackOutside, dualStackOutside } from '../outside-network.ts';
import { tryLimits } from './limits.ts';
import { type EchoGuest, movedWithin, SETTLED_MS, showSource, TCP_PORT, tryMove } from './moves.ts';
import { tryOtherFamilies } from './other-families.ts';

const BULK = 100_000;
/** The first port of a floating IP that leads to an instance's. */
const FORWARDED = 8042;

export const floatingIpUseCase = defineUseCase({
  id: 'floating-ip',
  title: 'Private IPv6 to external IPv6 floating IP, by REST, CLI and console; IPv4 too',
  claim: 'partial',
  missing: [
    'There is no console.',
    'An address of one family for one of the other is not tried while the gateway moves to another host.',
  ],
  needs: ['floatingip'],
  async gather(trial) {
    const world = await build(trial);
    const hasIpv6 = await tryFamily(trial, world, 6);
    await tryFamily(trial, world, 4);
    if (trial.isSextant) await tryPolicies(trial, world);
    if (hasIpv6) await tryCommand(trial, world);
    if (trial.isSextant) await tryOtherFamilies(trial, world);
  },
});

interface World extends DualStackOutside {
  readonly tenant: Tenant;
  readonly router: Answered<'router'>;
  readonly echoBeyond: TcpEcho;
  readonly guests: readonly [EchoGuest, EchoGuest];
}

/** Two instances behind a router with a gateway on an external network of both families. */
async function build(trial: Trial): Promise<World> {
  const tenant = trial.tenant('tenant');
  const external = await dualStackOutside(trial, tenant, 0x43);
  const { network, outside } = external;
  const inside = await tenant.network('inside');
  const router = await tenant.make('router', {
    name: 'edge',
    external_gateway_info: { network_id: network.id },
  });
  await tenant.attach(router, await tenant.subnet6(inside, 'fd42:1::/64', 'slaac'));
  await tenant.attach(router, await tenant.subnet4(inside, '10.42.0.0/24'));
  const start = async (name: string): Promise<EchoGuest> => {
    const port = await tenant.port(inside);
    const instance = await trial.instance(name, port);
    await DhcpClient.dhclient(instance.interface('eth0'), 'ipv4');
    await configured([instance.interface('eth0'), ipv6Of(port)]);
    return { name, instance, port, echo: await trial.tcpEcho(instance, TCP_PORT) };
  };
  const guests = [await start('one'), await start('two')] as const;
  const echoBeyond = await trial.tcpEcho(outside.beyond, TCP_PORT);
  return { tenant, router, ...external, echoBeyond, guests };
}

const addressOf = ({ port }: EchoGuest, family: Family): Address => (family === 6 ? ipv6Of : ipv4Of)(port);

/** @returns whether there are floating IPs of the family */
async function tryFamily(trial: Trial, world: World, family: Family): Promise<boolean> {
  const { tenant, network, subnets, outside, hosts, echoBeyond, guests } = world;
  const [one, two] = guests;
  const core = family === 6;
  const how = `IPv${family}`;
  const made = await madeUnlessRefused(trial, { what: `${how}: a floating IP is asked for`, core }, () =>
    tenant.make('floatingip', { floating_network_id: network.id, subnet_id: subnets[family].id }),
  );
  if (made === undefined) return false;
  const floating = Address.parse(made.floating_ip_address);
  trial.show(await pingFails({ what: `${how}: one that stands for nothing` }, outside.beyond, floating));
  const fixed = addressOf(one, family);
  await tenant.client.update('floatingip', made.id, { port_id: one.port.id, fixed_ip_address: `${fixed}` });
  const answers = async () => (await ping(outside.beyond, floating, { patienceMs: 200 })).received > 0;
  await waitUntil(answers, SETTLED_MS);
  trial.show(
    await pingPasses(
      { what: `${how}: a host beyond reaches the floating IP`, core },
      outside.beyond,
      floating,
      {
        count: 10,
      },
    ),
  );
  trial.show(
    await tcpPasses(
      { what: `${how}: TCP from there, and back`, core },
      ...([outside.beyond, floating, TCP_PORT, BULK] as const),
    ),
  );
  const host = hosts[family];
  showSource(trial, { what: `${how}: the client, as the instance sees it`, core }, host, one.echo);
  trial.show(
    await tcpPasses(
      { what: `${how}: TCP from the instance to the host beyond`, core },
      ...([one.instance, host, TCP_PORT, BULK] as const),
    ),
  );
  showSource(trial, { what: `${how}: the instance, as the host beyond sees it`, core }, floating, echoBeyond);
  const again = () =>
    tenant.make('floatingip', {
      ...{ floating_network_id: network.id, subnet_id: subnets[family].id, port_id: one.port.id },
      fixed_ip_address: `${fixed}`,
    });
  trial.show(await apiRefuses({ what: `${how}: a second one for the same address` }, again, 409));
  const at = { tenant, from: outside.beyond, floating, how, core };
  const from = { guest: one, fixed: addressOf(one, family) };
  await tryMove(trial, { ...at, id: made.id }, from, { guest: two, fixed: addressOf(two, family) });
  await tenant.client.update('floatingip', made.id, { port_id: null });
  const isSilent = async () => (await ping(outside.beyond, floating, { patienceMs: 200 })).received === 0;
  await waitUntil(isSilent, movedWithin(trial));
  trial.show(await pingFails({ what: `${how}: one that was taken off its port` }, outside.beyond, floating));
  trial.show(
    await tcpPasses(
      { what: `${how}: between the instances, all the same` },
      ...([one.instance, addressOf(two, family), TCP_PORT] as const),
    ),
  );
  if (trial.isSextant) await tryForwarding(trial, world, made, family);
  return true;
}

/** What passes is limited as QoS policies say. */
async function tryPolicies(trial: Trial, world: World): Promise<void> {
  const { tenant, network, outside, guests, hosts } = world;
  const [one] = guests;
  const address = ipv6Of(one.port);
  const floating = await tenant.make('floatingip', {
    ...{ floating_network_id: network.id, port_id: one.port.id, fixed_ip_address: `${address}` },
  });
  const outer = Address.parse(floating.floating_ip_address);
  const answers = async () => (await ping(outside.beyond, outer, { patienceMs: 200 })).received > 0;
  await waitUntil(answers, SETTLED_MS);
  await tryLimits(trial, {
    ...{ tenant, routerId: world.router.id, floating, outer, outside: outside.device },
    inside: { device: one.instance.interface('eth0'), address },
    beyond: { device: outside.beyond.interface('eth0'), address: hosts[6] },
  });
  await tenant.client.update('floatingip', floating.id, { port_id: null });
}

/** Ports of it lead to both instances, and no others to any. */
async function tryForwarding(
  trial: Trial,
  world: World,
  { id, floating_ip_address }: Answered<'floatingip'>,
  family: Family,
): Promise<void> {
  const { tenant, outside, hosts, guests } = world;
  const [one, two] = guests;
  const floating = Address.parse(floating_ip_address);
  const path = `/v2.0/floatingips/${id}/port_forwardings`;
  const forward = (port: Answered<'port'>, protocol: string, external: string, internal: number) =>
    tenant.client.request('POST', path, {
      body: {
        port_forwarding: {
          ...{ internal_port_id: port.id, protocol },
          ...{ external_port_range: external, internal_port: internal },
        },
      },
    });
  const how = `IPv${family}, ports of a floating IP`;
  await forward(one.port, 'tcp', `${FORWARDED}:${FORWARDED + 1}`, TCP_PORT);
  await forward(two.port, 'tcp', `${FORWARDED + 2}`, TCP_PORT);
  await forward(two.port, 'udp', `${FORWARDED}`, TCP_PORT);
  const udp = trial.udpEcho(two.instance, TCP_PORT);
  const reach = (port: number) =>
    tcpPasses({ what: `${how}: ${port}` }, outside.beyond, floating, port, BULK);
  for (const [guest, port] of [
    [one, FORWARDED],
    [one, FORWARDED + 1],
    [two, FORWARDED + 2],
  ] as const) {
    const connects = async () => (await tcpProbe(outside.beyond, floating, port)).outcome === 'connected';
    await waitUntil(connects, SETTLED_MS);
    const before = guest.echo.clients.length;
    trial.show(await reach(port));
    trial.show({
      what: `${how}: where ${port} leads, and whom the instance sees`,
      expected: `${guest.name}, from ${hosts[family]}`,
      seen:
        guest.echo.clients.length > before ? `${guest.name}, from ${guest.echo.clients.at(-1)}` : 'elsewhere',
      ok: guest.echo.clients.length > before && guest.echo.clients.at(-1)?.equals(hosts[family]) === true,
    });
  }
  await waitUntil(() => udpProbe(outside.beyond, floating, FORWARDED, { patienceMs: 200 }), SETTLED_MS);
  trial.show(await udpPasses({ what: `${how}: UDP` }, outside.beyond, floating, FORWARDED));
  trial.show({
    what: `${how}: instances that saw the datagram`,
    expected: `two, from ${hosts[family]}`,
    seen: `from ${udp.clients.at(-1) ?? 'nobody'}`,
    ok: udp.clients.at(-1)?.equals(hosts[family]) === true,
  });
  trial.show(
    await tcpFails({ what: `${how}: one that leads nowhere` }, outside.beyond, floating, FORWARDED + 3),
  );
  const { port_forwardings: forwardings } = await tenant.client.show('floatingip', id);
  for (const forwarding of forwardings) await tenant.client.request('DELETE', `${path}/${forwarding.id}`);
  const isGone = async () => (await tcpProbe(outside.beyond, floating, FORWARDED)).outcome !== 'connected';
  await waitUntil(isGone, SETTLED_MS);
  trial.show(
    await tcpFails({ what: `${how}: one that leads nowhere any more` }, outside.beyond, floating, FORWARDED),
  );
  udp.stop();
}

/** The same by the command line. */
async function tryCommand(trial: Trial, world: World): Promise<void> {
  if (!trial.hasCommand) return trial.leaveOut(NO_COMMAND);
  const { tenant, network, subnets, outside, guests } = world;
  const [one] = guests;
  const made = (await trial.command(
    tenant,
    ...['floating', 'ip', 'create', '--subnet', subnets[6].id, '--port', one.port.id],
    ...[network.id, '--format', 'json'],
  )) as Answered<'floatingip'>;
  tenant.removeLater('floatingip', made.id);
  const outer = Address.parse(made.floating_ip_address);
  const answers = async () => (await ping(outside.beyond, outer, { patienceMs: 200 })).received > 0;
  await waitUntil(answers, SETTLED_MS);
  trial.show(await pingPasses({ what: 'one that was made by the command line' }, outside.beyond, outer));
}
