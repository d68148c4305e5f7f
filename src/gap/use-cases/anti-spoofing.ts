/** What an instance must not pretend to be: frames with addresses that are not its port's. */
import { setTimeout as delay } from 'node:timers/promises';
import { Address, linkLocalAddress, Mac, Prefix } from '../../addressing/index.ts';
import type { Answered } from '../../client/index.ts';
import type { Capture } from '../../lab/capture.ts';
import type { Instance } from '../../lab/instance/instance.ts';
import type { InstanceInterface } from '../../lab/instance/interface.ts';
import { encodeFrame, type Frame, frame, icmpv6, ipv6, udp } from '../../lab/packets/frame.ts';
import type { Icmpv6Message } from '../../lab/packets/icmpv6.ts';
import { ALL_NODES, multicastMac, solicitedNode } from '../../lab/packets/multicast.ts';
import { waitUntil } from '../../lab/wait.ts';
import { ipv6Of } from '../addresses.ts';
import type { Evidence } from '../evidence.ts';
import { configured, describeAddresses, pingFails, pingPasses } from '../probes.ts';
import type { Segment } from '../tenant.ts';
import type { Trial } from '../trial.ts';
import type { UseCase } from '../use-case.ts';

const PREFIX = Prefix.parse('fd15::/64');
const UNUSED = { address: PREFIX.at(0xdeadn), mac: Mac.parse('02:00:00:00:00:15') };
/** OVN answers solicitations for addresses that it knows; those for this one reach all instances. */
const SOUGHT = PREFIX.at(0xbeefn);
const OFF_LINK = Address.parse('fd99::1');
const PORT = 7015;
/** Frames that get through take milliseconds. */
const SETTLING_MS = 500;
const ADDRESS_MS = 15_000;

export const antiSpoofing: UseCase = {
  id: 'anti-spoofing',
  title: "No source IPv6 or MAC address that is not the port's",
  claim: 'yes',
  missing: [],
  async gather(trial) {
    await trial.each(['tenant', 'vlan'] as const, async (part, segment) => {
      const setting = await start(part, segment);
      await tryAttacks(part, setting);
      await tryPrivacy(part, setting);
    });
  },
};

interface Host {
  readonly instance: Instance;
  readonly device: InstanceInterface;
  readonly address: Address;
}

interface Setting {
  readonly where: string;
  readonly attacker: Host;
  readonly victim: Host;
  readonly bystander: Host;
  /** Its port has no port security. */
  readonly unguarded: Host;
  /** Its port's allowed address pairs are the subnet's prefix and the link-local one. */
  readonly liberal: Host;
  /** At the victim. */
  readonly capture: Capture;
}

async function start(trial: Trial, segment: Segment): Promise<Setting> {
  const tenant = trial.tenant(segment);
  const network = await tenant.network('network', segment);
  const subnet = await tenant.subnet6(network, PREFIX.toString(), 'slaac');
  await tenant.router('router', [subnet]);
  const boot = async (name: string, port: Answered<'port'>): Promise<Host> => {
    const instance = await trial.instance(name, port);
    const device = instance.interface('eth0');
    await configured([device, ipv6Of(port)]);
    return { instance, device, address: ipv6Of(port) };
  };
  const pairs = [{ ip_address: PREFIX.toString() }, { ip_address: 'fe80::/64' }];
  const [attacker, victim, bystander, unguarded, liberal] = await Promise.all([
    boot('attacker', await tenant.port(network)),
    boot('victim', await tenant.port(network)),
    boot('bystander', await tenant.port(network)),
    boot('unguarded', await tenant.port(network, { security_groups: [], port_security_enabled: false })),
    boot('liberal', await tenant.port(network, { allowed_address_pairs: pairs })),
  ]);
  const where = segment === 'vlan' ? 'VLAN' : 'tenant network';
  const capture = trial.capture(victim.device);
  return { where, attacker, victim, bystander, unguarded, liberal, capture };
}

/** A frame that pretends something. */
interface Attack {
  readonly what: string;
  readonly frame: Frame;
}

