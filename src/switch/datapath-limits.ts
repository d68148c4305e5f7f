/**
 * Limits of what the datapath keeps in memory for packets: connections, for each zone by itself, since the datapath's
 * own table is one for all, and parts of fragmented packets. A switch that starts anew has none of them.
 */
import { callDaemon, daemonPid } from './daemon-control.ts';

/** Connections of a port, those to it among them: a quarter of what a Linux kernel has room for by default. */
const OF_A_PORT = 65_536;
/** Connections that a router translates on this host: those of many ports. */
const OF_A_ROUTER = 262_144;
/**
 * Fragments that wait for the rest of their packets, 15 s at most: as many as the userspace datapath can be made to
 * keep. The kernel's has limits of its own, by memory.
 */
const FRAGMENTS = 5_000;
/** Zones that are set by one call. */
const AT_ONCE = 100;
const PATIENCE_MS = 5_000;
const SWITCH = 'ovs-vswitchd';
/** What the switch says of EOPNOTSUPP. */
const UNSUPPORTED = 'Operation not supported';

/** The kernel's datapath cannot limit connections. Told once for each switch: it stays so until another kernel is booted. */
export class NoLimitsError extends Error {
  override readonly name = 'NoLimitsError';
  constructor(cause: unknown) {
    super(
      'This kernel cannot limit connections by zone (CONFIG_NETFILTER_CONNCOUNT): one instance can fill the table of all',
      { cause },
    );
  }
}

export class DatapathLimits {
  readonly #rundir: string;
  /** Process id of the switch that has these limits. */
  #switch: string | undefined;
  #set = new Map<number, number>();
  #isUnable = false;

  /** @param rundir directory of the switch's sockets, OVS_RUNDIR */
  constructor(rundir: string) {
    this.#rundir = rundir;
  }

  /**
   * Sets what is not set yet.
   * @param zones by what they are for (`SwitchDatabase.connectionZones`)
   * @param isPort whether that is a port that is plugged in here
   * @throws NoLimitsError when the datapath has no limits, once for each switch
   * @throws JsonRpcError when the switch does not take it; a system error when it is not there
   */
  async follow(zones: ReadonlyMap<string, number>, isPort: (name: string) => boolean): Promise<void> {
    const pid = await daemonPid(this.#rundir, SWITCH);
    if (pid !== this.#switch) {
      this.#set = new Map();
      await this.#call(pid, 'dpctl/ipf-set-max-nfrags', [`${FRAGMENTS}`]).catch(() => {
        // The kernel's datapath has no such number.
      });
      this.#switch = pid;
      this.#isUnable = false;
    }
    if (this.#isUnable) return;
    const wanted = new Map(
      Array.from(zones, ([name, zone]) => [zone, isPort(name) ? OF_A_PORT : OF_A_ROUTER] as const),
    );
    const missing = [...wanted].filter(([zone, most]) => this.#set.get(zone) !== most);
    for (let at = 0; at < missing.length; at += AT_ONCE) {
      const some = missing.slice(at, at + AT_ONCE);
      await this.#call(
        pid,
        'dpctl/ct-set-limits',
        some.map(([zone, most]) => `zone=${zone},limit=${most}`),
      ).catch((error: unknown) => {
        this.#isUnable = error instanceof Error && error.message.includes(UNSUPPORTED);
        throw this.#isUnable ? new NoLimitsError(error) : error;
      });
      for (const [zone, most] of some) this.#set.set(zone, most);
    }
  }

  #call(pid: string, method: string, params: readonly string[]): Promise<unknown> {
    return callDaemon({ rundir: this.#rundir, daemon: SWITCH, pid }, method, params, PATIENCE_MS);
  }
}
