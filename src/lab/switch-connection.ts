/** The switch that instances are plugged into, as its VIM wants it. */
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import type { Mac } from '../addressing/index.ts';
import {
  completeChecksums,
  createVeth,
  deleteLink,
  disableIpv6,
  findLink,
  NetlinkSocket,
  setLink,
} from '../linux/index.ts';
import {
  attach,
  attachTap,
  bridgesOf,
  detach,
  GUARDED_INTERFACE,
  INSTANCE_BRIDGE,
  SwitchDatabase,
  tapName,
  UNGUARDED_MARK,
} from '../switch/index.ts';
import { afterPatience } from './wait.ts';

export { bridgeOfPhysicalNetwork, INSTANCE_BRIDGE, tapName } from '../switch/index.ts';

/** Where a VIM has its instances plugged in. */
export interface SwitchFacts {
  /** OVSDB remote of the switch's database: `unix:/run/openvswitch/db.sock`. */
  readonly database: string;
  /**
   * `br-vif` of Sextant; any other gets the bare interface with its `iface-id`: `br-int` of plain OVN, or the bridge
   * of a physical network, for what is outside of the VIM.
   */
  readonly bridge: string;
  /** Network namespace of the switch; null is the machine's. */
  readonly namespace: string | null;
}

/** What a switch's database says of its host. */
export interface SwitchHost {
  /** By which a VIM may know it, the likeliest first. */
  readonly names: readonly string[];
  /** The bridge of each physical network. */
  readonly bridges: ReadonlyMap<string, string>;
}

/** A port of the VIM, as far as plugging it in goes. */
export interface PluggablePort {
  readonly id: string;
  readonly mac: Mac;
  /** Of its network, in octets. */
  readonly mtu: number;
  /** On OVN's own bridge on purpose: on a host of Sextant's OVN is not shown whose it is otherwise. */
  readonly isUnguarded?: boolean;
  /** On a bridge of a physical network: the VLAN that the port is on, untagged. */
  readonly vlan?: number;
}

/** How long a switch may take to follow its database: milliseconds, when it is not busy. */
const ANSWER_MS = 15_000;

export class SwitchConnection {
  readonly facts: SwitchFacts;
  readonly #database: SwitchDatabase;

  private constructor(facts: SwitchFacts, database: SwitchDatabase) {
    this.facts = facts;
    this.#database = database;
  }

  /** Connects to a switch's database. `signal` gives up waiting for it. */
  static async open(facts: SwitchFacts, log: Logger, signal?: AbortSignal): Promise<SwitchConnection> {
    return new SwitchConnection(facts, await SwitchDatabase.open(facts.database, log, signal));
  }

  close(): Promise<void> {
    return this.#database.close();
  }

  /** Whether the switch still does what its database says: one that has ended does not. */
  async answers(): Promise<boolean> {
    const { promise: silence, resolve } = Promise.withResolvers<false>();
    const end = afterPatience(ANSWER_MS, () => resolve(false));
    try {
      return await Promise.race([this.#database.applied().then(() => true), silence]);
    } finally {
      end();
    }
  }

  /** Its host, as whoever set the switch up for OVN told it (ovn-controller(8)). */
  host(): SwitchHost {
    const setting = (key: string): string | undefined => this.#database.setting(key);
    const names = [setting('hostname'), setting('system-id'), hostname()];
    return {
      names: names.filter((name) => name !== undefined),
      bridges: bridgesOf(this.#database),
    };
  }

  /** Gives a namespace a device, down, that is plugged in as the port. */
  async plug(port: PluggablePort, namespace: string, device: string): Promise<void> {
    if (this.facts.bridge === INSTANCE_BRIDGE) {
      const { id, mac, mtu } = port;
      await attach(this.#switch, { portId: id, mac, mtu, namespace, device, up: false });
    } else {
      await this.#plugBare(port, namespace, device);
    }
  }

  /**
   * Plugs in a tap device for a virtual machine to open, as a port of the guard bridge.
   * @returns the device's name, in the switch's namespace
   */
  plugMachine({ id, mac, mtu }: PluggablePort): Promise<string> {
    return attachTap(this.#switch, { portId: id, mac, mtu });
  }

  /** Whether what is plugged in has to complete checksums itself. */
  get wantsChecksums(): boolean {
    return this.#database.wantsChecksums;
  }

  /** Undoes `plug` and `plugMachine`; nothing happens when the port is not plugged in. */
  async unplug(portId: string): Promise<void> {
    await detach(this.#switch, portId);
  }

  get #switch(): { database: SwitchDatabase; namespace: string | null } {
    return { database: this.#database, namespace: this.facts.namespace };
  }

  async #plugBare(port: PluggablePort, namespace: string, device: string): Promise<void> {
    const tap = tapName(port.id);
    {
      using socket = new NetlinkSocket(this.facts.namespace);
      deleteLink(socket, tap);
      const { mac, mtu } = port;
      createVeth(socket, { name: tap, mtu }, { name: device, mac, mtu, namespace });
      // As Nova does: the instance would hear what the switch's kernel says, and take it for the network's.
      disableIpv6(this.facts.namespace, tap);
      if (this.#database.wantsChecksums) completeChecksums(namespace, device);
      setLink(socket, findLink(socket, tap)!.index, { up: true });
    }
    await this.#database.change((transaction) => {
      const mark = port.isUnguarded ? { [UNGUARDED_MARK]: 'true', ...GUARDED_INTERFACE } : {};
      const columns = { external_ids: { 'iface-id': port.id, 'attached-mac': port.mac.toString(), ...mark } };
      this.#database.putPort(transaction, this.facts.bridge, tap, columns, port.vlan);
    });
  }
}
