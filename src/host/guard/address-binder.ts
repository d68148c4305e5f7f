/**
 * Binds addresses to the instances that take them (RFC 6620, FCFS SAVI: first come, first served), before anything of
 * theirs is forwarded. The guard holds back what an instance sends from, or says of, an address in its open prefixes
 * that is not bound to it, and hands it to the binder alone; that decides, and sends it on itself.
 *
 * Who claims an address that another instance took is heard only if that one is silent when it is asked (section
 * 3.2.3). One that still looks whether the address is free (RFC 4862 section 5.4) must be silent then, and keeps it. On a
 * network that goes on outside, the stations there are asked as well. The server arbitrates between hosts: whose address
 * it is that another host's instance took, that host asks its instance before it answers for it. Whoever looks whether
 * an address is free is answered for the instance that has it; instances do not hear such questions.
 *
 * A binding that is not used for its lifetime ends, unless its instance answers for it.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type Address, linkLocalAddress, type Mac } from '../../addressing/index.ts';
import { Allowance } from '../../base/index.ts';
import {
  type NetworkFacts,
  type PortFacts,
  SERVICE_LINK_LOCAL,
  serviceMac,
} from '../../host-contract/index.ts';
import type { Facts } from '../facts/index.ts';
import { AddressArbiter } from './address-arbiter.ts';
import { AddressOwners, type Owner, takenAdvertisement } from './address-owners.ts';
import type { AddressServer, PortAddress } from './address-reports.ts';
import type { BinderEffects, Time } from './binder-effects.ts';
import { type Binding, Bindings } from './bindings.ts';
import { type Claim, claimIn, heardIn, solicitationFor } from './claims.ts';
import { givenAddresses, type TakenAddress } from './owner-rules.ts';

const realTime: Time = { now: () => performance.now(), pause };

/**
 * Addresses that a port may have taken: an interface with two prefixes has a stable address in each, and with the
 * defaults of RFC 8981 (a new one each day, for a week) seven temporary ones; with one link-local that is 17.
 */
export const MOST_TAKEN = 64;
/** What a port may take at once, and on average: temporary addresses come one by one. */
const TAKES = { burst: MOST_TAKEN, aSecond: 0.2 };
/**
 * Who says that it has an address before it looked whether that is free waits as long for others to look: the switch
 * does not keep the order of what different ports send, and an honest host looks first.
 */
const UNASKED_MS = 100;
/** Unsolicited advertisements of a new owner, and the time from one to the next (RFC 4861 sections 7.2.6 and 10). */
const [ANNOUNCEMENTS, ANNOUNCEMENT_MS] = [3, 1_000];
/** How long an instance, or the outside of a network, may take to say that it has an address. */
const ANSWER_MS = 250;
const PROBES = 2;
/** How long an instance that is plugged in waits until it is known what it had taken before. */
const RECALL_MS = 1_000;
/** A question that was heard keeps its address from others as long as who asked needs to make it its own. */
const ASKED_MS = 10_000;
/** Outside stations are not asked again whether they have an address that they had. */
const OUTSIDE_MS = 3_600_000;
/** How long another host takes to ask its instance for an address, and to tell the server that it is silent. */
const OTHER_HOST_MS = PROBES * ANSWER_MS + 200;
/**
 * How often it is asked: the first packet of a tunnel may be lost. If its instance has the address, who looks whether it
 * is free hears that by itself.
 */
const OTHER_HOST_QUESTIONS = 3;
/** A binding that was not used for as long is asked for (RFC 6620 section 6.1: DEFAULT_LT), so many at once. */
const LIFETIME_MS = 300_000;
const ASKED_AT_ONCE = 16;
/** Answers in the name of an owner, for each address. */
const DEFENCES = { burst: 3, aSecond: 1 };

export class AddressBinder {
  readonly #facts: Facts;
  readonly #effects: BinderEffects;
  readonly #owners: AddressOwners;
  readonly #bindings: Bindings;
  readonly #time: Time;
  readonly #log: Logger;
  readonly #takes: Allowance<string>;
  readonly #defences: Allowance<string>;
  /** Claims that are being decided upon: what else is said of them meanwhile is not looked at. */
  readonly #deciding = new Set<string>();
  /** Instances that are being asked for an address, by port and address. */
  readonly #asked = new Map<string, { readonly answered: () => void; readonly outcome: Promise<boolean> }>();
  readonly #server: AddressServer;
  readonly #arbiter: AddressArbiter;
  /** The ports that are here, with the serial of what was last forgotten of each (`LearnedReset`). */
  readonly #here = new Map<string, number>();

