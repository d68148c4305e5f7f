/**
 * Has the switch translate for the routers that have networks here: keeps a pair of patch ports for each, and the flows
 * between. It knows nothing that it could not see in the switch and in the southbound database, so a new one goes on
 * where the last one was.
 */
import type { Logger } from 'pino';
import { Loop } from '../../base/index.ts';
import {
  nptv6Mac,
  nptv6PortName,
  type PrefixTranslation,
  routerOfNptv6Port,
} from '../../host-contract/index.ts';
import type { ReportedPacket } from '../../openflow/index.ts';
import {
  BridgeFlows,
  INTEGRATION_BRIDGE,
  type SwitchDatabase,
  TRANSLATION_BRIDGE,
} from '../../switch/index.ts';
import type { Facts } from '../facts/index.ts';
import { instancePorts, outerNetworks } from '../ports-here.ts';
import { translateError } from './error-translation.ts';
import { translationRules } from './translation-rules.ts';

export interface Nptv6AgentOptions {
  readonly database: SwitchDatabase;
  /** Directory of the switch's sockets, OVS_RUNDIR. */
  readonly rundir: string;
  readonly facts: Facts;
  readonly log: Logger;
}

const RETRY_MS = 1_000;
/** Patch ports: on the bridge for translations the name in OVN, on OVN's bridge another one. */
const farEnd = (routerId: string): string => `to-${nptv6PortName(routerId)}`;

/** A router that has networks here, as one of its ports says. */
interface TranslatedFor {
  readonly routerId: string;
  readonly translations: readonly PrefixTranslation[];
}

export class Nptv6Agent {
  readonly #options: Nptv6AgentOptions;
  readonly #flows: BridgeFlows;
  readonly #loop: Loop;
  readonly #unsubscribe: (() => void)[];
  /** By port. */
  readonly #known = new Map<string, TranslatedFor>();
  /** By the number of the patch port. */
  readonly #byPatch = new Map<number, readonly PrefixTranslation[]>();
  /** The rules that the bridge has, as texts of what they are made from, by router. */
  readonly #told = new Map<string, string>();

  /** Starts one. A host without the bridge translates nothing. */
  constructor(options: Nptv6AgentOptions) {
    const { database, rundir, facts, log } = options;
    this.#options = options;
    this.#flows = new BridgeFlows({
      path: `${rundir}/${TRANSLATION_BRIDGE}.mgmt`,
      onReport: (packet) => this.#translate(packet),
      log,
    });
    this.#loop = new Loop(
      () => this.#pass(),
      RETRY_MS,
      (error) => log.error({ err: error }, 'translations of prefixes could not be set up, trying again'),
    );
    const networks = [...instancePorts(database)].flatMap((id) => facts.networkOfPort(id)?.id ?? []);
    for (const network of new Set([...networks, ...outerNetworks(database)]))
      for (const { id } of facts.portsOn(network)) this.#look(id);
    this.#unsubscribe = [
      database.onChange(() => this.#loop.wake()),
      facts.onChange(({ ports }) => {
        for (const id of ports) this.#look(id);
        this.#loop.wake();
      }),
    ];
    this.#loop.wake();
  }

  /** Ends it. What it has set up stays. */
  async stop(): Promise<void> {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    const stopped = this.#loop.stop();
    await this.#flows.stop(); // a pass may be waiting for them
    await stopped;
  }

  #look(portId: string): void {
    const facts = this.#options.facts.port(portId);
    if (facts?.isRouterPort && facts.prefixTranslations.length > 0)
      this.#known.set(portId, { routerId: facts.deviceId, translations: facts.prefixTranslations });
    else this.#known.delete(portId);
  }

  async #pass(): Promise<void> {
    const { database } = this.#options;
    if (database.datapathOf(TRANSLATION_BRIDGE) === undefined) return;
    const wanted = new Map(this.#known.values().map((one) => [one.routerId, one.translations]));
    await this.#removeOthers(wanted);
    await this.#putPatches([...wanted.keys()]);
    const changed = this.#followRules(wanted);
    await this.#flows.change(changed);
    await this.#join([...this.#told.keys()]);
  }

  async #removeOthers(wanted: ReadonlyMap<string, unknown>): Promise<void> {
    const { database } = this.#options;
    const leaving = database.interfacesOn(TRANSLATION_BRIDGE).flatMap(({ name }) => {
      const router = routerOfNptv6Port(name);
      return router === undefined || wanted.has(router) ? [] : router;
    });
    if (leaving.length === 0) return;
    await database.change((transaction) => {
      for (const router of leaving)
        for (const name of [nptv6PortName(router), farEnd(router)]) database.removePort(transaction, name);
    });
  }

  /** Makes the patch ports of routers, which nobody uses yet. */
  async #putPatches(routers: readonly string[]): Promise<void> {
    const { database } = this.#options;
    await database.change((transaction) => {
      for (const router of routers) {
        const [near, far] = [nptv6PortName(router), farEnd(router)];
        for (const [bridge, name, peer] of [
          [TRANSLATION_BRIDGE, near, far],
          [INTEGRATION_BRIDGE, far, near],
        ] as const)
          database.putPort(transaction, bridge, name, { type: 'patch', options: { peer } });
      }
    });
  }

  /** What of the bridge's rules is to be another: a router has rules as soon as its patch port has a number. */
  #followRules(wanted: ReadonlyMap<string, readonly PrefixTranslation[]>) {
    const { database } = this.#options;
    const changed = new Map<string, ReturnType<typeof translationRules> | undefined>();
    this.#byPatch.clear();
    for (const router of this.#told.keys()) {
      if (wanted.has(router)) continue;
      this.#told.delete(router);
      changed.set(router, undefined);
    }
    for (const [router, translations] of wanted) {
      const { ofport: patch = 0 } = database.interface(nptv6PortName(router)) ?? {};
      if (patch <= 0) continue;
      this.#byPatch.set(patch, translations);
      const text = JSON.stringify({ patch, translations });
      if (this.#told.get(router) === text) continue;
      this.#told.set(router, text);
      const macs = { router: nptv6Mac(router, 'router'), translator: nptv6Mac(router, 'translator') };
      changed.set(router, translationRules({ patch, translations, ...macs }));
    }
    return changed;
  }

  /** Joins those whose flows are there to OVN, whose numbers are asked for so that they stay. */
  async #join(routers: readonly string[]): Promise<void> {
    const { database } = this.#options;
    await database.change((transaction) => {
      for (const router of routers) {
        const { ofport = 0 } = database.interface(nptv6PortName(router)) ?? {};
        database.putPort(transaction, TRANSLATION_BRIDGE, nptv6PortName(router), { ofport_request: ofport });
        const external_ids = { 'iface-id': nptv6PortName(router) };
        database.putPort(transaction, INTEGRATION_BRIDGE, farEnd(router), { external_ids });
      }
    });
  }

  #translate({ inPort, frame }: ReportedPacket): void {
    const translated = translateError(frame, this.#byPatch.get(inPort) ?? []);
    if (translated !== undefined) this.#flows.send(inPort, translated);
  }
}
