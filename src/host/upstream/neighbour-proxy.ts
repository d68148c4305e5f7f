/**
 * Answers on external networks for addresses of instances behind routers whose gateway is on this host (RFC 4861 section
 * 7.2.8): OVN's routers answer for their own alone. Whoever asks asks all, and is heard on the bridge of the physical
 * network.
 */
import type { Logger } from 'pino';
import { Allowance } from '../../base/index.ts';
import type { AnnouncedAddress } from '../../host-contract/index.ts';
import { ALL_NODES, type Frame, frame, icmpv6, ipv6, vlanTags } from '../../packets/index.ts';
import { bridgesOf, type SwitchDatabase } from '../../switch/index.ts';
import type { Gateways } from '../facts/index.ts';
import { type OutsideVoice, sayOutside } from './outside-voice.ts';
import { TrunkSocket } from './trunk-socket.ts';

export interface NeighbourProxyOptions extends OutsideVoice {
  readonly database: Pick<SwitchDatabase, 'interface' | 'setting' | 'onChange'>;
  readonly facts: Gateways;
  /** Network namespace of the switch; null is the process's own. */
  readonly switchNamespace: string | null;
  readonly log: Logger;
}

/** In which changes are looked at together. */
const SETTLING_MS = 20;
/** Answers for one address at once, and in a second: each is a word with the switch, and whoever is outside may ask. */
const ANSWERS = 32;

export class NeighbourProxy {
  readonly #options: NeighbourProxyOptions;
  readonly #unsubscribe: (() => void)[];
  /** What this host answers for, by physical network. */
  #here = new Map<string, AnnouncedAddress[]>();
  /** By physical network, with its bridge. */
  readonly #trunks = new Map<string, { readonly bridge: string; readonly socket: TrunkSocket }>();
  readonly #answers = new Allowance<string>(ANSWERS, ANSWERS);
  #settling: NodeJS.Timeout | undefined;

  constructor(options: NeighbourProxyOptions) {
    this.#options = options;
    const look = (): void => {
      this.#settling ??= setTimeout(() => {
        this.#settling = undefined;
        this.#look();
      }, SETTLING_MS).unref();
    };
    this.#unsubscribe = [options.database.onChange(look), options.facts.onGateways(look)];
    look();
  }

  async stop(): Promise<void> {
    for (const end of this.#unsubscribe) end();
    clearTimeout(this.#settling);
    for (const { socket } of this.#trunks.values()) await socket.close();
  }

  /** Listens where there is something to answer for, and nowhere else. */
  #look(): void {
    const { database, facts, switchNamespace, log } = this.#options;
    const proxied = [...facts.gatewaysHere()].flatMap(([, { announced }]) =>
      announced.filter(({ isProxied }) => isProxied),
    );
    this.#here = Map.groupBy(proxied, ({ physicalNetwork }) => physicalNetwork);
    const bridges = bridgesOf(database);
    for (const [name, { bridge, socket }] of [...this.#trunks]) {
      if (this.#here.has(name) && bridges.get(name) === bridge) continue;
      this.#trunks.delete(name);
      void socket.close();
    }
    for (const name of this.#here.keys()) {
      const bridge = bridges.get(name);
      if (bridge === undefined || this.#trunks.has(name)) continue;
      try {
        const hear = (asked: Frame): void => void this.#answer(name, asked);
        const socket = new TrunkSocket(switchNamespace, bridge, 'neighbour-solicitation', hear);
        this.#trunks.set(name, { bridge, socket });
      } catch (error) {
        log.warn({ err: error, bridge }, 'nothing is answered for instances outside');
      }
    }
  }

  async #answer(physicalNetwork: string, asked: Frame): Promise<void> {
    for (const one of this.#here.get(physicalNetwork) ?? []) {
      const answer = answerFor(one, asked);
      if (answer === undefined || !this.#answers.take(`${one.networkId} ${one.address}`)) continue;
      try {
        await sayOutside(this.#options, one, answer);
      } catch (error) {
        this.#options.log.warn({ err: error, address: `${one.address}` }, 'a neighbour was not answered');
      }
    }
  }
}

/**
 * What is answered for an address to who asks for it; nothing to a frame that asks for something else. It yields to who
 * says that the address is its own: it does not override (RFC 4861 section 7.2.8). Who tries whether the address is
 * free is told that it is not (RFC 4862 section 5.4).
 */
export function answerFor({ address, mac, vlan }: AnnouncedAddress, asked: Frame): Frame | undefined {
  const { network, vlans, source: asker } = asked;
  if (network.kind !== 'ipv6' || network.upper.kind !== 'icmpv6') return undefined;
  const { message } = network.upper;
  if (message.kind !== 'neighbour-solicitation' || !message.target.equals(address)) return undefined;
  if ((vlans[0]?.id ?? null) !== vlan || asker.equals(mac)) return undefined;
  const isTried = network.source.value === 0n;
  const answer = {
    kind: 'neighbour-advertisement',
    ...{ router: true, solicited: !isTried, override: false, target: address },
    options: [{ kind: 'target-link-layer-address', mac }],
  } as const;
  const packet = ipv6(address, isTried ? ALL_NODES : network.source, icmpv6(answer), { hopLimit: 255 });
  return { ...frame(mac, asker, packet), vlans: vlanTags(vlan) };
}
