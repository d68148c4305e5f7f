/** Router advertisements of instances reach nobody, in whatever disguise; those of the router do. */

import { type Address, linkLocalAddress, Mac, Prefix } from '../../../addressing/index.ts';
import type { Answered } from '../../../client/index.ts';
import { type InstanceInterface, UpstreamRouter, waitUntil } from '../../../lab/index.ts';
import { type Frame, icmpv6, ipv6 } from '../../../packets/index.ts';
import {
  addressAppears,
  arrivalEvidence,
  arrivals,
  type Carrier,
  configured,
  defineUseCase,
  describeAddresses,
  type Evidence,
  fileOf,
  framesOfShipments,
  ipv6Of,
  isAdvertisement,
  type Tenant,
  type Trial,
} from '../../kit/index.ts';
import { toolsByUseCase } from './attack-tools/tool-catalogue.ts';
import { tryTools } from './attack-tools/try-tools.ts';
import { framesOf, type Wave, wavesOf, whileSending } from './attacks.ts';
import { ROGUE_PREFIX, rogueAdvertisements } from './rogue-advertisements.ts';
import { type RouterPortSetting, tryRouterPort } from './router-port.ts';
import { ONE_HOST_AND_DATAPATH, openGroup, whereOf } from './stations.ts';

const PREFIX = Prefix.parse('fd16::/64');
const UPSTREAM = Mac.parse('02:00:00:00:16:01');
/** Neither Neighbour Discovery nor anything else that a guard looks at. */
const ECHO = { kind: 'echo-request', identifier: 16, sequence: 1, data: new Uint8Array(8) } as const;
/** OVN drops these by itself, whatever the port: nothing can show that they would arrive. */
const TAGGED = 'router advertisements with VLAN tags';
const BELIEF_MS = 3_000;

export const rogueRaUseCase = defineUseCase({
  id: 'rogue-ra',
  title: 'Tenant and provider networks protected from rogue router advertisements',
  claim: 'yes',
  missing: [],
  limits: ONE_HOST_AND_DATAPATH,
  async gather(trial) {
    await trial.each(['tenant', 'vlan'] as const, async (part, carrier) => {
      const setting = await start(part, carrier);
      await tryRouter(part, setting);
      await tryRogue(part, setting);
      await tryReboot(part, setting);
      if (part.can('port.device_role')) await tryRouterPort(part, setting);
      else part.leaveOut('ports whose instances are meant to be routers: ports have no device_role there.');
      await tryUnguarded(part, setting);
    });
  },
  gatherAlone: (trial) => tryTools(trial, toolsByUseCase['rogue-ra']),
});

interface Guest {
  readonly device: InstanceInterface;
  readonly address: Address;
}

interface Setting extends RouterPortSetting {
  readonly victim: Guest;
  readonly attacker: Guest;
  /** Plugged in past the guard, with a port without port security. */
  readonly unguarded: Guest;
}

/** On the VLAN the router is outside, and no VIM knows it; on the tenant network it is one of the VIM's. */
async function start(trial: Trial, carrier: Carrier): Promise<Setting> {
  const tenant = trial.tenant(carrier);
  const network = await tenant.network('network', carrier);
  const router = await (carrier === 'vlan' ? routerOutside : routerInside)(trial, tenant, network);
  const open = await openGroup(tenant);
  const guarded = { security_groups: [open.id] };
  const ports = [
    await tenant.port(network, guarded),
    await tenant.port(network, guarded),
    await tenant.port(network, { security_groups: [], port_security_enabled: false }),
  ] as const;
  const victim = await trial.bareInstance('victim', ports[0]);
  const capture = trial.capture(victim.interface('eth0'));
  victim.interface('eth0').up();
  const [attacker, unguarded] = await Promise.all([
    trial.instance('attacker', ports[1]),
    trial.unguardedInstance('unguarded', ports[2]),
  ]);
  const [one, two, three] = [victim, attacker, unguarded].map((instance, index): Guest => {
    return { device: instance.interface('eth0'), address: ipv6Of(ports[index]!) };
  });
  return {
    where: whereOf(carrier),
    tenant,
    network,
    group: open.id,
    router,
    victim: one!,
    attacker: two!,
    unguarded: three!,
    capture,
  };
}

async function routerInside(_: Trial, tenant: Tenant, network: Answered<'network'>): Promise<Address> {
  const { id } = await tenant.router('router', [await tenant.subnet6(network, PREFIX.toString(), 'slaac')]);
  const [port] = await tenant.client.list('port', { device_id: id });
  return linkLocalAddress(Mac.parse(port!.mac_address));
}

async function routerOutside(trial: Trial, tenant: Tenant, network: Answered<'network'>): Promise<Address> {
  await tenant.subnet6(network, PREFIX.toString(), undefined, { ipv6_address_mode: 'slaac' });
  const upstream = await trial.outsideInstance('upstream', UPSTREAM, network);
  const prefix = {
    kind: 'prefix-information',
    prefix: PREFIX,
    onLink: true,
    autonomous: true,
    prefersDelegation: false,
    validLifetime: 3600,
    preferredLifetime: 1800,
  } as const;
  const advertised = { routerLifetime: 1800, options: [prefix] };
  UpstreamRouter.start([{ device: upstream.interface('eth0'), prefixes: [PREFIX], advertised }]);
  return linkLocalAddress(UPSTREAM);
}

