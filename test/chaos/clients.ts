/** Clients who make, change and delete what they have made, and keep books of what they are told. */
import { setTimeout as pause } from 'node:timers/promises';
import { NeutronApiError, type NeutronClient, NoAnswerError } from '../../src/client/index.ts';
import type { Random } from '../support/random.ts';
import type { Entry, Kind, Ledger } from './ledger.ts';

/** What a client has at most of a kind, beneath each that it belongs to. */
const MOST = { network: 3, subnet: 2, port: 6, router: 2 } as const;

/** Between two requests of a client. */
const PAUSE_MS = 10;

/** An entry, and what it belongs to. */
interface Own {
  readonly entry: Entry;
  readonly parent: Own | undefined;
}

/** What all clients together have been through. */
export interface Tally {
  acknowledged: number;
  refused: number;
  unanswered: number;
  /** Faults of the service's own: none may be. */
  readonly faults: string[];
}

export class ChaosClient {
  readonly #name: string;
  readonly #api: () => NeutronClient;
  readonly #ledger: Ledger;
  readonly #random: Random;
  readonly #tally: Tally;
  #own: Own[] = [];
  #count = 0;

  /** @param api whom to ask next */
  constructor(name: string, api: () => NeutronClient, ledger: Ledger, random: Random, tally: Tally) {
    this.#name = name;
    this.#api = api;
    this.#ledger = ledger;
    this.#random = random;
    this.#tally = tally;
  }

  /** Asks for one thing after the other until it is told to stop. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#step();
      // Nothing to be asked for may be left, while answers are missing.
      await pause(PAUSE_MS);
    }
  }

  async #step(): Promise<void> {
    // What is gone, or never came, is forgotten here; the ledger does not.
    this.#own = this.#own.filter(({ entry }) => entry.isOpen || entry.state !== undefined);
    const { below, oneOf } = this.#random;
    const networks = this.#having('network');
    const choice = below(10);
    if (networks.length === 0 || choice === 0) return this.#make('network', undefined, {});
    const network = oneOf(networks);
    if (choice === 1) return this.#makeSubnet(network);
    if (choice === 2) return this.#make('router', undefined, {});
    if (choice <= 5) return this.#make('port', network, { network_id: network.entry.id });
    if (choice === 6) return this.#attach();
    const own = oneOf(this.#having('network', 'subnet', 'port', 'router'));
    return choice <= 8 ? this.#change(own) : this.#remove(own);
  }

  /** Those of which it is known that they are there, and how. */
  #having(...kinds: Kind[]): Own[] {
    return this.#own.filter(
      ({ entry }) => kinds.includes(entry.kind) && !entry.isOpen && entry.state !== undefined,
    );
  }

  async #make(kind: Kind, parent: Own | undefined, wish: object): Promise<void> {
    const siblings = this.#having(kind).filter((one) => one.parent === parent);
    if (siblings.length >= MOST[kind]) return this.#remove(this.#random.oneOf(siblings));
    const name = `${this.#name}-${++this.#count}`;
    const entry = this.#ledger.open(kind, name);
    this.#own.push({ entry, parent });
    const state = { description: `made ${name}`, has: kind === 'port' ? undefined : [] };
    const body = { name, description: state.description, ...wish };
    await this.#ask(entry, state, async () => {
      const made = await this.#api().create(kind, body as never);
      entry.id = made.id;
      return kind === 'port' ? { ...state, has: addressesOf(made as never) } : state;
    });
  }

  async #makeSubnet(network: Own): Promise<void> {
    const number = this.#random.below(1 << 16);
    const wish = this.#random.oneOf([
      {
        ip_version: 6,
        cidr: `fd00:${number.toString(16)}::/64`,
        ipv6_address_mode: 'dhcpv6-stateful',
        ipv6_ra_mode: 'dhcpv6-stateful',
      },
      { ip_version: 4, cidr: `10.${number >> 8}.${number & 255}.0/24` },
    ]);
    await this.#make('subnet', network, { network_id: network.entry.id, ...wish });
  }

  /** Joins a subnet to a router, or parts them. */
  async #attach(): Promise<void> {
    const [routers, subnets] = [this.#having('router'), this.#having('subnet')];
    if (routers.length === 0 || subnets.length === 0) return;
    const { entry } = this.#random.oneOf(routers);
    const subnet = { subnet_id: this.#random.oneOf(subnets).entry.id! };
    const { description, has = [] } = entry.state!;
    const isThere = has.includes(subnet.subnet_id);
    const state = {
      description,
      has: isThere ? has.filter((id) => id !== subnet.subnet_id) : [...has, subnet.subnet_id].sort(),
    };
    await this.#ask(entry, state, async () => {
      if (isThere) await this.#api().removeRouterInterface(entry.id!, subnet);
      else await this.#api().addRouterInterface(entry.id!, subnet);
      return state;
    });
  }

  async #change({ entry }: Own): Promise<void> {
    const state = { ...entry.state!, description: `changed ${++this.#count}` };
    await this.#ask(entry, state, async () => {
      await this.#api().update(entry.kind, entry.id!, { description: state.description });
      return state;
    });
  }

  async #remove(own: Own): Promise<void> {
    const { entry } = own;
    // What is beneath would go with it.
    if (entry.isOpen || this.#own.some(({ parent }) => parent === own)) return;
    await this.#ask(entry, undefined, async () => {
      await this.#api().delete(entry.kind, entry.id!);
      return undefined;
    });
  }

  /**
   * Asks for a change, and enters what is answered.
   * @param state what the resource is if it is done; `request` may find out more
   */
  async #ask(entry: Entry, state: Entry['state'], request: () => Promise<Entry['state']>): Promise<void> {
    try {
      entry.done(await request());
      this.#tally.acknowledged++;
    } catch (error) {
      if (isRefusal(error)) {
        this.#tally.refused++;
        return;
      }
      this.#tally.unanswered++;
      if (error instanceof NeutronApiError && error.status === 500)
        this.#tally.faults.push(`${error.request}: ${error.message}`);
      entry.unanswered(state);
    }
  }
}

/** Whether nothing was done for sure: it was answered so, or nobody was there to be asked. */
const isRefusal = (error: unknown): boolean =>
  error instanceof NeutronApiError
    ? error.status < 500
    : error instanceof NoAnswerError && codeOf(error.cause) === 'ECONNREFUSED';

/** The code of the innermost cause that has one. */
function codeOf(error: unknown): unknown {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: unknown };
  return code ?? (cause === undefined ? undefined : codeOf(cause));
}

/** Addresses of a port, in order. */
export const addressesOf = ({ fixed_ips }: { fixed_ips: readonly { ip_address?: string }[] }): string[] =>
  fixed_ips.map(({ ip_address = '' }) => ip_address).sort();
