/** What an instance must not pretend to be: frames with addresses that are not its port's. */
import { type Address, eui64Address, Mac, Prefix } from '../../addressing/index.ts';
import type { Answered } from '../../client/index.ts';
import type { Capture } from '../../lab/capture.ts';
import type { Instance } from '../../lab/instance/instance.ts';
import type { InstanceInterface } from '../../lab/instance/interface.ts';
import { waitUntil } from '../../lab/wait.ts';
import { ipv4Of, ipv6Of } from '../addresses.ts';
import type { Evidence } from '../evidence.ts';
import { configured, describeAddresses, pingFails, pingPasses } from '../probes.ts';
import { arrivals } from '../shipments.ts';
import type { Segment, Tenant } from '../tenant.ts';
import type { Trial } from '../trial.ts';
import type { UseCase } from '../use-case.ts';
import {
  type Claim,
  datagram,
  falseClaims,
  falseOption,
  type Station,
  trueClaims,
} from './spoofed-frames.ts';

const PREFIX = Prefix.parse('fd15::/64');
/** Further addresses that a port may use, and others that it may not. */
const PAIR = {
  address: PREFIX.at(0x100n),
  notIt: PREFIX.at(0x101n),
  prefix: Prefix.parse('fd15::a:0/112'),
  inPrefix: PREFIX.at(0xa_0007n),
  notInPrefix: PREFIX.at(0xb_0007n),
  ofMac: PREFIX.at(0x200n),
  mac: Mac.parse('02:00:00:00:15:02'),
} as const;
const TOKEN = PREFIX.at(0x1515n);
const CHANGE_MS = 5_000;
const ADDRESS_MS = 15_000;
/** addr_gen_mode of Linux: opaque identifiers made of a random secret. */
const STABLE_PRIVACY = 3;

export const antiSpoofing: UseCase = {
  id: 'anti-spoofing',
  title: "No source IPv6 or MAC address that is not the port's",
  claim: 'partial',
  missing: [
    'Temporary and stable opaque addresses pass by an allowed address pair for the prefix: no policy of network or port allows a /64 yet.',
  ],
  async gather(trial) {
    await trial.each(['tenant', 'vlan'] as const, async (part, segment) => {
      const setting = await start(part, segment);
      await tryClaims(part, setting);
      await tryPairs(part, setting);
      await tryToken(part, setting);
      await tryPrivacy(part, setting);
      await tryUnguarded(part, setting);
    });
  },
};

interface Host extends Station {
  readonly instance: Instance;
  readonly device: InstanceInterface;
  readonly port: Answered<'port'>;
}

interface Setting {
  readonly where: string;
  readonly tenant: Tenant;
  readonly router: Pick<Station, 'mac' | 'address'>;
  readonly victim: Host;
  readonly bystander: Host;
  readonly attacker: Host;
  /** Its port has allowed address pairs. */
  readonly paired: Host;
  /** Its port has an address that takes a token. */
  readonly tokenised: Host;
  /** Its port's allowed address pairs are the subnet's prefix and the link-local one. */
  readonly liberal: Host;
  /** Its port has no port security. */
  readonly unguarded: Host;
  /** At the victim. */
  readonly capture: Capture;
}

