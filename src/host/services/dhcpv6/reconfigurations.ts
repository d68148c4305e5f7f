/**
 * Tells clients that what they were told is not so any more (RFC 8415 section 18.3.11): those that accept it, and as
 * long as they do not ask anew. What they were told last is remembered, so it is all the same whether the change came
 * while the host process was there.
 */
import { randomBytes } from 'node:crypto';
import type { Address } from '../../../addressing/index.ts';
import { Allowance } from '../../../base/index.ts';
import type { Counter, Registry } from '../../../metrics/index.ts';
import { type Dhcpv6Message, type Dhcpv6Option, findOption } from '../../../packets/index.ts';
import type { KnownPort } from '../../facts/index.ts';
import type { NetworkChange, ServiceNetwork } from '../network-service.ts';
import { serverDuid } from './answer.ts';
import type { ClientMemory } from './client-memory.ts';
import { toClient } from './client-packet.ts';
import { clientIn, clientText, type ReconfigurableClient, tellable } from './reconfigurable-client.ts';
import { KEY_OCTETS, keyOption, reconfigureMessage } from './reconfigure-message.ts';

/** RFC 8415 section 7.6. Milliseconds double with each. */
const REC_TIMEOUT_MS = 2_000;
const REC_MAX_RC = 8;
/** Times that a client is noted: some at once, then one each ten seconds; the database has other work to do. */
const NOTES = { burst: 10, rate: 0.1 } as const;
/** Numbers a millisecond: they go on to grow after a restart. */
const REPLAYS_BITS = 16n;

/** After the answers to these a client has been told all that there is. */
const TELLING: ReadonlySet<Dhcpv6Message['type']> = new Set([
  'solicit',
  'request',
  'renew',
  'rebind',
  'information-request',
]);

interface ToldClient {
  client: ReconfigurableClient;
  /** While it is told. */
  timer?: NodeJS.Timeout | undefined;
}

const ACCEPT: Dhcpv6Option = { kind: 'reconfigure-accept' };

export class Reconfigurations {
  readonly #memory: ClientMemory;
  readonly #sent: Counter;
  /** By network, then by port. */
  readonly #networks = new Map<string, Map<string, ToldClient>>();
  readonly #notes = new Allowance<string>(NOTES.burst, NOTES.rate);
  #replay = 0n;

  constructor(memory: ClientMemory, metrics: Registry) {
    this.#memory = memory;
    this.#sent = metrics.counter({
      name: 'sextant_dhcpv6_reconfigures_total',
      help: 'DHCPv6 Reconfigure messages: clients are told that there is something new for them.',
    });
  }

  opened(network: ServiceNetwork): void {
    const clients = new Map<string, ToldClient>();
    this.#networks.set(network.id, clients);
    for (const [portId, text] of this.#memory.all()) {
      const client = clientIn(text);
      if (client === undefined || network.portById(portId) === undefined) continue;
      clients.set(portId, { client });
      if (client.replay > this.#replay) this.#replay = client.replay;
    }
    this.changed(network, { ports: new Set(), itself: true });
  }

  closed({ id }: ServiceNetwork): void {
    for (const { timer } of this.#networks.get(id)?.values() ?? []) clearTimeout(timer);
    this.#networks.delete(id);
  }

  changed(network: ServiceNetwork, { ports, itself }: NetworkChange): void {
    const clients = this.#networks.get(network.id);
    for (const portId of itself ? (clients?.keys() ?? []) : ports) {
      const known = clients?.get(portId);
      if (known !== undefined) this.#look(network, portId, known);
    }
  }

  /**
   * Takes note of a client that is answered.
   * @param source where it asked from
   * @returns the answer, with what lets the client know Reconfigure messages
   */
  answering(
    network: ServiceNetwork,
    port: KnownPort,
    { type, options, source }: Pick<Dhcpv6Message, 'type' | 'options'> & { readonly source: Address },
    reply: Dhcpv6Message,
  ): Dhcpv6Message {
    const clients = this.#networks.get(network.id);
    const accepts = findOption(options, 'reconfigure-accept') !== undefined;
    if (clients === undefined) return reply;
    if (reply.type === 'advertise')
      return accepts ? { ...reply, options: [...reply.options, ACCEPT] } : reply;
    if (type === 'release') this.#forget(clients, port.id);
    if (!TELLING.has(type)) return reply;
    const known = clients.get(port.id);
    const duid = findOption(options, 'client-id')?.duid;
    const isKnown =
      known !== undefined && duid !== undefined && Buffer.compare(known.client.duid, duid) === 0;
    // Who renews has said before what it accepts.
    if (duid === undefined || (!accepts && !(isKnown && (type === 'renew' || type === 'rebind')))) {
      this.#forget(clients, port.id);
      return reply;
    }
    clearTimeout(known?.timer);
    const by = type === 'information-request' && !(isKnown && known.client.by === 'renew') ? type : 'renew';
    const client: ReconfigurableClient = {
      duid: Uint8Array.from(duid),
      address: source,
      key: isKnown ? known.client.key : randomBytes(KEY_OCTETS),
      replay: this.#nextReplay(),
      by,
      told: tellable(port.facts, network.facts, by),
    };
    clients.set(port.id, { client });
    if (!isKnown || clientText({ ...client, replay: known.client.replay }) !== clientText(known.client))
      this.#note(port.id, client);
    if (!accepts) return reply;
    return { ...reply, options: [...reply.options, ACCEPT, keyOption(client.key, client.replay)] };
  }

  /** Begins to tell a client, or ends it, as its port wants it now. */
  #look(network: ServiceNetwork, portId: string, known: ToldClient): void {
    const port = network.portById(portId);
    const isNew =
      port !== undefined && tellable(port.facts, network.facts, known.client.by) !== known.client.told;
    if (!isNew) {
      clearTimeout(known.timer);
      known.timer = undefined;
    }
    if (port === undefined) this.#networks.get(network.id)?.delete(portId);
    if (!isNew || known.timer !== undefined) return;
    known.client = { ...known.client, replay: this.#nextReplay() };
    this.#note(portId, known.client);
    this.#tell(network, port, known, 1);
  }

  #tell(network: ServiceNetwork, port: KnownPort, known: ToldClient, attempt: number): void {
    const { duid, address, key, replay, by } = known.client;
    const message = reconfigureMessage({ client: duid, server: serverDuid(network.facts), by }, key, replay);
    network.send(toClient(network.facts, { mac: port.facts.mac, address }, message));
    this.#sent.increment();
    known.timer = setTimeout(
      () => {
        if (attempt < REC_MAX_RC) this.#tell(network, port, known, attempt + 1);
        else known.timer = undefined;
      },
      REC_TIMEOUT_MS * 2 ** (attempt - 1),
    ).unref();
  }

  #forget(clients: Map<string, ToldClient>, portId: string): void {
    const known = clients.get(portId);
    if (known === undefined) return;
    clearTimeout(known.timer);
    clients.delete(portId);
    this.#note(portId, undefined);
  }

  #note(portId: string, client: ReconfigurableClient | undefined): void {
    if (this.#notes.take(portId)) this.#memory.keep(portId, client && clientText(client));
  }

  #nextReplay(): bigint {
    const byTime = BigInt(Date.now()) << REPLAYS_BITS;
    this.#replay = byTime > this.#replay ? byTime : this.#replay + 1n;
    return this.#replay;
  }
}
