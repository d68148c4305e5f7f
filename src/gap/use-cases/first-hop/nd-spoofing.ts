/** Neighbour Discovery by which an instance would take the place of others, deny them theirs, or keep the switch busy. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Address, linkLocalAddress, type Mac, Prefix } from '../../../addressing/index.ts';
import { type Capture, type PingResult, ping, waitUntil } from '../../../lab/index.ts';
import {
  addressAppears,
  arrivalEvidence,
  arrivals,
  type Carrier,
  defineUseCase,
  type Evidence,
  fileOf,
  framesOfShipments,
  pingPasses,
  type Trial,
} from '../../kit/index.ts';
import { toolsByUseCase } from './attack-tools/tool-catalogue.ts';
import { tryTools } from './attack-tools/try-tools.ts';
import { framesOf, wavesOf, whileSending } from './attacks.ts';
import { type DenialSetting, tryDenials } from './denied-victims.ts';
import {
  addressDenials,
  discoveryFlood,
  ownAddressAttack,
  ownDiscovery,
  spoofedDiscovery,
} from './spoofed-discovery.ts';
import type { Station } from './spoofed-frames.ts';
import {
  type GuestStation,
  guestOf,
  ONE_HOST_AND_DATAPATH,
  openGroup,
  routerStation,
  whereOf,
} from './stations.ts';

const PREFIX = Prefix.parse('fd21::/64');
/** Frames of the flood, and how they are spread: 2,000 in a second. */
const FLOOD = { frames: 4_000, atOnce: 40, everyMs: 20 } as const;
/** Of one port: what a Sextant host lets through at once, and in a second after that. */
const LIMIT = { burst: 200, rate: 100 } as const;
const PINGS = 20;
/** A busy machine may be late with a few. */
const PINGS_ANSWERED = 18;
const EFFECT_MS = 4_000;
/**
 * What the use case's own words are about, and hosts believe: they ignore Neighbour Discovery with another hop limit by
 * themselves (RFC 4861 section 7.1). The rest is tried where a guard claims to stop it.
 */
const ABOUT_NEIGHBOURS: ReadonlySet<string> = new Set([
  'advertisements of what others have',
  'solicitations in the name of others',
  "link-layer options that are not the sender's",
  'duplicate address detection for what others have',
  'redirects',
  'Neighbour Discovery in fragments',
]);

export const ndSpoofingUseCase = defineUseCase({
  id: 'nd-spoofing',
  title: 'First-hop security: Neighbour Discovery spoofing',
  claim: 'yes',
  missing: [],
  limits: ONE_HOST_AND_DATAPATH,
  async gather(trial) {
    await trial.each(['tenant', 'vlan'] as const, async (part, carrier) => {
      const setting = await start(part, carrier);
      await trySpoofing(part, setting);
      if (!part.isSextant) part.leaveOut('messages of DHCP servers, multicast queriers and the like.');
      if (part.isSextant) await tryFlood(part, setting);
      await tryDenial(part, setting);
      if (part.can('port.address_policy')) await tryDenials(part, setting);
      else part.leaveOut('addresses that instances make up: ports have no address_policy there.');
      await tryUnguarded(part, setting);
    });
  },
  gatherAlone: (trial) => tryTools(trial, toolsByUseCase['nd-spoofing']),
});

interface Setting extends DenialSetting {
  readonly router: Pick<Station, 'mac' | 'address'>;
  readonly victim: GuestStation;
  readonly bystander: GuestStation;
  readonly attacker: GuestStation;
  /** Plugged in past the guard, with a port without port security. */
  readonly unguarded: GuestStation;
  /** The same: nothing protects it. */
  readonly exposed: GuestStation;
  /** At the victim. */
  readonly capture: Capture;
  /** At the one that nothing protects. */
  readonly captureExposed: Capture;
}

async function start(trial: Trial, carrier: Carrier): Promise<Setting> {
  const tenant = trial.tenant(carrier);
  const network = await tenant.network('network', carrier);
  const subnet = await tenant.subnet6(network, PREFIX.toString(), 'slaac');
  await tenant.subnet4(network, '10.21.0.0/24');
  const router = await tenant.router('router', [subnet]);
  const open = await openGroup(tenant);
  const boot = async (name: string): Promise<GuestStation> => {
    const port = await tenant.port(network, { security_groups: [open.id] });
    return guestOf(port, trial.instance(name, port));
  };
  const bootPast = async (name: string): Promise<GuestStation> => {
    const port = await tenant.port(network, { security_groups: [], port_security_enabled: false });
    return guestOf(port, trial.unguardedInstance(name, port));
  };
  const [victim, bystander, attacker, unguarded, exposed] = await Promise.all([
    boot('victim'),
    boot('bystander'),
    boot('attacker'),
    bootPast('unguarded'),
    bootPast('exposed'),
  ]);
  return {
    where: whereOf(carrier),
    tenant,
    network,
    group: open.id,
    router: await routerStation(tenant, router),
    victim,
    bystander,
    attacker,
    unguarded,
    exposed,
    capture: trial.capture(victim.device),
    captureExposed: trial.capture(exposed.device),
  };
}

