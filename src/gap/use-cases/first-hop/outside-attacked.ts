/**
 * What a VLAN has outside, and no VIM knows: a router and a host there. An instance says that it has their addresses,
 * denies the host the one that it is about to take, and sends as the router. For its neighbours nothing changes.
 */

import { Address, linkLocalAddress, Mac } from '../../../addressing/index.ts';
import type { Answered } from '../../../client/index.ts';
import { type Capture, type InstanceInterface, ping, waitUntil } from '../../../lab/index.ts';
import { type Frame, frame, ipv6, udp } from '../../../packets/index.ts';
import type { Tenant, Trial } from '../../kit/index.ts';
import { type Denial, Denier } from './address-denial.ts';
import { whileSending } from './attacks.ts';
import { claimOf } from './spoofed-discovery.ts';

const OUTSIDE_MAC = Mac.parse('02:00:00:00:31:04');
const [PINGS, PING_MS] = [10, 150];
const ADDRESS_MS = 15_000;
const DENIALS: readonly Denial[] = [
  { by: 'NA', after: 0 },
  { by: 'NS', after: 10 },
];
const MARKED_PORT = 7031;
/** Addresses of the host outside that nobody has heard of: one for what is behind the guard, one for what is past it. */
const UNHEARD = { behind: Address.parse('fe80::a1'), past: Address.parse('fe80::a2') } as const;

/** Where it is tried. */
export interface OutsideSetting {
  readonly tenant: Tenant;
  readonly network: Answered<'network'>;
  /** The router's MAC address; it is the only default router. */
  readonly router: Mac;
  /** Of the router's link that hosts make addresses of. */
  readonly isOnLink: (address: Address) => boolean;
  /** Beyond the router. */
  readonly beyond: Address;
  readonly neighbour: InstanceInterface;
}

/** Tries it from an instance behind the guard, at a neighbour behind it; then where neither is. */
export async function tryOutside(trial: Trial, setting: OutsideSetting): Promise<void> {
  const { tenant, network, neighbour } = setting;
  const outside = (await trial.outsideInstance('outside', OUTSIDE_MAC, network)).interface('eth0');
  outside.up();
  await addressOf(outside, setting);
  const attacker = (await trial.instance('attacker', await tenant.port(network))).interface('eth0');
  const unchecked = () => tenant.port(network, { security_groups: [], port_security_enabled: false });
  const [unguarded, exposed] = await Promise.all(
    ['unguarded', 'exposed'].map(async (name) => {
      return (await trial.unguardedInstance(name, await unchecked())).interface('eth0');
    }),
  );
  await Promise.all([attacker, unguarded!, exposed!].map((device) => addressOf(device, setting)));
  const behind = { attacker, neighbour, outside, isProtected: true } as const;
  const past = { attacker: unguarded!, neighbour: exposed!, outside, isProtected: false } as const;
  for (const roles of [behind, past]) {
    await tryRouter(trial, setting, roles);
    await tryHost(trial, setting, roles);
    await tryUnheard(trial, roles);
    await tryDenial(trial, setting, roles);
  }
}

interface OutsideRoles {
  readonly attacker: InstanceInterface;
  readonly neighbour: InstanceInterface;
  readonly outside: InstanceInterface;
  /** Whether the guard is between them. */
  readonly isProtected: boolean;
}

const addressOf = (device: InstanceInterface, { isOnLink }: OutsideSetting): Promise<Address | undefined> =>
  device.waitForAddress(isOnLink, ADDRESS_MS);

/** What an attack must come to: nothing behind the guard, and harm past it. */
const outcome = (
  { isProtected }: OutsideRoles,
  what: string,
  right: { readonly expected: string; readonly seen: string; readonly isRight: boolean },
) => ({
  what: isProtected ? what : `${what}, past the guard, attacker and neighbour`,
  expected: isProtected ? right.expected : 'harm',
  seen: right.seen,
  ok: right.isRight === isProtected,
  core: isProtected,
});

/** An instance says that it has the router's link-local address, and sends from it. */
async function tryRouter(
  trial: Trial,
  { router, beyond }: OutsideSetting,
  roles: OutsideRoles,
): Promise<void> {
  const { attacker, neighbour } = roles;
  const target = linkLocalAddress(router);
  await ping(neighbour.instance, beyond, { count: 2 });
  trial.show(
    outcome(
      roles,
      "an instance says that it has the router's link-local address, while a neighbour pings beyond",
      await contest(neighbour, beyond, { address: target, owner: router, attacker }),
    ),
  );
  const capture = trial.capture(neighbour);
  const sent = fromRouter(attacker.mac, target, neighbour);
  await whileSending(attacker, [sent], () =>
    ping(attacker.instance, linkLocalAddress(neighbour.mac), FOLLOW),
  );
  const count = await marked(capture);
  trial.show(
    outcome(roles, 'it sends datagrams from that address', {
      expected: 'none arrives',
      seen: `${count} arrive`,
      isRight: count === 0,
    }),
  );
}