async function start(trial: Trial, segment: Segment): Promise<Setting> {
  const tenant = trial.tenant(segment);
  const network = await tenant.network('network', segment);
  const subnet = await tenant.subnet6(network, PREFIX.toString(), 'slaac');
  const subnet4 = await tenant.subnet4(network, '10.15.0.0/24');
  const router = await tenant.router('router', [subnet]);
  const boot = async (name: string, port: Answered<'port'>, token?: string): Promise<Host> => {
    const instance = await trial.bareInstance(name, port);
    if (token !== undefined) await instance.run('ip', 'token', 'set', token, 'dev', 'eth0');
    const device = instance.interface('eth0');
    device.up();
    await configured([device, ipv6Of(port)]);
    return { instance, device, port, mac: device.mac, address: ipv6Of(port), address4: ipv4Of(port) };
  };
  const port = (wish: Parameters<Tenant['port']>[1] = {}) =>
    tenant.port(network, { address_policy: 'strict', ...wish });
  const [victim, bystander, attacker, paired, tokenised, liberal, unguarded] = await Promise.all([
    boot('victim', await port()),
    boot('bystander', await port()),
    boot('attacker', await port()),
    boot(
      'paired',
      await port({
        allowed_address_pairs: [
          { ip_address: PAIR.address.toString() },
          { ip_address: PAIR.prefix.toString() },
          { ip_address: PAIR.ofMac.toString(), mac_address: PAIR.mac.toString() },
        ],
      }),
    ),
    boot(
      'tokenised',
      await port({ fixed_ips: [{ ip_address: TOKEN.toString() }, { subnet_id: subnet4.id }] }),
      '::1515',
    ),
    boot(
      'liberal',
      await port({
        allowed_address_pairs: [{ ip_address: PREFIX.toString() }, { ip_address: 'fe80::/64' }],
      }),
    ),
    boot('unguarded', await port({ security_groups: [], port_security_enabled: false })),
  ]);
  const [routerPort] = await tenant.client.list('port', { device_id: router.id });
  return {
    where: segment === 'vlan' ? 'VLAN' : 'tenant network',
    tenant,
    router: { mac: Mac.parse(routerPort!.mac_address), address: ipv6Of(routerPort!) },
    victim,
    bystander,
    attacker,
    paired,
    tokenised,
    liberal,
    unguarded,
    capture: trial.capture(victim.device),
  };
}

/** Claims on their way from a host to the victim. */
const ship = (from: Host, claims: readonly Claim[], { capture }: Setting) =>
  claims.map((claim) => ({ ...claim, from: from.device, to: capture }));

/** What of a group of claims arrived: all should, or none. */
function outcome(
  what: string,
  group: readonly Claim[],
  arrived: ReadonlySet<Claim>,
  wanted: 'all' | 'none',
): Evidence {
  const surprises = group.filter((claim) => arrived.has(claim) !== (wanted === 'all'));
  const count = group.filter((claim) => arrived.has(claim)).length;
  const names = surprises.map((claim) => claim.what).join(', ');
  return {
    what,
    expected: `${wanted} of ${group.length} frames arrive`,
    seen: `${count} arrive${names && `: ${wanted === 'all' ? 'not ' : ''}${names}`}`,
    ok: surprises.length === 0,
    core: true,
  };
}

/** The attacker's true claims arrive, none of its false ones does, and the victim believes none. */
async function tryClaims(trial: Trial, setting: Setting): Promise<void> {
  const { where, attacker, victim, bystander, router, capture } = setting;
  await pingPasses({ what: '' }, victim.instance, bystander.address); // fills the victim's neighbour cache
  const groups = Object.entries(falseClaims(attacker, victim, bystander, router)).map(
    ([kind, claims]) => [kind, ship(attacker, claims, setting)] as const,
  );
  groups.push([
    'wrong option in a solicitation',
    ship(attacker, [falseOption(attacker, bystander)], setting),
  ]);
  const right = ship(attacker, trueClaims(attacker, victim), setting);
  const arrived = await arrivals(
    right,
    groups.flatMap(([, claims]) => claims),
  );
  trial.show(outcome(`${where}: frames with the port's own addresses`, right, arrived, 'all'));
  for (const [kind, claims] of groups) trial.show(outcome(`${where}: ${kind}`, claims, arrived, 'none'));
  await pingPasses({ what: '' }, victim.instance, bystander.address);
  const neighbour = victim.instance.neighbours().find(({ address }) => address.equals(bystander.address));
  trial.show({
    what: `${where}: the bystander's MAC address in the victim's neighbour cache`,
    expected: `${bystander.mac}`,
    seen: `${neighbour?.mac ?? 'none'}`,
    ok: neighbour?.mac?.equals(bystander.mac) ?? false,
    ...(await trial.pcap(capture, `${where.replace(' ', '-').toLowerCase()}-victim`)),
  });
}

