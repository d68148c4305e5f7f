/** What an instance must not pretend to be: frames with addresses that are not its port's. */
import { type Address, eui64Address } from '../../../addressing/index.ts';
import { waitUntil } from '../../../lab/index.ts';
import {
  arrivalEvidence,
  arrivals,
  defineUseCase,
  fileOf,
  framesOfShipments,
  pingPasses,
  type Trial,
} from '../../kit/index.ts';
import { tryPrefix, tryPrivacy } from './address-policy.ts';
import { tryTakeover } from './address-takeover.ts';
import {
  ANTI_SPOOFING_PREFIX,
  type AntiSpoofingSetting,
  PAIR,
  ship,
  start,
  TOKEN,
} from './anti-spoofing-setting.ts';
import {
  datagram,
  falseClaims,
  falseOption,
  ownAddressClaim,
  type SenderClaim,
  trueClaims,
} from './spoofed-frames.ts';
import { type GuestStation, ONE_HOST_AND_DATAPATH } from './stations.ts';
import { trySubport } from './trunk-subport.ts';

const CHANGE_MS = 5_000;

export const antiSpoofingUseCase = defineUseCase({
  id: 'anti-spoofing',
  title: "No source IPv6 or MAC address that is not the port's",
  claim: 'yes',
  missing: [],
  limits: ONE_HOST_AND_DATAPATH,
  async gather(trial) {
    await trial.each(['tenant', 'vlan'] as const, async (part, carrier) => {
      const setting = await start(part, carrier);
      await tryClaims(part, setting);
      await tryPairs(part, setting);
      if (setting.tokenised !== undefined) await tryToken(part, setting, setting.tokenised);
      if (part.can('port.address_policy')) {
        await tryPrefix(part, setting);
        await tryPrivacy(part, setting);
        await tryTakeover(part, setting);
      } else {
        part.leaveOut('addresses that instances make up: ports have no address_policy there.');
      }
      await tryUnguarded(part, setting);
      if (trial.isSextant) await trySubport(part, setting, carrier);
    });
  },
});

/** The attacker's true claims arrive, none of its false ones does, and the victim believes none. */
async function tryClaims(trial: Trial, setting: AntiSpoofingSetting): Promise<void> {
  const { where, attacker, victim, bystander, router, capture } = setting;
  await pingPasses({ what: '' }, victim.instance, bystander.address); // fills the victim's neighbour cache
  const groups = Object.entries(falseClaims(attacker, victim, bystander, router)).map(
    ([kind, claims]) => [kind, ship(attacker, claims, setting)] as const,
  );
  // Beyond the addresses that frames are from: what they say of a sender is Neighbour Discovery's use case elsewhere.
  if (trial.isSextant) {
    groups.push([
      'wrong option in a solicitation',
      ship(attacker, [falseOption(attacker, bystander)], setting),
    ]);
    groups.push([
      'its question whether its own address is free, which is for the host alone',
      ship(attacker, [ownAddressClaim(attacker)], setting),
    ]);
  }
  const right = ship(attacker, trueClaims(attacker, victim), setting);
  const arrived = await arrivals(
    right,
    groups.flatMap(([, claims]) => claims),
  );
  trial.show(arrivalEvidence(`${where}: frames with the port's own addresses`, right, arrived, 'all'));
  for (const [kind, claims] of groups) {
    const evidence = arrivalEvidence(`${where}: ${kind}`, claims, arrived, 'none');
    trial.show(await trial.proven(evidence, capture, fileOf(evidence), framesOfShipments(claims)));
  }
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
async function tryPairs(trial: Trial, setting: AntiSpoofingSetting): Promise<void> {
  const { where, tenant, paired, attacker, victim } = setting;
  const from = (what: string, source: Address, mac = paired.mac): SenderClaim => ({
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
  trial.show(arrivalEvidence(`${where}: allowed address pairs`, allowed, arrived, 'all'));
  trial.show(arrivalEvidence(`${where}: what is beside them`, [...beside, ...others], arrived, 'none'));

  await tenant.client.update('port', paired.port.id, { allowed_address_pairs: [] });
  const own = ship(paired, [from('its own address', paired.address)], setting);
  const attempt = () => arrivals(own, allowed);
  const last =
    (await waitUntil(async () => {
      const these = await attempt();
      return !allowed.some((claim) => these.has(claim)) && these;
    }, CHANGE_MS)) ?? (await attempt());
  trial.show(arrivalEvidence(`${where}: the same, once the pairs are gone`, allowed, last, 'none'));
}

/** An address with a token is the port's like any other; the one that SLAAC would make of its MAC address is not. */
async function tryToken(trial: Trial, setting: AntiSpoofingSetting, tokenised: GuestStation): Promise<void> {
  const { where, victim } = setting;
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
  const other = from("the MAC address's", eui64Address(ANTI_SPOOFING_PREFIX, mac));
  const arrived = await arrivals(own, other);
  trial.show(arrivalEvidence(`${where}: a datagram from there`, own, arrived, 'all'));
  trial.show(arrivalEvidence(`${where}: one from the address of its MAC address`, other, arrived, 'none'));
}

/**
 * The false claims again, from a port where they are allowed to another such: so their absence before was the port
 * security's doing. A wrong option has no business on such a port either.
 */
async function tryUnguarded(trial: Trial, setting: AntiSpoofingSetting): Promise<void> {
  const { where, unguarded, exposed, bystander, router, captureExposed: capture } = setting;
  const claims = Object.values(falseClaims(unguarded, exposed, bystander, router)).flat();
  const allowed = ship(unguarded, [...claims, ownAddressClaim(unguarded)], { capture });
  const wrong = ship(unguarded, [falseOption(unguarded, bystander)], { capture });
  const arrived = await arrivals(allowed, wrong);
  const what = `${where}: from a port without port security to another such:`;
  trial.show(arrivalEvidence(`${what} all of these`, allowed, arrived, 'all'));
  // Without port security nothing needs be checked, says Neutron.
  if (trial.isSextant) trial.show(arrivalEvidence(`${what} the wrong option`, wrong, arrived, 'none'));
}
