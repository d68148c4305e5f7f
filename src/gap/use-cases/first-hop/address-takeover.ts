/**
 * Addresses that instances take for themselves, and that another instance wants as well: in use they stay with who took
 * them first, and given up they are the next one's (RFC 6620 section 3.2.3).
 */
import type { Address } from '../../../addressing/index.ts';
import { type KernelAddress, ping, waitUntil } from '../../../lab/index.ts';
import { type Evidence, pingPasses, type Trial } from '../../kit/index.ts';
import { ANTI_SPOOFING_PREFIX, type AntiSpoofingSetting } from './anti-spoofing-setting.ts';
import { whileSending } from './attacks.ts';
import { claimOf } from './spoofed-discovery.ts';
import { datagram } from './spoofed-frames.ts';
import type { GuestStation } from './stations.ts';

/** What `free` takes, and `rival` wants. */
const [USED, REMOVED, MOVED, SILENT] = [0x111n, 0x222n, 0x333n, 0x444n].map((host) =>
  ANTI_SPOOFING_PREFIX.at(host),
) as [Address, Address, Address, Address];
/** Both choose it in the same moment. */
const CHOSEN = ANTI_SPOOFING_PREFIX.at(0x555n);
/** Of an instance that nothing protects. */
const EXPOSED = ANTI_SPOOFING_PREFIX.at(0x666n);
const MANY = Array.from({ length: 40 }, (_, index) => ANTI_SPOOFING_PREFIX.at(BigInt(0x4000 + index)));
/** Pings at the same time. */
const AT_ONCE = 8;
/** Duplicate address detection, with the delay that kernels draw before it. */
const ADDRESS_MS = 8_000;
/** As long as an instance that looks whether an address is free keeps it, even if it is silent. */
const LOOKING_MS = 10_000;
/**
 * Neighbours hear of a new owner by an advertisement. One that missed it keeps the former one until it finds nobody there
 * (RFC 4861 section 7.3.3).
 */
const TAKEOVER_MS = 15_000;
const ATTACK_MS = 1_500;

/** Tries all of that. */
export async function tryTakeover(trial: Trial, setting: AntiSpoofingSetting): Promise<void> {
  const { where, free, rival, victim } = setting;
  await Promise.all([USED, REMOVED, MOVED, SILENT].map((address) => add(free, address)));
  const looked = performance.now();
  await tryUsed(trial, setting);
  await tryMany(trial, setting);
  await waitUntil(() => performance.now() - looked > LOOKING_MS, 2 * LOOKING_MS);

  await remove(free, REMOVED);
  trial.show(await goesTo(`${where}: an address that its instance removed`, rival, REMOVED, victim));
  await Promise.all([remove(free, MOVED), add(rival, MOVED)]);
  trial.show(await goesTo(`${where}: an address that moves to another instance`, rival, MOVED, victim));
  await trySame(trial, setting);
  free.device.down();
  trial.show(await goesTo(`${where}: an address whose instance is silent`, rival, SILENT, victim));
}

const add = ({ instance }: GuestStation, address: Address): Promise<string> =>
  instance.run('ip', '-6', 'address', 'replace', `${address}/${ANTI_SPOOFING_PREFIX.length}`, 'dev', 'eth0');
const remove = ({ instance }: GuestStation, address: Address): Promise<string> =>
  instance.run('ip', '-6', 'address', 'delete', `${address}/${ANTI_SPOOFING_PREFIX.length}`, 'dev', 'eth0');

/** What the kernel makes of an address, once it has looked whether that is free. */
async function settled({ device }: GuestStation, wanted: Address): Promise<string> {
  const own = (): KernelAddress | undefined =>
    device.addresses().find(({ address }) => address.equals(wanted));
  const isSettled = () => own()?.duplicate || own()?.tentative === false;
  await waitUntil(isSettled, ADDRESS_MS);
  const state = own();
  if (state === undefined) return 'none';
  return state.duplicate ? 'a duplicate' : state.tentative ? 'tentative' : 'valid';
}

/** Another instance wants an address, and gets it. */
async function goesTo(
  what: string,
  next: GuestStation,
  address: Address,
  to: GuestStation,
): Promise<Evidence> {
  await add(next, address);
  const state = await settled(next, address);
  const began = performance.now();
  const answered = await waitUntil(
    async () => (await ping(next.instance, to.address, { source: address })).received > 0,
    TAKEOVER_MS,
  );
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  return {
    what: `${what} goes to the next that wants it`,
    expected: `valid there, and a ping from it is answered within ${TAKEOVER_MS / 1_000} s`,
    seen: `${state}, ${answered ? 'answered' : 'no answer'} after ${seconds} s`,
    ok: state === 'valid' && answered === true,
    core: true,
  };
}

