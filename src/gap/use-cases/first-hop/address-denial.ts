/**
 * Instances that make their addresses up (RFC 7217, RFC 8981), and an attacker that denies them each one while they
 * look whether it is free (RFC 4862 section 5.4, RFC 3756 section 4.1.3). The attacker knows more than any could: it is
 * told, by the test, of each address as the victim's own device asks for it.
 */

import type { Address } from '../../../addressing/index.ts';
import {
  type Capture,
  type InstanceInterface,
  type KernelAddress,
  type LabInstance,
  waitUntil,
} from '../../../lab/index.ts';
import { ALL_ROUTERS, type Frame, frame, icmpv6, ipv6, multicastMac } from '../../../packets/index.ts';
import type { Evidence } from '../../kit/index.ts';
import { claimOf, questionAbout } from './spoofed-discovery.ts';

/** addr_gen_mode of Linux: opaque identifiers made of a random secret, link-local ones too (RFC 7217). */
const STABLE_PRIVACY = 3;
/** Use temporary addresses, and prefer them (RFC 8981). */
const TEMPORARY = 2;

/** How an attacker denies: by what, and milliseconds after the question. */
export interface Denial {
  readonly by: 'NA' | 'NS';
  readonly after: number;
}

/**
 * A solicitation soon after would sometimes overtake the victim's in a busy switch: it would be the first, as of one who
 * knew the address before. Nobody knows it who does not hear the victim look, when it is through the switch.
 */
export const DENIALS: readonly Denial[] = [
  { by: 'NA', after: 0 },
  { by: 'NA', after: 5 },
  { by: 'NS', after: 50 },
  { by: 'NS', after: 150 },
];

const describe = ({ by, after }: Denial): string =>
  `${by === 'NA' ? 'advertisements' : 'solicitations'}, ${after === 0 ? 'at once' : `${after} ms later`}`;

/** Once more, when a guard may have asked the victim, which does not answer yet, or have forgotten it. */
const AGAIN_MS = [300, 650];
/** Duplicate address detection, twice, with the delays that kernels draw before it, and a router between them. */
const CONFIGURATION_MS = 15_000;
const HARM_MS = 10_000;
/** Who is denied late, by a busy machine, has the address already: then it is to look for another one. */
const CONTROLS = 4;

/** Has a device, which is down, make its addresses up. */
export function makeUpAddresses(device: InstanceInterface): void {
  device.setIpv6('addr_gen_mode', STABLE_PRIVACY);
  device.setIpv6('use_tempaddr', TEMPORARY);
}

/** The address that a frame asks about, to find out whether it is free. */
const questionIn = ({ network }: Frame): Address | undefined =>
  network.kind === 'ipv6' &&
  network.source.isUnspecified &&
  network.upper.kind === 'icmpv6' &&
  network.upper.message.kind === 'neighbour-solicitation'
    ? network.upper.message.target
    : undefined;

/** A victim, and who denies it its addresses in which way. */
export interface Denied {
  readonly instance: LabInstance;
  readonly device: InstanceInterface;
  readonly denial: Denial;
}

/** Denies a victim every address that it asks for until it is stopped. */
export class Denier {
  /** What the victim asked for. */
  readonly asked = new Map<string, Address>();
  readonly #end: () => void;
  readonly #timers = new Set<NodeJS.Timeout>();

  /**
   * @param capture at the victim
   * @param attacker its device
   */
  constructor(capture: Capture, attacker: InstanceInterface, { by, after }: Denial) {
    const deny = (target: Address): void => {
      attacker.send(by === 'NA' ? claimOf(attacker.mac, target) : questionAbout(attacker.mac, target));
    };
    this.#end = capture.onSent(
      (sent) => questionIn(sent) !== undefined,
      ({ frame: sent }) => {
        const target = questionIn(sent)!;
        this.asked.set(`${target}`, target);
        if (after === 0) deny(target);
        for (const ms of after === 0 ? AGAIN_MS : [after, ...AGAIN_MS]) {
          const timer = setTimeout(() => {
            this.#timers.delete(timer);
            deny(target);
          }, ms);
          this.#timers.add(timer);
        }
      },
    );
  }

  stop(): void {
    this.#end();
    for (const timer of this.#timers) clearTimeout(timer);
  }
}