/** What the attacker says of itself arrives, nothing else does, and the victim goes on as before. */
async function trySpoofing(trial: Trial, setting: Setting): Promise<void> {
  const { where, attacker, victim, bystander, router, capture } = setting;
  await meet(setting, victim);
  const [own, question] = wavesOf(
    { own: [ownDiscovery(attacker, victim)], question: [ownAddressAttack(attacker)] },
    attacker.device,
    capture,
  );
  const waves = wavesOf(spoofedDiscovery(attacker, victim, bystander, router), attacker.device, capture);
  const arrived = await arrivals(own!.shipments, framesOf([question!, ...waves]));
  trial.show(arrivalEvidence(`${where}: Neighbour Discovery about itself`, own!.shipments, arrived, 'all'));
  const asks = `${where}: its question whether its address is free`;
  // A guard that knows who has an address need not trouble the others with the question; another may.
  if (trial.isSextant) trial.show(arrivalEvidence(asks, question!.shipments, arrived, 'none'));
  for (const { kind, shipments } of waves) {
    if (!trial.isSextant && !ABOUT_NEIGHBOURS.has(kind)) continue;
    const evidence = arrivalEvidence(`${where}: ${kind}`, shipments, arrived, 'none');
    trial.show(await trial.proven(evidence, capture, fileOf(evidence), framesOfShipments(shipments)));
  }
  trial.show({
    ...cache(`${where}: the victim's neighbours after all of these`, setting),
    ...(await trial.pcap(capture, `${where.replace(' ', '-').toLowerCase()}-victim`)),
  });
  const what = `${where}: the victim finds the attacker, whose own Neighbour Discovery works`;
  trial.show(await pingPasses({ what, core: true }, victim.instance, attacker.address));
}

/** A victim fills its neighbour cache. */
async function meet({ bystander, router }: Setting, victim: GuestStation): Promise<void> {
  for (const target of [bystander.address, router.address]) await ping(victim.instance, target);
  for (const { mac } of [bystander, router]) {
    await ping(victim.instance, linkLocalAddress(mac), { device: victim.device.device });
  }
}

/** Little of a flood gets through; others go on, and get addresses, meanwhile. */
async function tryFlood(trial: Trial, setting: Setting): Promise<void> {
  const { where, attacker, victim, bystander, unguarded, router, capture } = setting;
  const before = capture.observations.length;
  const begun = performance.now();
  bystander.device.down();
  const [result, appears] = await during(flood(attacker, router), async () => {
    bystander.device.up();
    const what = `${where}: address of an instance that starts meanwhile`;
    return Promise.all([
      ping(victim.instance, unguarded.address, { count: PINGS, intervalMs: 100, patienceMs: 1_000 }),
      addressAppears({ what, core: true }, bystander.device, bystander.address),
    ]);
  });
  await capture.settle();
  const seconds = (performance.now() - begun) / 1_000;
  const arrived = capture.observations
    .slice(before)
    .filter(({ outgoing, frame }) => !outgoing && frame.source.equals(attacker.mac)).length;
  const most = Math.ceil(LIMIT.burst + LIMIT.rate * seconds);
  trial.show({
    what: `${where}: what the victim hears of a flood of Neighbour Discovery: ${FLOOD.frames} frames`,
    expected: `some, at most ${LIMIT.burst} and ${LIMIT.rate} in a second`,
    seen: `${arrived} frames in ${seconds.toFixed(1)} s`,
    ok: arrived > 0 && arrived <= most,
    core: true,
  });
  trial.show(pings(`${where}: pings between others during the flood`, result));
  trial.show(appears);
  await meet(setting, victim);
  trial.show(cache(`${where}: the victim's neighbours after it`, setting));
}

/** Sends what a station may send, in great number. */
async function flood(attacker: GuestStation, router: Setting['router']): Promise<void> {
  const frames = discoveryFlood(attacker, router, FLOOD.frames);
  for (let sent = 0; sent < frames.length; sent += FLOOD.atOnce) {
    attacker.device.send(...frames.slice(sent, sent + FLOOD.atOnce));
    await delay(FLOOD.everyMs);
  }
}