/** The legitimate router configures the victim. */
async function tryRouter(trial: Trial, setting: Setting): Promise<void> {
  const { where, victim, attacker, unguarded, capture, router } = setting;
  const by = where === 'VLAN' ? 'the router upstream' : "the network's router";
  const what = `${where}: address by an advertisement of ${by}`;
  trial.show(await addressAppears({ what, core: true }, victim.device, victim.address));
  await configured([attacker.device, attacker.address], [unguarded.device, unguarded.address]);
  await capture.settle();
  const sources = new Set(
    capture.received(isAdvertisement).flatMap(({ frame: { network } }) => {
      return network.kind === 'ipv6' ? [network.source.toString()] : [];
    }),
  );
  trial.show({
    what: `${where}: who advertises`,
    expected: `${router}`,
    seen: [...sources].join(', ') || 'nobody',
    ok: sources.size === 1 && sources.has(router.toString()),
    core: true,
  });
  trial.show(beliefs(`${where}: default router and prefixes`, setting));
}

/** The advertisements of a host on their way to the victim. */
const rogueWaves = (from: Guest, { victim, router, capture }: Setting): Wave[] =>
  wavesOf(rogueAdvertisements(from.device.mac, victim.device.mac, router), from.device, capture);

/** None of the attacker's frames arrives, while others of it do, and the victim believes nothing. */
async function tryRogue(trial: Trial, setting: Setting): Promise<void> {
  const { where, attacker, victim, capture } = setting;
  const waves = rogueWaves(attacker, setting);
  const echo = { from: attacker.device, frame: echoRequest(attacker, victim), to: capture };
  const arrived = await arrivals([echo], framesOf(waves));
  trial.show({
    what: `${where}: an echo request of the attacker, sent after the others`,
    expected: 'it arrives',
    seen: arrived.has(echo) ? 'it does' : 'it does not',
    ok: arrived.has(echo),
    core: true,
  });
  for (const { kind, shipments } of waves) {
    const evidence = arrivalEvidence(`${where}: ${kind}`, shipments, arrived, 'none');
    trial.show(await trial.proven(evidence, capture, fileOf(evidence), framesOfShipments(shipments)));
  }
  trial.show({
    ...beliefs(`${where}: default router and prefixes after all of these`, setting),
    ...(await trial.pcap(capture, `${where.replace(' ', '-').toLowerCase()}-victim`)),
  });
}

/** Who starts while the attacker advertises is configured by the router. */
async function tryReboot(trial: Trial, setting: Setting): Promise<void> {
  const { where, attacker, victim } = setting;
  victim.device.down();
  victim.device.up();
  const frames = framesOf(rogueWaves(attacker, setting)).map(({ frame }) => frame);
  const what = `${where}: address of an instance that starts while the attacker advertises`;
  const appears = await whileSending(attacker.device, frames, () =>
    addressAppears({ what, core: true }, victim.device, victim.address),
  );
  trial.show(appears);
  trial.show(beliefs(`${where}: its default router and prefixes`, setting));
}

/** The same from where no guard is: so it was the guard's doing that nothing arrived, and the victim would believe it. */
async function tryUnguarded(trial: Trial, setting: Setting): Promise<void> {
  const { where, unguarded, victim } = setting;
  const waves = rogueWaves(unguarded, setting).filter(({ kind }) => kind !== TAGGED);
  const all = waves.flatMap(({ shipments }) => shipments);
  const arrived = await arrivals(all, []);
  trial.show(
    arrivalEvidence(`${where}: all of these but the tagged ones, past the guard`, all, arrived, 'all'),
  );
  const believed = await waitUntil(() => rogueAddresses(victim).length > 0, BELIEF_MS);
  trial.show({
    what: `${where}: and what the victim makes of them`,
    expected: `an address of ${ROGUE_PREFIX}`,
    seen: describeAddresses(victim.device),
    ok: believed === true,
  });
}

const echoRequest = (from: Guest, to: Guest): Frame => ({
  source: from.device.mac,
  destination: to.device.mac,
  vlans: [],
  network: ipv6(from.address, to.address, icmpv6(ECHO)),
});

const rogueAddresses = ({ device }: Guest) =>
  device.addresses().filter(({ address }) => ROGUE_PREFIX.contains(address));

/** The victim's default routers and what it has of advertised prefixes are the legitimate router's. */
function beliefs(what: string, { victim, router }: Setting): Evidence {
  const routes = victim.device.routes().filter(({ destination }) => destination.family === 6);
  const routers = routes
    .filter(({ destination }) => destination.length === 0)
    .map(({ gateway }) => `${gateway ?? 'none'}`);
  const others = victim.device.usable(6).filter((address) => !address.equals(victim.address));
  const foreign = routes.filter(
    ({ destination }) => ROGUE_PREFIX.overlaps(destination) && destination.length > 0,
  );
  return {
    what,
    expected: `${router}, no address but ${victim.address}`,
    seen: `${routers.join(', ') || 'no router'}, ${describeAddresses(victim.device)}`,
    ok:
      routers.length === 1 &&
      routers[0] === router.toString() &&
      others.length + rogueAddresses(victim).length + foreign.length === 0,
    core: true,
  };
}