/** What an instance that makes its addresses up comes to have, one of each kind. */
const KINDS: Readonly<Record<string, (own: KernelAddress) => boolean>> = {
  'link-local': ({ address }) => address.isLinkLocal,
  stable: ({ address, temporary }) => !address.isLinkLocal && !temporary,
  temporary: ({ temporary }) => temporary,
};

const usable = (device: InstanceInterface): KernelAddress[] =>
  device
    .addresses()
    .filter(({ address, tentative, duplicate }) => address.family === 6 && !tentative && !duplicate);

const isWhole = (device: InstanceInterface): boolean => {
  const own = usable(device);
  return Object.values(KINDS).every((test) => own.some(test));
};

/** Those that the victim asked for and cannot use. */
const lost = (device: InstanceInterface, { asked }: Denier): Address[] => {
  const own = usable(device);
  return [...asked.values()].filter((address) => !own.some((one) => one.address.equals(address)));
};

/** Has a running instance lose its temporary addresses; it makes a new one up when a router advertises again. */
export async function renew({ instance, device }: Pick<Denied, 'instance' | 'device'>): Promise<void> {
  const own = device.addresses();
  for (const { address, prefixLength } of own.filter(({ temporary }) => temporary))
    await instance.run('ip', 'address', 'delete', `${address}/${prefixLength}`, 'dev', device.device);
  const from = own.find(({ address }) => address.isLinkLocal)!.address;
  const asking = icmpv6({ kind: 'router-solicitation', options: [] });
  device.send(
    frame(device.mac, multicastMac(ALL_ROUTERS), ipv6(from, ALL_ROUTERS, asking, { hopLimit: 255 })),
  );
}

/** A victim that is denied all addresses gets them all the same. */
export async function keepsAddresses(
  what: string,
  { device, denial }: Denied,
  denier: Denier,
): Promise<Evidence> {
  // The kernel may have an address before we hear it ask for it.
  const isKept = () => denier.asked.size > 0 && isWhole(device) && lost(device, denier).length === 0;
  await waitUntil(isKept, CONFIGURATION_MS);
  const without = lost(device, denier);
  const own = usable(device);
  const none = Object.entries(KINDS).flatMap(([kind, test]) => (own.some(test) ? [] : [`no ${kind} one`]));
  const failed = device.addresses().filter(({ duplicate }) => duplicate);
  const count = denier.asked.size;
  return {
    what: `${what}, denied by ${describe(denial)}`,
    expected: 'a link-local, a stable and a temporary address, and each that it asked for',
    seen: [
      `${count - without.length} of ${count} that it asked for`,
      ...none,
      ...failed.map(({ address }) => `${address} a duplicate`),
    ].join(', '),
    ok: count > 0 && without.length === 0 && none.length === 0 && failed.length === 0,
    core: true,
  };
}

/** A victim loses an address in that way: what a control has to show. */
export async function losesAddresses(what: string, victim: Denied, denier: Denier): Promise<Evidence> {
  const { device, denial } = victim;
  const isDuplicate = () => device.addresses().some(({ duplicate }) => duplicate);
  const gone = () => lost(device, denier).filter((address) => !isTentative(device, address));
  const isHarmed = () => isDuplicate() || gone().length > 0;
  for (let turn = 1; !(await waitUntil(isHarmed, HARM_MS)) && turn < CONTROLS; turn++) await renew(victim);
  const addresses = gone();
  return {
    what: `${what}, denied by ${describe(denial)}`,
    expected: 'it loses addresses',
    seen: addresses.length > 0 ? `it lost ${addresses.join(', ')}` : 'it lost none',
    ok: addresses.length > 0,
  };
}

const isTentative = (device: InstanceInterface, wanted: Address): boolean =>
  device.addresses().some(({ address, tentative, duplicate }) => {
    return tentative && !duplicate && address.equals(wanted);
  });
