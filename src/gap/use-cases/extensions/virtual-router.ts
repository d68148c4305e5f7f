/** VRRP over IPv6 between two instances: their virtual address and MAC address, and who has them when one dies. */

import { Address, linkLocalAddress, Mac, Prefix } from '../../../addressing/index.ts';
import {
  type Capture,
  type InstanceInterface,
  Keepalived,
  type LabInstance,
  ping,
  waitUntil,
} from '../../../lab/index.ts';
import { ALL_NODES, type Frame, frame, icmpv6, ipv6, multicastMac } from '../../../packets/index.ts';
import {
  arrivals,
  configured,
  type Evidence,
  fileOf,
  ipv6Of,
  pingPasses,
  type Trial,
  UntriableError,
} from '../../kit/index.ts';

const INSIDE = Prefix.parse('fd13:1::/64');
const OUTSIDE = Prefix.parse('fd13:2::/64');
const VIRTUAL = INSIDE.at(0x100n);
const VIRTUAL_LINK_LOCAL = Address.parse('fe80::100');
const ROUTER_ID = 51;
/** RFC 9568 section 7.3. */
const VIRTUAL_MAC = Mac.parse(`00:00:5e:00:02:${ROUTER_ID.toString(16)}`);
/** Where VRRP advertises (RFC 9568 section 5.1.2.2). */
const VRRP_ROUTERS = Address.parse('ff02::12');
const VRRP = 112;

const STATE_MS = 15_000;
const FAIL_OVER_MS = 15_000;
const PATIENCE_MS = 200;

/** Which MAC address the virtual address has. */
type MacInUse = "the master's" | 'the virtual';

interface Guest {
  readonly instance: LabInstance;
  readonly device: InstanceInterface;
  readonly address: Address;
  readonly capture: Capture;
}

interface VrrpRouter extends Guest {
  readonly keepalived: Keepalived;
}

/** No core of the use case, whose words are others: but virtual routers live on multicast. */
export async function tryVirtualRouter(trial: Trial, mac: MacInUse): Promise<void> {
  const { master, backup, near, far } = await start(trial, mac);
  const where = `VRRP, ${mac} MAC address`;
  trial.show({
    what: `${where}: who is what`,
    expected: 'MASTER and BACKUP',
    seen: `${master.keepalived.state} and ${backup.keepalived.state}`,
    ok: master.keepalived.state === 'MASTER' && backup.keepalived.state === 'BACKUP',
  });
  const used = mac === 'the virtual' ? VIRTUAL_MAC : master.device.mac;
  await tryClients(trial, where, near, far);
  trial.show(knownAs(`${where}: the virtual address in a client's neighbour cache`, near, used));
  trial.show(await advertised(`${where}: advertisements that the backup hears`, trial, backup, used));
  trial.show(
    await impostor(`${where}: a third instance that claims the virtual address`, trial, near, backup),
  );

  await master.keepalived.die();
  const outages = await Promise.all([near, far].map((client) => outageOf(client)));
  trial.show({
    what: `${where}: the master dies`,
    expected: `clients on the network and beyond the router come through again within ${FAIL_OVER_MS / 1000} s`,
    seen: outages.map((one) => (one === undefined ? 'never' : `after ${one} ms`)).join(' and '),
    ok: outages.every((one) => one !== undefined && one <= FAIL_OVER_MS),
  });
  await tryClients(trial, `${where}, after that`, near, far);
}

interface Setting {
  readonly master: VrrpRouter;
  readonly backup: VrrpRouter;
  /** On the routers' network. */
  readonly near: Guest;
  /** Beyond a router of the VIM. */
  readonly far: Guest;
}

async function start(trial: Trial, mac: MacInUse): Promise<Setting> {
  const tenant = trial.tenant(mac === 'the virtual' ? 'vrrp-mac' : 'vrrp');
  // Multicast of VRRP and of Neighbour Discovery must do where multicast is not flooded.
  const inside = await tenant.network('inside', 'tenant', { multicast_snooping: true });
  const outside = await tenant.network('outside');
  await tenant.router('router', [
    await tenant.subnet6(inside, `${INSIDE}`, 'slaac'),
    await tenant.subnet6(outside, `${OUTSIDE}`, 'slaac'),
  ]);
  const pairOf = (address: Address) => ({
    ip_address: address.toString(),
    ...(mac === 'the virtual' && { mac_address: VIRTUAL_MAC.toString() }),
  });
  const pairs = [VIRTUAL, VIRTUAL_LINK_LOCAL].map(pairOf);
  const boot = async (name: string, network: typeof inside, allowed: typeof pairs = []): Promise<Guest> => {
    const port = await tenant.port(network, { allowed_address_pairs: allowed });
    // With the virtual MAC address, advertisements still have the router's own address (RFC 9568 section 5.1.2.1).
    if (allowed.length > 0 && mac === 'the virtual')
      await tenant.client.update('port', port.id, {
        allowed_address_pairs: [...allowed, pairOf(linkLocalAddress(Mac.parse(port.mac_address)))],
      });
    const instance = await trial.instance(name, port);
    const device = instance.interface('eth0');
    const address = ipv6Of(port);
    await configured([device, address]);
    return { instance, device, address, capture: trial.capture(device) };
  };
  const [first, second, near, far] = await Promise.all([
    boot('first', inside, pairs),
    boot('second', inside, pairs),
    boot('near', inside),
    boot('far', outside),
  ]);
  if (!(await Keepalived.isInstalled(first.device)))
    throw new UntriableError('VRRP: there is no keepalived here to try it with.');
  const router = (guest: Guest, priority: number): VrrpRouter => {
    const group = { id: ROUTER_ID, linkLocal: VIRTUAL_LINK_LOCAL, address: VIRTUAL, prefix: INSIDE };
    const virtualMac = mac === 'the virtual';
    return { ...guest, keepalived: Keepalived.start(guest.device, { ...group, priority, virtualMac }) };
  };
  const [master, backup] = [router(first, 150), router(second, 100)];
  // Both begin as backups, and who does not hear the other in time tries to be master.
  await waitUntil(
    () => master.keepalived.state === 'MASTER' && backup.keepalived.state === 'BACKUP',
    STATE_MS,
  );
  return { master, backup, near, far };
}