async function during<T>(background: Promise<void>, act: () => Promise<T>): Promise<T> {
  const [, result] = await Promise.all([background, act()]);
  return result;
}

/** The victim starts anew, and gets its addresses although the attacker says that it has them. */
async function tryDenial(trial: Trial, { where, attacker, victim }: Setting): Promise<void> {
  victim.device.down();
  victim.device.up();
  const what = `${where}: the victim starts, and the attacker says that it has its addresses`;
  const appears = await whileSending(attacker.device, addressDenials(attacker, victim), () =>
    addressAppears({ what, core: true }, victim.device, victim.address),
  );
  trial.show(appears);
  trial.show({
    what: `${where}: addresses of the victim that are duplicates`,
    expected: 'none',
    seen: describeDuplicates(victim),
    ok: duplicates(victim).length === 0,
    core: true,
  });
}

/**
 * The same past the guard, at a victim that has none either: so it was the guard's and port security's doing. A
 * victim's own guard keeps from it what would have it give its addresses up, wherever that comes from.
 */
async function tryUnguarded(trial: Trial, setting: Setting): Promise<void> {
  const { where, unguarded, exposed, bystander, router, captureExposed } = setting;
  await meet(setting, exposed);
  const attacks = {
    ...spoofedDiscovery(unguarded, exposed, bystander, router),
    question: [ownAddressAttack(unguarded)],
  };
  const all = wavesOf(attacks, unguarded.device, captureExposed).flatMap(({ shipments }) => shipments);
  const arrived = await arrivals(all, []);
  trial.show(
    arrivalEvidence(`${where}: all of these past the guard, to a victim past it too`, all, arrived, 'all'),
  );
  await waitUntil(() => neighbour(exposed, bystander.address)?.equals(unguarded.mac), EFFECT_MS);
  const believed = neighbour(exposed, bystander.address);
  trial.show({
    what: `${where}: and the bystander's MAC address in that victim's neighbour cache then`,
    expected: `${unguarded.mac}, the attacker's`,
    seen: `${believed ?? 'none'}`,
    ok: believed?.equals(unguarded.mac) ?? false,
  });
  exposed.device.down();
  exposed.device.up();
  await whileSending(unguarded.device, addressDenials(unguarded, exposed), () =>
    waitUntil(() => duplicates(exposed).length > 0, EFFECT_MS),
  );
  trial.show({
    what: `${where}: that victim starts, and the attacker past the guard says that it has its addresses`,
    expected: 'a duplicate',
    seen: describeDuplicates(exposed),
    ok: duplicates(exposed).length > 0,
  });
}

const neighbour = ({ instance }: GuestStation, wanted: Address): Mac | undefined =>
  instance.neighbours().find(({ address }) => address.equals(wanted))?.mac;

/** The victim knows router and bystander by their own MAC addresses, and nobody but the attacker by the attacker's. */
function cache(what: string, { victim, bystander, router, attacker }: Setting): Evidence {
  const rights = [router, bystander].flatMap(({ mac, address }) =>
    [address, linkLocalAddress(mac)].map((own) => ({ own, mac })),
  );
  const known = victim.instance.neighbours().filter(({ mac }) => mac !== undefined);
  const wrong = known.filter(({ address, mac }) => {
    const right = rights.find(({ own }) => own.equals(address));
    return right !== undefined && !right.mac.equals(mac!);
  });
  const ofAttacker = [attacker.address, linkLocalAddress(attacker.mac), attacker.address4];
  const taken = known.filter(
    ({ address, mac }) => mac!.equals(attacker.mac) && !ofAttacker.some((own) => own.equals(address)),
  );
  const missing = rights.filter(({ own }) => !known.some(({ address }) => address.equals(own)));
  const surprises = [
    ...[...wrong, ...taken].map(({ address, mac }) => `${address} at ${mac}`),
    ...missing.map(({ own }) => `${own} missing`),
  ];
  return {
    what,
    expected: "router and bystander at their own MAC addresses, nobody else at the attacker's",
    seen: surprises.join(', ') || 'so it is',
    ok: surprises.length === 0,
    core: true,
  };
}

function pings(what: string, { sent, received, roundTrips }: PingResult): Evidence {
  return {
    what,
    expected: `${PINGS_ANSWERED} of ${PINGS} answered`,
    seen: `${received} of ${sent} answered, ${Math.max(...roundTrips, 0)} ms at most`,
    ok: received >= PINGS_ANSWERED,
    core: true,
  };
}

const duplicates = ({ device }: GuestStation) => device.addresses().filter(({ duplicate }) => duplicate);

const describeDuplicates = (guest: GuestStation): string =>
  duplicates(guest)
    .map(({ address }) => `${address}`)
    .join(', ') || 'none';