  constructor(
    facts: Facts,
    effects: BinderEffects,
    server: AddressServer,
    log: Logger,
    time: Time = realTime,
  ) {
    this.#facts = facts;
    this.#server = server;
    this.#effects = effects;
    this.#owners = new AddressOwners(facts);
    this.#bindings = new Bindings(MOST_TAKEN * 64);
    this.#time = time;
    this.#log = log;
    this.#arbiter = new AddressArbiter(
      server,
      ({ portId, address }) => this.#lost(portId, address),
      time,
      log,
    );
    this.#takes = new Allowance(TAKES.burst, TAKES.aSecond, time.now);
    this.#defences = new Allowance(DEFENCES.burst, DEFENCES.aSecond, time.now);
    facts.onChange(({ ports }) => {
      for (const id of ports) this.#follow(id);
    });
  }

  /** What the instance of a port took, and what it is to have unless somebody outside says that it has it. */
  takenBy(portId: string): TakenAddress[] {
    return [...this.#bindings.of(portId).values()]
      .filter(({ isTentative, isAskedOutside }) => !isTentative || isAskedOutside)
      .map(({ address, isWatched, isTentative }) => ({
        address,
        isWatched,
        ...(isTentative && { isHeldBack: true }),
      }));
  }

  /**
   * Which ports are plugged in here, those with facts. Resolves when it is known what those that are new had taken
   * before, as far as the server says; what it does not say is taken anew.
   */
  async follow(portIds: ReadonlySet<string>): Promise<void> {
    for (const id of this.#here.keys()) if (!portIds.has(id)) this.#leave(id);
    const added = [...portIds].filter((id) => !this.#here.has(id));
    if (added.length === 0) return;
    for (const id of added) this.#here.set(id, this.#facts.port(id)?.learnedReset?.serial ?? 0);
    const patience = this.#time.pause(RECALL_MS).then(() => undefined);
    await Promise.race([this.#recall(added), patience]);
  }

  async #recall(portIds: readonly string[]): Promise<void> {
    try {
      for (const { portId, address } of await this.#server.remembered(portIds)) {
        const network = this.#facts.networkOfPort(portId);
        if (network === undefined || !this.#here.has(portId)) continue;
        if (this.#bindings.find(network.id, address) === undefined)
          this.#bindings.put(network.id, portId, address, this.#time.now());
      }
    } catch (error) {
      this.#log.warn({ err: error, ports: portIds }, 'it is not known what instances had taken before');
    }
  }

  /** A port is not here any more. What its instance took stays its own: the server knows. */
  #leave(portId: string): void {
    this.#here.delete(portId);
    for (const { address } of [...this.#bindings.of(portId).values()])
      this.#bindings.removeOf(portId, address);
  }

  /** A port's instance registers an address that it took (RFC 9686): it is bound already, for the message came from there. */
  registered(portId: string, address: Address): void {
    const binding = this.#bindingOf(portId, address);
    if (binding === undefined || binding.isTentative) return;
    this.#bindings.use(binding, this.#time.now());
    void this.#arbiter.took({ portId, address, origin: 'registration' });
  }

  /**
   * Bindings are refreshed by use. Those that were not used for their lifetime end, unless their instances answer.
   * @param packetsOf how many packets the guard let through by a binding, since any time
   */
  async renew(packetsOf: (bound: PortAddress) => number | undefined): Promise<void> {
    const now = this.#time.now();
    const expired: Binding[] = [];
    for (const binding of this.#bindings.all()) {
      const packets = packetsOf(binding) ?? 0;
      if (packets !== binding.packets) this.#bindings.use(binding, now);
      else if (now - binding.usedAt >= LIFETIME_MS && !binding.isTentative) expired.push(binding);
      binding.packets = packets;
    }
    for (let at = 0; at < expired.length; at += ASKED_AT_ONCE)
      await Promise.all(expired.slice(at, at + ASKED_AT_ONCE).map((binding) => this.#expire(binding)));
  }

  async #expire({ portId, address }: Binding): Promise<void> {
    const network = this.#facts.networkOfPort(portId);
    if (network === undefined || this.#bindingOf(portId, address) === undefined) return;
    if (!(await this.#answers(portId, network, address))) await this.#giveUp(portId, network, address);
  }

  #bindingOf(portId: string, address: Address): Binding | undefined {
    return this.#bindings.of(portId).get(address.toString());
  }

  /** The guard held back what a port's instance sent. */
  async claimed(portId: string, frame: Uint8Array): Promise<void> {
    const claim = claimIn(frame);
    const facts = this.#facts.port(portId);
    const network = this.#facts.networkOfPort(portId);
    if (claim === undefined || facts === undefined || network === undefined) return;
    const name = `${portId} ${claim.address}`;
    this.#asked.get(name)?.answered();
    if (this.#deciding.has(name)) return;
    const own = this.#bindingOf(portId, claim.address);
    if (own !== undefined && claim.origin === 'solicitation') {
      // It was let through.
      own.lookingUntil = this.#time.now() + ASKED_MS;
      return;
    }
    if (own?.isWatched) return;
    this.#deciding.add(name);
    try {
      if ((await this.#decide(portId, facts, network, claim)) && this.#maySend(portId, facts, claim))
        this.#effects.send(portId, 'network', frame);
    } finally {
      this.#deciding.delete(name);
    }
  }

  /** Whether what was held back is from an address that the port may send from: an advertisement may be of another. */
  #maySend(portId: string, { openPrefixes }: PortFacts, { source, address }: Claim): boolean {
    if (source.equals(address) || !openPrefixes.some((prefix) => prefix.contains(source))) return true;
    return this.#owners.has(portId, source) || this.#bindingOf(portId, source)?.isTentative === false;
  }

  /** A port's instance was to hear a frame, of Neighbour Discovery or of a router. */
  async heard(portId: string, frame: Uint8Array): Promise<void> {
    const heard = heardIn(frame);
    const network = this.#facts.networkOfPort(portId);
    if (heard === undefined || network === undefined) return;
    const { address, sender } = heard;
    const known = this.#facts.portByMac(network.id, sender);
    if (heard.kind === 'question') {
      if (this.#isHolder(portId, network, address))
        await this.#answerFor(portId, network, address, known !== undefined);
      else
        this.#bindings.elsewhere(
          network.id,
          address,
          sender,
          this.#time.now() + (known ? ASKED_MS : OUTSIDE_MS),
        );
      return;
    }
    if (known !== undefined || !network.isPhysical) return;
    this.#bindings.elsewhere(network.id, address, sender, this.#time.now() + OUTSIDE_MS);
    const binding = this.#bindingOf(portId, address);
    if (heard.kind === 'answer' && (binding?.isWatched || binding?.isAskedOutside))
      await this.#deny(portId, network, binding, sender);
  }

  /** @returns whether what was held back is to be sent on */
  async #decide(portId: string, facts: PortFacts, network: NetworkFacts, claim: Claim): Promise<boolean> {
    const { address } = claim;
    const isQuestion = claim.origin === 'solicitation';
    const refuse = (owner: Mac): false => {
      if (isQuestion) this.#effects.send(portId, 'instance', takenAdvertisement(address, owner));
      return false;
    };
    const outside = this.#bindings.who(network.id, address, this.#time.now());
    if (outside !== undefined && !outside.equals(facts.mac)) return refuse(outside);
    const holder = this.#holderOtherThan(portId, network, address);
    if (holder !== undefined) {
      if (holder.tookIt === undefined || (await this.#answers(holder.tookIt, network, address)))
        return refuse(holder.mac);
      await this.#giveUp(holder.tookIt, network, address);
    }
    if (this.#isHolder(portId, network, address)) return true;
    if (!facts.openPrefixes.some((prefix) => prefix.contains(address))) return false;
    if (!this.#takes.take(portId) || !(await this.#hasRoom(portId, network))) return false;
    if (!isQuestion) await this.#time.pause(UNASKED_MS);
    // Meanwhile somebody else may have been quicker.
    const quicker = this.#holderOtherThan(portId, network, address);
    if (quicker !== undefined) return refuse(quicker.mac);
    const binding = this.#bindings.put(network.id, portId, address, this.#time.now());
    binding.isTentative = true;
    if (isQuestion) binding.lookingUntil = this.#time.now() + ASKED_MS;
    // A question asks others by itself; anything else waits until they were asked.
    const question = isQuestion
      ? claim.frame
      : solicitationFor(address, linkLocalAddress(facts.mac), facts.mac);
    const agreed = await this.#agree(binding, claim, question);
    if (this.#bindingOf(portId, address) !== binding) return false;
    if (!agreed) {
      this.#bindings.remove(network.id, address);
      return refuse(network.mac);
    }
    if (network.isPhysical) {
      // What the instance sends meanwhile is held back like the first: a neighbour that hears it once believes it.
      binding.isAskedOutside = true;
      await this.#effects.apply(portId);
      this.#effects.send(portId, 'network', question);
      await this.#time.pause(ANSWER_MS);
      if (this.#bindingOf(portId, address) !== binding) return false;
      binding.isAskedOutside = false;
    }
    binding.isTentative = false;
    await this.#effects.apply(portId);
    // Neighbours that know the former owner would go on sending to it until they find it silent (RFC 4861 section 7.3.3).
    if (holder !== undefined) void this.#announce(portId, network, address, facts.mac);
    return !(network.isPhysical && isQuestion);
  }

  /** Whether the server has nothing against a binding. The host of an instance that took the address asks that one. */
  async #agree({ portId, address }: Binding, { origin }: Claim, question: Uint8Array): Promise<boolean> {
    if ((await this.#arbiter.took({ portId, address, origin })) !== false) return true;
    for (let asked = 0; asked < OTHER_HOST_QUESTIONS; asked++) {
      this.#effects.send(portId, 'network', question);
      await this.#time.pause(OTHER_HOST_MS);
      if ((await this.#arbiter.took({ portId, address, origin })) !== false) return true;
    }
    return false;
  }

  /** More than once: one of them may be lost. */
  async #announce(portId: string, network: NetworkFacts, address: Address, mac: Mac): Promise<void> {
    for (let sent = 0; sent < ANNOUNCEMENTS && this.#isHolder(portId, network, address); sent++) {
      this.#effects.send(portId, 'network', takenAdvertisement(address, mac));
      await this.#time.pause(ANNOUNCEMENT_MS);
    }
  }

  #isHolder(portId: string, network: NetworkFacts, address: Address): boolean {
    const bound = this.#bindings.find(network.id, address);
    return bound === undefined ? this.#owners.has(portId, address) : bound.portId === portId;
  }

  /** Who else has an address on a port's network: it was given to it, or its instance here took it. */
  #holderOtherThan(
    portId: string,
    network: NetworkFacts,
    address: Address,
  ): (Pick<Owner, 'mac'> & { tookIt?: string }) | undefined {
    const owner = this.#owners.otherThan(portId, address);
    if (owner !== undefined) return { mac: owner.mac };
    const bound = this.#bindings.find(network.id, address);
    const mac = bound && this.#facts.port(bound.portId)?.mac;
    if (bound === undefined || bound.portId === portId || mac === undefined) return undefined;
    return { mac, tookIt: bound.portId };
  }

  /** Asks an instance for an address of its (RFC 6620 section 3.2.3.2), unless it still looks whether that is free. */
  async #answers(portId: string, network: NetworkFacts, address: Address): Promise<boolean> {
    const binding = this.#bindingOf(portId, address);
    if (binding === undefined) return false;
    if (binding.lookingUntil > this.#time.now()) return true;
    const name = `${portId} ${address}`;
    // Who is asked for several at once answers all of them.
    const known = this.#asked.get(name);
    if (known !== undefined) return known.outcome;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const outcome = this.#ask(binding, network, promise).finally(() => this.#asked.delete(name));
    this.#asked.set(name, { answered: () => resolve(true), outcome });
    return outcome;
  }

  async #ask(binding: Binding, network: NetworkFacts, answer: Promise<boolean>): Promise<boolean> {
    const { portId, address } = binding;
    binding.isWatched = true;
    await this.#effects.apply(portId);
    const question = solicitationFor(address, SERVICE_LINK_LOCAL, serviceMac(network.id));
    for (let probe = 1; probe <= PROBES; probe++) {
      // Whoever is not here to be asked is not known to have given it up.
      const isHere = this.#effects.send(portId, 'instance', question);
      const silence = isHere && this.#time.pause(ANSWER_MS).then(() => false);
      if (!isHere || (await Promise.race([answer, silence]))) {
        binding.isWatched = false;
        this.#bindings.use(binding, this.#time.now());
        await this.#effects.apply(portId);
        return true;
      }
    }
    return false;
  }

  /** Whether a port may take one more: those that it does not use any more make room. */
  async #hasRoom(portId: string, network: NetworkFacts): Promise<boolean> {
    const taken = [...this.#bindings.of(portId).values()];
    if (taken.length < MOST_TAKEN) return true;
    const oldest = taken.slice(0, 4);
    const inUse = await Promise.all(oldest.map(({ address }) => this.#answers(portId, network, address)));
    for (const [index, { address }] of oldest.entries())
      if (!inUse[index]) await this.#giveUp(portId, network, address);
    if (this.#bindings.of(portId).size < MOST_TAKEN) return true;
    this.#log.warn(
      { port: portId, most: MOST_TAKEN },
      'an instance uses as many addresses as a port may have',
    );
    return false;
  }

  async #giveUp(portId: string, network: NetworkFacts, address: Address): Promise<void> {
    this.#bindings.remove(network.id, address);
    this.#arbiter.gaveUp({ portId, address });
    await this.#effects.apply(portId);
  }

  /** Somebody else has an address that was bound to a port. */
  async #deny(portId: string, network: NetworkFacts, { address }: Binding, owner: Mac): Promise<void> {
    this.#bindings.remove(network.id, address);
    this.#arbiter.gaveUp({ portId, address });
    this.#effects.send(portId, 'instance', takenAdvertisement(address, owner));
    await this.#effects.apply(portId);
  }

  /**
   * Answers who looks whether an address is free that a port has.
   * @param another whether it is an instance of another host: what an instance here does not use any more it may have
   */
  async #answerFor(portId: string, network: NetworkFacts, address: Address, another: boolean): Promise<void> {
    const took = this.#bindingOf(portId, address);
    if (another && took !== undefined && !(await this.#answers(portId, network, address)))
      await this.#giveUp(portId, network, address);
    else this.#defend(portId, network, address);
  }

  /** Answers in the name of a port's instance, into its network. */
  #defend(portId: string, network: NetworkFacts, address: Address): void {
    const mac = this.#facts.port(portId)?.mac;
    if (mac !== undefined && this.#defences.take(`${network.id} ${address}`))
      this.#effects.send(portId, 'network', takenAdvertisement(address, mac));
  }

  /** A port's facts have changed: bindings that they leave no place for end. */
  #follow(portId: string): void {
    const facts = this.#facts.port(portId);
    const network = this.#facts.networkOfPort(portId);
    const kept = this.#keptOf(portId, facts);
    for (const { address } of [...this.#bindings.of(portId).values()]) {
      if (facts?.openPrefixes.some((prefix) => prefix.contains(address)) && kept(address)) continue;
      this.#bindings.removeOf(portId, address);
      if (facts !== undefined) this.#arbiter.gaveUp({ portId, address });
      void this.#effects.apply(portId);
    }
    if (facts === undefined || network === undefined) {
      this.#arbiter.forget(portId);
      return;
    }
    // What is given to a port is no longer another's, whoever took it.
    for (const address of givenAddresses(facts)) {
      const bound = this.#bindings.find(network.id, address);
      if (bound === undefined || bound.portId === portId) continue;
      this.#bindings.remove(network.id, address);
      void this.#effects.apply(bound.portId);
    }
  }

  /** Whether what a port's instance took stays: somebody may have had it forgotten. */
  #keptOf(portId: string, facts: PortFacts | undefined): (address: Address) => boolean {
    const reset = facts?.learnedReset;
    if (reset == null || (this.#here.get(portId) ?? reset.serial) === reset.serial) return () => true;
    this.#here.set(portId, reset.serial);
    return (address) => reset.kept.some((one) => one.equals(address));
  }

  /** Another host was the first to tell the server of an address. */
  async #lost(portId: string, address: Address): Promise<void> {
    const network = this.#facts.networkOfPort(portId);
    const binding = this.#bindingOf(portId, address);
    if (network === undefined || binding === undefined) return;
    const owner = this.#owners.otherThan(portId, address)?.mac ?? network.mac;
    await this.#deny(portId, network, binding, owner);
  }
}