/** An allowed address pair lets through its address, or prefix, from its MAC address; and nothing beside it. */
async function tryPairs(trial: Trial, setting: Setting): Promise<void> {
  const { where, tenant, paired, attacker, victim } = setting;
  const from = (what: string, source: Address, mac = paired.mac): Claim => ({
    what,
    frame: datagram(mac, source, victim),
  });
  const allowed = ship(
    paired,
    [
      from('the pair', PAIR.address),
      from('an address of the prefix', PAIR.inPrefix),
      from('the pair with a MAC address', PAIR.ofMac, PAIR.mac),
    ],
    setting,
  );
  const beside = ship(
    paired,
    [
      from('the address after it', PAIR.notIt),
      from('one beyond the prefix', PAIR.notInPrefix),
      from("a MAC address's pair from the port's own", PAIR.ofMac),
      from("the pair from another's MAC address", PAIR.address, PAIR.mac),
    ],
    setting,
  );
  const others = ship(
    attacker,
    [{ what: "another port's pair", frame: datagram(attacker.mac, PAIR.address, victim) }],
    setting,
  );
  const arrived = await arrivals(allowed, [...beside, ...others]);
  trial.show(outcome(`${where}: allowed address pairs`, allowed, arrived, 'all'));
  trial.show(outcome(`${where}: what is beside them`, [...beside, ...others], arrived, 'none'));

  await tenant.client.update('port', paired.port.id, { allowed_address_pairs: [] });
  const own = ship(paired, [from('its own address', paired.address)], setting);
  const attempt = () => arrivals(own, allowed);
  const last =
    (await waitUntil(async () => {
      const these = await attempt();
      return !allowed.some((claim) => these.has(claim)) && these;
    }, CHANGE_MS)) ?? (await attempt());
  trial.show(outcome(`${where}: the same, once the pairs are gone`, allowed, last, 'none'));
}

/** An address with a token is the port's like any other; the one that SLAAC would make of its MAC address is not. */
async function tryToken(trial: Trial, setting: Setting): Promise<void> {
  const { where, tokenised, victim } = setting;
  const { instance, mac } = tokenised;
  trial.show(
    await pingPasses(
      { what: `${where}: ping from ${TOKEN}, which a token makes, and the port asked for`, core: true },
      instance,
      victim.address,
      { source: TOKEN },
    ),
  );
  const from = (what: string, source: Address) =>
    ship(tokenised, [{ what, frame: datagram(mac, source, victim) }], setting);
  const own = from('the address with the token', TOKEN);
  const other = from("the MAC address's", eui64Address(PREFIX, mac));
  const arrived = await arrivals(own, other);
  trial.show(outcome(`${where}: a datagram from there`, own, arrived, 'all'));
  trial.show(outcome(`${where}: one from the address of its MAC address`, other, arrived, 'none'));
}

/** Temporary addresses (RFC 8981) and stable opaque ones (RFC 7217): where the port allows its prefix, and only there. */
async function tryPrivacy(trial: Trial, setting: Setting): Promise<void> {
  const { where, attacker, victim, liberal } = setting;
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

/**
 * The false claims again, from a port where they are allowed: so their absence before was the port security's doing.
 * A wrong option has no business on such a port either.
 */
async function tryUnguarded(trial: Trial, setting: Setting): Promise<void> {
  const { where, unguarded, victim, bystander, router } = setting;
  const claims = Object.values(falseClaims(unguarded, victim, bystander, router)).flat();
  const allowed = ship(unguarded, claims, setting);
  const wrong = ship(unguarded, [falseOption(unguarded, bystander)], setting);
  const arrived = await arrivals(allowed, wrong);
  const what = `${where}: from a port without port security:`;
  trial.show(outcome(`${what} all of these`, allowed, arrived, 'all'));
  trial.show(outcome(`${what} the wrong option`, wrong, arrived, 'none'));
}
