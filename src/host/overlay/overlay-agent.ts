/**
 * Has the switch carry networks that have tunnels of their own: keeps the ports of tunnels and the flows of the bridge
 * for overlays. It knows nothing that it could not see in the switch and in the southbound database, so a new one goes
 * on where the last one was.
 */
import type { Logger } from 'pino';
import { Address } from '../../addressing/index.ts';
import { Loop } from '../../base/index.ts';
import { networkOfLocalnet } from '../../host-contract/index.ts';
import {
  BridgeFlows,
  localnetOfPatch,
  OVERLAY_BRIDGE,
  putTunnelPorts,
  type SwitchDatabase,
  type TunnelKind,
  tunnelPort,
} from '../../switch/index.ts';
import type { Facts, Places } from '../facts/index.ts';
import { OverlayPlan, othersOf } from './overlay-plan.ts';

export interface OverlayAgentOptions {
  readonly database: SwitchDatabase;
  /** Directory of the switch's sockets, OVS_RUNDIR. */
  readonly rundir: string;
  readonly facts: Facts;
  readonly places: Places;
  readonly log: Logger;
}

const RETRY_MS = 1_000;
const KINDS: readonly TunnelKind[] = ['vxlan', 'gre'];

export class OverlayAgent {
  readonly #options: OverlayAgentOptions;
  readonly #plan: OverlayPlan;
  readonly #flows: BridgeFlows;
  readonly #loop: Loop;
  readonly #unsubscribe: (() => void)[];
  /** Kinds of tunnels that the switch has said it cannot make. */
  readonly #refused = new Set<TunnelKind>();

  /** Starts one. A host without the bridge has none of these networks. */
  constructor(options: OverlayAgentOptions) {
    const { database, rundir, facts, places, log } = options;
    this.#options = options;
    this.#plan = new OverlayPlan(facts, places);
    this.#flows = new BridgeFlows({ path: `${rundir}/${OVERLAY_BRIDGE}.mgmt`, learns: true, log });
    this.#loop = new Loop(
      () => this.#pass(),
      RETRY_MS,
      (error) => log.error({ err: error }, 'overlays could not be set up, trying again'),
    );
    const note = (change: Parameters<OverlayPlan['note']>[0]) => {
      this.#plan.note(change);
      this.#loop.wake();
    };
    this.#unsubscribe = [
      database.onChange(() => this.#loop.wake()),
      facts.onChange(({ networks, portsOf }) => note({ networks, portsOf })),
      places.onMove(note),
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

  async #pass(): Promise<void> {
    const { database, places } = this.#options;
    const datapath = database.datapathOf(OVERLAY_BRIDGE);
    const host = database.setting('system-id');
    const end = Address.tryParse(database.setting('ovn-encap-ip') ?? '');
    if (datapath === undefined || host === undefined || end === undefined) return;
    await database.change((transaction) =>
      putTunnelPorts(
        transaction,
        database,
        OVERLAY_BRIDGE,
        othersOf(places, { host, end }).size === 0 ? undefined : end,
        datapath,
      ),
    );
    const { rules, forget } = this.#plan.update({
      host,
      end,
      tunnels: this.#tunnels(),
      patches: this.#patches(),
    });
    await this.#flows.change(rules, forget);
  }

  /** The ports of tunnels that the switch has made. */
  #tunnels(): Map<TunnelKind, number> {
    const { database, log } = this.#options;
    const made = new Map<TunnelKind, number>();
    for (const kind of KINDS) {
      const { ofport = 0 } = database.interface(tunnelPort(kind)) ?? {};
      if (ofport > 0) made.set(kind, ofport);
      const isRefused = ofport < 0;
      if (isRefused && !this.#refused.has(kind))
        log.error(
          { kind },
          'the switch cannot make tunnels of this kind: such networks do not leave the host',
        );
      if (isRefused) this.#refused.add(kind);
      else this.#refused.delete(kind);
    }
    return made;
  }

  /** The patch ports that OVN has made, by network. */
  #patches(): Map<string, number> {
    return new Map(
      this.#options.database
        .interfacesOn(OVERLAY_BRIDGE)
        .flatMap(({ name, ofport = 0 }): [string, number][] => {
          const network = networkOfLocalnet(localnetOfPatch(name) ?? '');
          return network !== undefined && ofport > 0 ? [[network, ofport]] : [];
        }),
    );
  }
}