/** In use an address stays where it is, whatever another says and sends; unless nothing protects its instance. */
async function tryUsed(trial: Trial, setting: AntiSpoofingSetting): Promise<void> {
  const { where, free, rival, bystander, unguarded, exposed, victim } = setting;
  await settled(free, USED);
  await ping(bystander.instance, USED);
  trial.show(
    await staysWith(`${where}: an address in use that another instance claims and sends from`, {
      owner: free,
      address: USED,
      attacker: rival,
      bystander,
    }),
  );
  await add(rival, USED);
  const state = await settled(rival, USED);
  trial.show({
    what: `${where}: and takes the proper way`,
    expected: 'a duplicate',
    seen: state,
    ok: state === 'a duplicate',
    core: true,
  });
  await remove(rival, USED);
  const what = `${where}: its instance goes on with it`;
  trial.show(await pingPasses({ what, core: true }, free.instance, victim.address, { source: USED }));

  await add(exposed, EXPOSED);
  await settled(exposed, EXPOSED);
  await ping(bystander.instance, EXPOSED);
  const attack = { owner: exposed, address: EXPOSED, attacker: unguarded, bystander };
  const { seen, ok } = await staysWith('', attack);
  trial.show({
    what: `${where}: the same claims without port security at either`,
    expected: "the attacker's MAC address, or pings that are lost",
    seen,
    ok: !ok,
  });
}

interface Contest {
  readonly owner: GuestStation;
  readonly address: Address;
  readonly attacker: GuestStation;
  readonly bystander: GuestStation;
}

/** Somebody knows an address by its owner's MAC address, also after another has claimed it for a while. */
async function staysWith(what: string, { owner, address, attacker, bystander }: Contest): Promise<Evidence> {
  const frames = [claimOf(attacker.mac, address), datagram(attacker.mac, address, bystander)];
  const result = await whileSending(attacker.device, frames, () =>
    ping(bystander.instance, address, { count: 10, intervalMs: ATTACK_MS / 10 }),
  );
  const known = bystander.instance.neighbours().find((one) => one.address.equals(address))?.mac;
  return {
    what,
    expected: `at ${owner.mac} for a bystander, and all pings answered`,
    seen: `at ${known ?? 'no MAC address'}, ${result.received} of ${result.sent} answered`,
    ok: known?.equals(owner.mac) === true && result.received === result.sent,
    core: true,
  };
}

/** As many as an interface with two prefixes has with temporary ones of a week, twice over. */
async function tryMany(trial: Trial, { where, rival, attacker, victim }: AntiSpoofingSetting): Promise<void> {
  const usable = async (guest: GuestStation): Promise<number> => {
    await Promise.all(MANY.map((address) => add(guest, address)));
    await Promise.all(MANY.map((address) => settled(guest, address)));
    const queue = MANY.values();
    let answered = 0;
    const work = async (): Promise<void> => {
      for (const source of queue) {
        const { received } = await ping(guest.instance, victim.address, {
          count: 2,
          source,
          patienceMs: 800,
        });
        if (received > 0) answered++;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    await Promise.all(MANY.map((address) => remove(guest, address)));
    return answered;
  };
  const count = await usable(rival);
  trial.show({
    what: `${where}: ${MANY.length} addresses that one instance takes, policy prefix`,
    expected: `${MANY.length} from which pings are answered`,
    seen: `${count}`,
    ok: count === MANY.length,
    core: true,
  });
  const strict = await usable(attacker);
  trial.show({
    what: `${where}: the same where the policy is strict`,
    expected: 'none',
    seen: `${strict}`,
    ok: strict === 0,
    core: true,
  });
}

/** Two honest instances choose the same address: one gets it, and the other is told that it is a duplicate. */
async function trySame(trial: Trial, setting: AntiSpoofingSetting): Promise<void> {
  const { where, free, rival, victim } = setting;
  await Promise.all([free, rival].map((guest) => add(guest, CHOSEN)));
  const states = await Promise.all([free, rival].map((guest) => settled(guest, CHOSEN)));
  trial.show({
    what: `${where}: two instances choose the same address at the same time`,
    expected: 'valid at one, a duplicate at the other',
    seen: states.join(' at one, ').concat(' at the other'),
    ok: states.toSorted().join() === 'a duplicate,valid',
    core: true,
  });
  const winner = states[0] === 'valid' ? free : rival;
  const what = `${where}: it works for the one`;
  trial.show(await pingPasses({ what, core: true }, winner.instance, victim.address, { source: CHOSEN }));
}