async function tryAttacks(trial: Trial, setting: Setting): Promise<void> {
  const { where, attacker, victim, bystander, unguarded, capture } = setting;
  const groups = attacks(attacker, victim, bystander);
  const genuine = datagram(attacker.device.mac, attacker.address, victim);
  attacker.device.send(...Object.values(groups).flatMap((group) => group.map((attack) => attack.frame)));
  attacker.device.send(genuine);
  const arrived = await capture.waitFor(isSame(genuine), ADDRESS_MS);
  trial.show({
    what: `${where}: a datagram with the attacker's own addresses`,
    expected: 'it arrives',
    seen: arrived ? 'it does' : 'it does not',
    ok: arrived !== undefined,
    core: true,
  });
  await delay(SETTLING_MS);
  await capture.settle();
  for (const [kind, group] of Object.entries(groups)) {
    trial.show({ ...outcome(`${where}: ${kind}`, group, capture, false), core: true });
  }
  await pingPasses({ what: '' }, victim.instance, bystander.address);
  const neighbour = victim.instance.neighbours().find(({ address }) => address.equals(bystander.address));
  trial.show({
    what: `${where}: the bystander's MAC address in the victim's neighbour cache`,
    expected: `${bystander.device.mac}`,
    seen: `${neighbour?.mac ?? 'none'}`,
    ok: neighbour?.mac?.equals(bystander.device.mac) ?? false,
    ...(await trial.pcap(capture, `${where.replace(' ', '-').toLowerCase()}-victim`)),
  });

  // The same from a port where it is allowed, so that the silence above proves something.
  const control = Object.values(attacks(unguarded, victim, bystander)).flat();
  unguarded.device.send(...control.map((attack) => attack.frame));
  await waitUntil(
    () => control.every((attack) => capture.received(isSame(attack.frame)).length > 0),
    SETTLING_MS,
  );
  await capture.settle();
  trial.show(outcome(`${where}: the same from a port without port security`, control, capture, true));
}

/** Frames from `sender` to the victim, by what is wrong with them. */
function attacks(sender: Host, victim: Host, bystander: Host): Record<string, Attack[]> {
  const own = sender.device.mac;
  const sources: [string, Address][] = [
    ['an unused address', UNUSED.address],
    ["the bystander's", bystander.address],
    ["the bystander's link-local", linkLocalAddress(bystander.device.mac)],
    ["the victim's own", victim.address],
    ['one of another prefix', OFF_LINK],
  ];
  const macs: [string, Mac][] = [
    ["the bystander's", bystander.device.mac],
    ['an unused one', UNUSED.mac],
  ];
  return {
    'wrong IPv6 source': sources.map(([what, source]) => ({ what, frame: datagram(own, source, victim) })),
    'wrong source MAC': macs.map(([what, mac]) => ({ what, frame: datagram(mac, sender.address, victim) })),
    'both wrong': [
      { what: "the bystander's", frame: datagram(bystander.device.mac, bystander.address, victim) },
      { what: 'unused ones', frame: datagram(UNUSED.mac, UNUSED.address, victim) },
    ],
    'wrong addresses in Neighbor Discovery': discoveries(sender, bystander),
  };
}

/** Solicitations and advertisements with addresses of others. */
function discoveries(sender: Host, bystander: Host): Attack[] {
  const own = sender.device.mac;
  const solicit = (mac: Mac, source: Address): Frame => {
    const group = solicitedNode(SOUGHT);
    return nd(mac, multicastMac(group), source, group, {
      kind: 'neighbor-solicitation',
      target: SOUGHT,
      options: [{ kind: 'source-link-layer-address', mac }],
    });
  };
  const advertise = (mac: Mac, source: Address, target: Address): Frame =>
    nd(mac, multicastMac(ALL_NODES), source, ALL_NODES, {
      kind: 'neighbor-advertisement',
      router: false,
      solicited: false,
      override: true,
      target,
      options: [{ kind: 'target-link-layer-address', mac }],
    });
  return [
    { what: 'a solicitation from an unused address', frame: solicit(own, UNUSED.address) },
    { what: "a solicitation from the bystander's", frame: solicit(own, bystander.address) },
    { what: "a solicitation from the bystander's MAC", frame: solicit(bystander.device.mac, sender.address) },
    {
      what: "an advertisement of the bystander's address",
      frame: advertise(own, sender.address, bystander.address),
    },
    {
      what: "an advertisement of and from the bystander's address",
      frame: advertise(own, bystander.address, bystander.address),
    },
  ];
}