/** For as many pings it is claimed: longer than the outside has to answer. */
const CLAIMS = 15;

/** Behind it, what was sent before has arrived, if it does. */
const FOLLOW = { device: 'eth0', count: 3, intervalMs: 100 } as const;

const fromRouter = (mac: Mac, source: Address, { mac: to }: InstanceInterface): Frame =>
  frame(mac, to, ipv6(source, linkLocalAddress(to), udp(MARKED_PORT, MARKED_PORT, new Uint8Array(8))));

async function marked(capture: Capture): Promise<number> {
  await capture.settle();
  return capture.received(
    ({ network }) =>
      network.kind === 'ipv6' &&
      network.upper.kind === 'udp' &&
      network.upper.datagram.destinationPort === MARKED_PORT,
  ).length;
}

/** An instance says that it has the address of a host outside. */
async function tryHost(trial: Trial, setting: OutsideSetting, roles: OutsideRoles): Promise<void> {
  const { attacker, neighbour, outside } = roles;
  const address = (await addressOf(outside, setting))!;
  await ping(neighbour.instance, address, { count: 2 });
  trial.show(
    outcome(
      roles,
      'an instance says that it has the address of a host outside, while a neighbour pings that',
      await contest(neighbour, address, { address, owner: outside.mac, attacker }),
    ),
  );
}

/** A host outside has an address that it never said anything of; an instance claims it over and over, and sends from it. */
async function tryUnheard(trial: Trial, roles: OutsideRoles): Promise<void> {
  const { attacker, neighbour, outside, isProtected } = roles;
  const address = isProtected ? UNHEARD.behind : UNHEARD.past;
  await outside.instance.run('ip', '-6', 'address', 'add', `${address}/64`, 'dev', 'eth0', 'nodad');
  const capture = trial.capture(neighbour);
  const frames = [claimOf(attacker.mac, address), fromRouter(attacker.mac, address, neighbour)];
  await whileSending(attacker, frames, () =>
    ping(attacker.instance, linkLocalAddress(neighbour.mac), { ...FOLLOW, count: CLAIMS }),
  );
  const datagrams = await marked(capture);
  const claims = capture.received(
    ({ network }) =>
      network.kind === 'ipv6' &&
      network.upper.kind === 'icmpv6' &&
      network.upper.message.kind === 'neighbour-advertisement' &&
      network.upper.message.target.equals(address),
  ).length;
  trial.show(
    outcome(roles, 'an instance claims the address of a host outside that was silent, and sends from it', {
      expected: 'none arrives',
      seen: `${claims} claims and ${datagrams} datagrams arrive`,
      isRight: claims + datagrams === 0,
    }),
  );
}

/** Whether somebody knows an address by its owner's MAC address, and reaches a target, while another claims it. */
async function contest(
  from: InstanceInterface,
  target: Address,
  { address, owner, attacker }: { address: Address; owner: Mac; attacker: InstanceInterface },
) {
  const result = await whileSending(attacker, [claimOf(attacker.mac, address)], () =>
    ping(from.instance, target, { count: PINGS, intervalMs: PING_MS }),
  );
  const known = from.instance.neighbours().find((one) => one.address.equals(address))?.mac;
  return {
    expected: `${PINGS} of ${PINGS} answered, ${address} at ${owner}`,
    seen: `${result.received} of ${result.sent} answered, ${address} at ${known ?? 'no MAC address'}`,
    isRight: result.received === PINGS && known?.equals(owner) === true,
  };
}

/** A host outside starts, and an instance denies it each address that it looks for. */
async function tryDenial(trial: Trial, setting: OutsideSetting, roles: OutsideRoles): Promise<void> {
  const { attacker, outside } = roles;
  for (const denial of DENIALS) {
    outside.down();
    const denier = new Denier(trial.capture(outside), attacker, denial);
    outside.up();
    const isHarmed = () => outside.addresses().some(({ duplicate }) => duplicate);
    const has = () => outside.usable(6).some(setting.isOnLink);
    await waitUntil(() => isHarmed() || has(), ADDRESS_MS);
    denier.stop();
    const duplicates = outside.addresses().filter(({ duplicate }) => duplicate);
    const by = denial.by === 'NA' ? 'advertisements' : 'solicitations';
    trial.show(
      outcome(roles, `a host outside starts, and an instance denies it its addresses by ${by}`, {
        expected: 'it has an address, and no duplicate',
        seen:
          duplicates.map(({ address }) => `${address} a duplicate`).join(', ') ||
          (has() ? 'so it is' : 'no address'),
        isRight: duplicates.length === 0 && has(),
      }),
    );
  }
}