async function tryClients(trial: Trial, where: string, near: Guest, far: Guest): Promise<void> {
  for (const [client, place] of [
    [near, 'on the network'],
    [far, 'beyond the router'],
  ] as const) {
    const what = `${where}: a client ${place} pings the virtual address`;
    const before = new Set(client.capture.observations);
    const evidence = await pingPasses({ what }, client.instance, VIRTUAL);
    trial.show(
      await trial.proven(
        evidence,
        client.capture,
        fileOf(evidence),
        (observation) => !before.has(observation) && isVirtuals(observation.frame),
      ),
    );
  }
}

const isVirtuals = ({ network }: Frame): boolean =>
  network.kind === 'ipv6' && (network.source.equals(VIRTUAL) || network.destination.equals(VIRTUAL));

function knownAs(what: string, { instance }: Guest, expected: Mac): Evidence {
  const known = instance.neighbours().find(({ address }) => address.equals(VIRTUAL))?.mac;
  return { what, expected: `${expected}`, seen: `${known ?? 'none'}`, ok: known?.equals(expected) ?? false };
}

async function advertised(what: string, trial: Trial, { capture }: Guest, expected: Mac): Promise<Evidence> {
  const isVrrp = ({ network }: Frame): boolean =>
    network.kind === 'ipv6' && network.destination.equals(VRRP_ROUTERS);
  const heard = await capture.waitFor(isVrrp, STATE_MS);
  const evidence = {
    what,
    expected: `from ${expected}`,
    seen: heard ? `from ${heard.frame.source}` : 'none',
    ok: heard?.frame.source.equals(expected) ?? false,
  };
  return trial.proven(evidence, capture, fileOf(evidence), ({ frame }) => isVrrp(frame));
}

/** Neither the address nor the virtual MAC address are anybody's who has no allowed address pair for them. */
async function impostor(
  what: string,
  trial: Trial,
  { device, address }: Guest,
  backup: Guest,
): Promise<Evidence> {
  const capture = trial.capture(backup.device);
  const claim = icmpv6({
    kind: 'neighbour-advertisement',
    router: false,
    solicited: false,
    override: true,
    target: VIRTUAL,
    options: [{ kind: 'target-link-layer-address', mac: device.mac }],
  });
  const vrrp = { kind: 'octets', protocol: VRRP, octets: new Uint8Array(24) } as const;
  const to = (source: Mac, destination: Address, from: Address, upper: Parameters<typeof ipv6>[2]) => ({
    from: device,
    to: capture,
    frame: frame(source, multicastMac(destination), ipv6(from, destination, upper, { hopLimit: 255 })),
  });
  const honest = to(device.mac, ALL_NODES, address, vrrp);
  const frauds = [
    to(device.mac, ALL_NODES, address, claim),
    to(device.mac, ALL_NODES, VIRTUAL, vrrp),
    to(VIRTUAL_MAC, VRRP_ROUTERS, VIRTUAL_LINK_LOCAL, vrrp),
  ];
  const arrived = await arrivals([honest], frauds);
  const through = frauds.filter((one) => arrived.has(one)).length;
  return {
    what,
    expected: `none of ${frauds.length} frames arrives, and its own do`,
    seen: `${through} of ${frauds.length}, and its own ${arrived.has(honest) ? 'do' : 'do not'}`,
    ok: through === 0 && arrived.has(honest),
  };
}

/** Milliseconds until a client comes through again. */
async function outageOf({ instance }: Guest): Promise<number | undefined> {
  const began = performance.now();
  return waitUntil(async () => {
    const { received } = await ping(instance, VIRTUAL, { patienceMs: PATIENCE_MS });
    return received > 0 && Math.round(performance.now() - began);
  }, STATE_MS);
}
