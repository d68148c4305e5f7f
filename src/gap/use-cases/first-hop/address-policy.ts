/** The addresses that instances take for themselves: which may be used, and that they are one instance's. */
import type { Address } from '../../../addressing/index.ts';
import { type InstanceInterface, waitUntil } from '../../../lab/index.ts';
import {
  arrivalEvidence,
  arrivals,
  describeAddresses,
  pingFails,
  pingPasses,
  type Trial,
} from '../../kit/index.ts';
import { ANTI_SPOOFING_PREFIX, type AntiSpoofingSetting, ship } from './anti-spoofing-setting.ts';
import {
  addressClaims,
  datagram,
  ELSEWHERE,
  falseClaims,
  type SenderClaim,
  trueClaims,
} from './spoofed-frames.ts';
import type { GuestStation } from './stations.ts';

/** Nobody has it until one takes it. */
const FREE = ANTI_SPOOFING_PREFIX.at(0xf4een);
const CHANGE_MS = 5_000;
const ADDRESS_MS = 15_000;
/** addr_gen_mode of Linux: opaque identifiers made of a random secret. */
const STABLE_PRIVACY = 3;

/** Under the policy `prefix` a port may take an address that nobody has, and no other. */
export async function tryPrefix(trial: Trial, setting: AntiSpoofingSetting): Promise<void> {
  const { where, free, victim, bystander, router } = setting;
  const right = ship(free, [...trueClaims(free, victim), ...addressClaims(free.mac, FREE, victim)], setting);
  const wrong = ship(
    free,
    Object.values(falseClaims(free, victim, bystander, router, ELSEWHERE)).flat(),
    setting,
  );
  const arrived = await arrivals(right, wrong);
  const what = `${where}: policy prefix:`;
  trial.show(
    arrivalEvidence(`${what} the port's own addresses, and one that nobody has`, right, arrived, 'all'),
  );
  trial.show(
    arrivalEvidence(`${what} what others have, other prefixes and MAC addresses`, wrong, arrived, 'none'),
  );
}

/** Temporary addresses (RFC 8981) and stable opaque ones (RFC 7217): where the policy allows them, and only there. */
export async function tryPrivacy(trial: Trial, setting: AntiSpoofingSetting): Promise<void> {
  const { where, attacker, victim, free } = setting;
  const temporary = async ({ device }: GuestStation): Promise<Address> => {
    device.setIpv6('use_tempaddr', 2);
    return restarted(device, ({ temporary }) => temporary);
  };
  const [strict, allowed] = await Promise.all([temporary(attacker), temporary(free)]);
  trial.show(
    await pingFails(
      { what: `${where}: temporary address, policy strict`, core: true },
      attacker.instance,
      victim.address,
      { source: strict },
    ),
  );
  trial.show(
    await pingPasses(
      { what: `${where}: temporary address, policy prefix`, core: true },
      free.instance,
      victim.address,
      { source: allowed },
    ),
  );
  free.device.setIpv6('use_tempaddr', 0);
  free.device.setIpv6('addr_gen_mode', STABLE_PRIVACY);
  const stable = await restarted(free.device, ({ address }) => !address.equals(free.address));
  trial.show(
    await pingPasses(
      { what: `${where}: stable opaque addresses, also link-local, policy prefix`, core: true },
      free.instance,
      victim.address,
      { source: stable },
    ),
  );
  await tryTaken(trial, setting, stable);
  await tryPolicyOfNetwork(trial, setting, stable);
}

/** What an instance took is shown at its port, and no other instance can take it as well. */
async function tryTaken(trial: Trial, setting: AntiSpoofingSetting, taken: Address): Promise<void> {
  const { where, tenant, free, rival, victim } = setting;
  const learned = async () => {
    const port = await tenant.client.show('port', free.port.id);
    return port.learned_addresses.map(({ ip_address }) => ip_address);
  };
  await waitUntil(async () => (await learned()).includes(taken.toString()), CHANGE_MS);
  const shown = await learned();
  trial.show({
    what: `${where}: that address at its port`,
    expected: `learned_addresses with ${taken}`,
    seen: shown.join(', ') || 'none',
    ok: shown.includes(taken.toString()),
    core: true,
  });
  const claims = ship(rival, addressClaims(rival.mac, taken, victim), setting);
  const own = ship(
    rival,
    [{ what: 'its own address', frame: datagram(rival.mac, rival.address, victim) }],
    setting,
  );
  const attempt = () => arrivals(own, claims);
  const last =
    (await waitUntil(async () => {
      const these = await attempt();
      return !claims.some((claim) => these.has(claim)) && these;
    }, CHANGE_MS)) ?? (await attempt());
  trial.show(
    arrivalEvidence(`${where}: the same address from another instance, policy prefix`, claims, last, 'none'),
  );
  await rival.instance.run('ip', '-6', 'address', 'add', `${taken}/64`, 'dev', 'eth0');
  const state = () => rival.device.addresses().find(({ address }) => address.equals(taken));
  await waitUntil(() => state()?.tentative === false || state()?.duplicate, ADDRESS_MS);
  trial.show({
    what: `${where}: its kernel is told that the address is taken (RFC 4862)`,
    expected: 'a duplicate',
    seen: state()?.duplicate ? 'a duplicate' : 'no duplicate',
    ok: state()?.duplicate ?? false,
  });
  const what = `${where}: meanwhile it works for who took it first`;
  trial.show(await pingPasses({ what, core: true }, free.instance, victim.address, { source: taken }));
}

/** A network's policy is that of its ports without one of their own. */
async function tryPolicyOfNetwork(trial: Trial, setting: AntiSpoofingSetting, taken: Address): Promise<void> {
  const { where, tenant, network, free, victim } = setting;
  const claims = ship(free, addressClaims(free.mac, taken, victim), setting);
  const own = ship(
    free,
    [{ what: 'its own address', frame: datagram(free.mac, free.address, victim) }],
    setting,
  );
  for (const [policy, wanted] of [
    ['strict', 'none'],
    ['prefix', 'all'],
  ] as const) {
    await tenant.client.update('network', network.id, { address_policy: policy });
    const attempt = () => (wanted === 'none' ? arrivals(own, claims) : arrivals(claims, []));
    const isSo = (these: ReadonlySet<SenderClaim>) =>
      claims.every((claim) => these.has(claim) === (wanted === 'all'));
    const last =
      (await waitUntil(async () => {
        const these = await attempt();
        return isSo(these) && these;
      }, CHANGE_MS)) ?? (await attempt());
    const what = `${where}: the same address when the network's policy is ${policy}`;
    trial.show(arrivalEvidence(what, claims, last, wanted));
  }
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
