/** For how long nothing passes a router's gateway when the host that has it fails, or gives it up. */
import { Pinger, TcpBeat, waitUntil } from '../../src/lab/index.ts';
import { type GatewayWorld, withGateway } from '../gateway/world.ts';
import { type Summary, summarise } from '../statistics.ts';
import type { Workspace } from '../workspace.ts';
import type { FleetHost, JoinedFleet } from './fleet.ts';

/** What happens to the host. */
export type GatewayLoss = 'killed' | 'drained';
/** What is watched: requests every 20 ms, or a connection that is there. */
export type WatchedTraffic = 'ping' | 'tcp';

const REPEATS = 5;
const TCP_PORT = 7044;
/** In which gateways have moved, and hosts are back. */
const SETTLED_MS = 60_000;
/** In which a switch that was killed is back: the gateway may be there still, when that was sooner than others noticed. */
const RESTARTED_MS = 5_000;
/** With fewer, none that fails has another to go to which has nothing else. */
const HOSTS = 3;

export interface FailoverOptions {
  readonly workspace: Workspace;
  readonly signal: AbortSignal;
  readonly fleet: JoinedFleet;
}

/** @throws Error when there are fewer than 3 hosts, or nothing passes any more */
export async function failover(
  loss: GatewayLoss,
  watched: WatchedTraffic,
  { workspace, signal, fleet }: FailoverOptions,
): Promise<Summary> {
  const [home] = fleet.hosts;
  if (home === undefined || fleet.hosts.length < HOSTS) throw new Error(`This takes ${HOSTS} hosts.`);
  const hosts = new AgentSwitch(workspace);
  // Who talks, and to whom, is on a host that gateways come to last.
  await hosts.enable(home.name, false);
  try {
    return await withGateway({ workspace, host: home, signal }, async (world) => {
      const watch = await Watch.start(watched, world);
      const samples: number[] = [];
      for (let repeat = 0; repeat < REPEATS; repeat++) {
        signal.throwIfAborted();
        await hosts.settled(world, fleet.hosts.length);
        samples.push(await loseGateway(loss, { world, fleet, hosts, watch }));
      }
      return summarise(samples);
    });
  } finally {
    await hosts.enable(home.name, true);
  }
}

interface LossOptions {
  readonly world: GatewayWorld;
  readonly fleet: JoinedFleet;
  readonly hosts: AgentSwitch;
  readonly watch: Watch;
}

/** @returns milliseconds without an answer */
async function loseGateway(loss: GatewayLoss, options: LossOptions): Promise<number> {
  const { world, fleet, hosts, watch } = options;
  const before = await hosts.holder(world);
  watch.mark();
  if (loss === 'killed') nameOf(fleet.hosts, before).killSwitch();
  else await hosts.enable(before, false);
  try {
    const moved = async () => (await hosts.holder(world)) !== before;
    const isMoved = await waitUntil(moved, loss === 'killed' ? RESTARTED_MS : SETTLED_MS);
    if (!isMoved && loss === 'drained') throw new Error(`The gateway stayed on ${before}.`);
    const outageMs = await watch.outageMs();
    if (loss === 'killed') await hosts.bringBack(world, before);
    return outageMs;
  } finally {
    if (loss === 'drained') await hosts.enable(before, true);
  }
}

function nameOf(hosts: readonly FleetHost[], name: string): FleetHost {
  const found = hosts.find((host) => host.name === name);
  if (found === undefined) throw new Error(`The gateway is on ${name}, which is none of the hosts.`);
  return found;
}

/** Hosts as administrators see them, and take them out of service. */
class AgentSwitch {
  readonly #client: Workspace['client'];

  constructor({ client }: Workspace) {
    this.#client = client;
  }

  async enable(name: string, isEnabled: boolean): Promise<void> {
    const agent = (await this.#client.list('agent')).find(({ host }) => host === name);
    if (agent !== undefined) await this.#client.update('agent', agent.id, { admin_state_up: isEnabled });
  }

  /** The host that has the gateway. */
  async holder({ router }: GatewayWorld): Promise<string> {
    return (await this.#client.show('router', router.id)).gateway_hosts[0]?.host ?? 'nobody';
  }

  /** Has the gateway be on a host that failed again, which is once that can have it: two are not to be away at once. */
  async bringBack(world: GatewayWorld, name: string): Promise<void> {
    const other = await this.holder(world);
    if (other === name) return;
    await this.enable(other, false);
    try {
      const isBack = async () => (await this.holder(world)) === name;
      if (!(await waitUntil(isBack, SETTLED_MS))) throw new Error(`${name} did not come back.`);
    } finally {
      await this.enable(other, true);
    }
  }

  /** Waits until all hosts are there. */
  async settled({ router }: GatewayWorld, count: number): Promise<void> {
    const isThere = async () => {
      const alive = (await this.#client.list('agent')).filter((one) => one.alive);
      const { gateway_hosts: standing } = await this.#client.show('router', router.id);
      return alive.length >= count && standing.length > 1;
    };
    if (!(await waitUntil(isThere, SETTLED_MS))) throw new Error('Hosts did not come back.');
  }
}

/** Traffic that goes on all the while. */
class Watch {
  readonly #traffic: Pinger | TcpBeat;

  private constructor(traffic: Pinger | TcpBeat) {
    this.#traffic = traffic;
  }

  static async start(watched: WatchedTraffic, { guest, outside, outer }: GatewayWorld): Promise<Watch> {
    if (watched === 'ping') return new Watch(await Pinger.start(guest, outer[6]));
    TcpBeat.serve(outside, TCP_PORT);
    return new Watch(await TcpBeat.start(guest, outer[6], TCP_PORT));
  }

  mark(): void {
    this.#traffic.mark();
  }

  /** @throws Error when nothing passes any more */
  async outageMs(): Promise<number> {
    const seen = await this.#traffic.result();
    const outage = 'keptMs' in seen ? seen.keptMs : seen.outageMs;
    if (outage === undefined) throw new Error('The connection is lost.');
    return outage;
  }
}