const datagram = (mac: Mac, source: Address, victim: Host): Frame =>
  frame(
    mac,
    victim.device.mac,
    ipv6(source, victim.address, udp(PORT, PORT, new TextEncoder().encode('spoofed?'))),
  );

const nd = (mac: Mac, to: Mac, source: Address, destination: Address, message: Icmpv6Message): Frame =>
  frame(mac, to, ipv6(source, destination, icmpv6(message), { hopLimit: 255 }));

/** Whether a captured frame is this one: what is switched stays as it was sent. */
const isSame = (sent: Frame): ((captured: Frame) => boolean) => {
  const octets = Buffer.from(encodeFrame(sent));
  return (captured) => octets.equals(encodeFrame(captured));
};

/** Which of the frames the victim got: all should, or none. */
function outcome(what: string, group: readonly Attack[], capture: Capture, wanted: boolean): Evidence {
  const received = group.filter(({ frame }) => capture.received(isSame(frame)).length > 0);
  const surprises = group.filter((attack) => received.includes(attack) !== wanted);
  const names = surprises.map((attack) => attack.what).join(', ');
  return {
    what,
    expected: `${wanted ? 'all' : 'none'} of ${group.length} frames arrive`,
    seen: `${received.length} arrive${names && `; ${wanted ? 'not ' : ''}${names}`}`,
    ok: surprises.length === 0,
  };
}

/** Temporary addresses (RFC 8981) and stable opaque ones (RFC 7217): where the port allows its prefix, and only there. */
async function tryPrivacy(trial: Trial, { where, attacker, victim, liberal }: Setting): Promise<void> {
  const temporary = async ({ device }: Host): Promise<Address> => {
    device.setIpv6('use_tempaddr', 2);
    return restarted(device, ({ temporary }) => temporary);
  };
  const [strict, allowed] = await Promise.all([temporary(attacker), temporary(liberal)]);
  trial.show(
    await pingFails(
      { what: `${where}: temporary address, port as usual` },
      attacker.instance,
      victim.address,
      { source: strict },
    ),
  );
  trial.show(
    await pingPasses(
      { what: `${where}: temporary address, allowed address pair with the prefix` },
      liberal.instance,
      victim.address,
      { source: allowed },
    ),
  );
  liberal.device.setIpv6('use_tempaddr', 0);
  liberal.device.setIpv6('addr_gen_mode', STABLE_PRIVACY);
  const stable = await restarted(liberal.device, ({ address }) => !address.equals(liberal.address));
  trial.show(
    await pingPasses(
      { what: `${where}: stable opaque addresses, also link-local, with such pairs` },
      liberal.instance,
      victim.address,
      { source: stable },
    ),
  );
}

/** addr_gen_mode: opaque identifiers made of a random secret. */
const STABLE_PRIVACY = 3;

/** Takes a device down and up, so that settings count, and waits for a global address that `test` picks. */
async function restarted(
  device: InstanceInterface,
  test: (address: ReturnType<InstanceInterface['addresses']>[number]) => boolean,
): Promise<Address> {
  device.down();
  device.up();
  const found = await waitUntil(
    () =>
      device
        .addresses()
        .find((own) => own.address.family === 6 && !own.address.isLinkLocal && !own.tentative && test(own)),
    ADDRESS_MS,
  );
  if (found === undefined) {
    throw new Error(`${device.instance.name} formed no such address, but ${describeAddresses(device)}`);
  }
  return found.address;
}
