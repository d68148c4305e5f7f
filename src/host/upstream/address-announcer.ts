/**
 * Announces addresses on external networks when this host begins to answer for them: an instance with a floating IP came
 * here, or got one that was another's, or a router's gateway came here. Switches outside would go on sending to
 * the host that had it, and OVN announces IPv4 alone.
 */
import type { Logger } from 'pino';
import { Mac } from '../../addressing/index.ts';
import type { AnnouncedAddress } from '../../host-contract/index.ts';
import { ALL_NODES, type Frame, frame, icmpv6, ipv6, multicastMac, vlanTags } from '../../packets/index.ts';
import { INSTANCE_BRIDGE, pluggedPort, type SwitchDatabase } from '../../switch/index.ts';
import type { Facts, Gateways, Residents } from '../facts/index.ts';
import { type OutsideVoice, sayOutside } from './outside-voice.ts';

export interface AddressAnnouncerOptions extends OutsideVoice {
  readonly database: Pick<SwitchDatabase, 'interface' | 'interfacesOn' | 'setting' | 'onChange'>;
  readonly facts: Pick<Facts, 'port' | 'onChange'> & Gateways & Residents;
  readonly log: Logger;
}

/** In which changes are looked at together. */
const SETTLING_MS = 20;
/** When it is said, in milliseconds: the first is for a switch that is ready, the others in case that one is lost. */
const SAID_AT_MS = [0, 250, 1_000, 3_000];

export class AddressAnnouncer {
  readonly #options: AddressAnnouncerOptions;
  readonly #unsubscribe: (() => void)[];
  readonly #timers = new Set<NodeJS.Timeout>();
  /** What this host answers for, and has announced. */
  #here = new Set<string>();
  #settling: NodeJS.Timeout | undefined;

  constructor(options: AddressAnnouncerOptions) {
    this.#options = options;
    const look = (): void => {
      this.#settling ??= setTimeout(() => {
        this.#settling = undefined;
        this.#look();
      }, SETTLING_MS).unref();
    };
    const { database, facts } = options;
    this.#unsubscribe = [
      database.onChange(look),
      facts.onChange(look),
      facts.onGateways(look),
      facts.onResidents(look),
    ];
    look();
  }

  stop(): void {
    for (const end of this.#unsubscribe) end();
    clearTimeout(this.#settling);
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #look(): void {
    const { database, facts } = this.#options;
    const here = new Set<string>();
    const answered = (id: string, addresses: readonly AnnouncedAddress[]): void => {
      for (const one of addresses) {
        const key = `${id} ${one.address}`;
        here.add(key);
        if (!this.#here.has(key)) this.#announce(one, () => this.#here.has(key));
      }
    };
    for (const row of database.interfacesOn(INSTANCE_BRIDGE)) {
      const id = pluggedPort(row)?.id;
      // While an instance moves it is plugged in on two hosts, of which one answers.
      if (id !== undefined && facts.isResident(id)) answered(id, facts.port(id)?.announced ?? []);
    }
    for (const [id, { announced }] of facts.gatewaysHere()) answered(id, announced);
    this.#here = here;
  }

  #announce(announced: AnnouncedAddress, isStillHere: () => boolean): void {
    for (const delay of SAID_AT_MS) {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        if (isStillHere()) void this.#say(announced);
      }, delay).unref();
      this.#timers.add(timer);
    }
  }

  async #say(announced: AnnouncedAddress): Promise<void> {
    try {
      await sayOutside(this.#options, announced, announcement(announced));
    } catch (error) {
      this.#options.log.warn({ err: error, address: `${announced.address}` }, 'an address was not announced');
    }
  }
}

/** An unsolicited neighbour advertisement (RFC 4861 section 7.2.6), or a gratuitous ARP request (RFC 5227 section 3). */
export function announcement({ address, mac, vlan }: AnnouncedAddress): Frame {
  const vlans = vlanTags(vlan);
  if (address.family === 4) {
    const message = {
      ...({ operation: 'request', senderMac: mac, sender: address } as const),
      ...{ targetMac: NOBODY, target: address },
    };
    return { source: mac, destination: EVERYBODY, vlans, network: { kind: 'arp', message } };
  }
  const message = {
    kind: 'neighbour-advertisement',
    ...{ router: false, solicited: false, override: true, target: address },
    options: [{ kind: 'target-link-layer-address', mac }],
  } as const;
  const packet = ipv6(address, ALL_NODES, icmpv6(message), { hopLimit: 255 });
  return { ...frame(mac, multicastMac(ALL_NODES), packet), vlans };
}

const NOBODY = Mac.of(0n);
const EVERYBODY = Mac.of(0xffff_ffff_ffffn);
