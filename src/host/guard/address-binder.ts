/**
 * Binds addresses to the instances that take them (RFC 6620, FCFS SAVI: first come, first served), before anything of
 * theirs is forwarded. The guard holds back what an instance sends from, or says of, an address in its open prefixes
 * that is not bound to it, and hands it to the binder alone; that decides, and sends it on itself.
 *
 * Who claims an address that another instance took is heard only if that one is silent when it is asked (section
 * 3.2.3). One that still looks whether the address is free (RFC 4862 section 5.4) must be silent then, and keeps it. On a
 * network that goes on outside, the stations there are asked as well. Whoever looks whether an address is free is
 * answered for the instance that has it; instances do not hear such questions.
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
import { AddressOwners, type Owner, takenAdvertisement } from './address-owners.ts';
import type { BinderEffects, Time } from './binder-effects.ts';
import { type Binding, Bindings } from './bindings.ts';
import { claimIn, heardIn, solicitationFor } from './claims.ts';
import { givenAddresses, type TakenAddress } from './owner-rules.ts';
import { ToldAddresses } from './told-addresses.ts';

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
/** A question that was heard keeps its address from others as long as who asked needs to make it its own. */
const ASKED_MS = 10_000;
/** Outside stations are not asked again whether they have an address that they had. */
const OUTSIDE_MS = 3_600_000;
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
  readonly #told: ToldAddresses;

  constructor(facts: Facts, effects: BinderEffects, log: Logger, time: Time = realTime) {
    this.#facts = facts;
    this.#effects = effects;
    this.#owners = new AddressOwners(facts);
    this.#bindings = new Bindings(MOST_TAKEN * 64);
    this.#time = time;
    this.#log = log;
    const onDenied = (portId: string, address: Address) => this.#lost(portId, address);
    this.#told = new ToldAddresses(effects.report, onDenied, time, log);
    this.#takes = new Allowance(TAKES.burst, TAKES.aSecond, time.now);
    this.#defences = new Allowance(DEFENCES.burst, DEFENCES.aSecond, time.now);
    facts.onChange(({ ports }) => {
      for (const id of ports) this.#follow(id);
    });
  }

  /** What the instance of a port took: as the server has it, and since. */
  takenBy(portId: string): TakenAddress[] {
    const bound = this.#bindings.of(portId);
    const told = (this.#facts.port(portId)?.learnedAddresses ?? []).filter(
      (address) => !bound.has(address.toString()) && !this.#told.isGivenUp(portId, address),
    );
    return [
      ...Array.from(bound.values(), ({ address, isWatched }) => ({ address, isWatched })),
      ...told.map((address) => ({ address, isWatched: false })),
    ];
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
    if (claim.isQuestion && this.#isTaken(portId, claim.address)) {
      // It was let through.
      this.#bindingOf(portId, network, claim.address).lookingUntil = this.#time.now() + ASKED_MS;
      return;
    }
    if (this.#bindings.of(portId).get(claim.address.toString())?.isWatched) return;
    this.#deciding.add(name);
    try {
      if (await this.#decide(portId, facts, network, claim)) this.#effects.send(portId, 'network', frame);
    } finally {
      this.#deciding.delete(name);
    }
  }

  /** A port's instance was to hear a frame, of Neighbour Discovery or of a router. */
  async heard(portId: string, frame: Uint8Array): Promise<void> {
    const heard = heardIn(frame);
    const network = this.#facts.networkOfPort(portId);
    if (heard === undefined || network === undefined) return;
    const { address, sender } = heard;
    const known = this.#facts.portByMac(network.id, sender);
    if (heard.kind === 'question') {
      if (this.#isHolder(portId, network, address)) this.#defend(portId, network, address);
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
    const binding = this.#bindings.of(portId).get(address.toString());
    if (heard.kind === 'answer' && binding?.isWatched) await this.#deny(portId, network, binding, sender);
  }

  /** @returns whether what was held back is to be sent on */
  async #decide(
    portId: string,
    facts: PortFacts,
    network: NetworkFacts,
    { address, isQuestion, frame }: { address: Address; isQuestion: boolean; frame: Uint8Array },
  ): Promise<boolean> {
    const refuse = (owner: Mac): false => {
      if (isQuestion) this.#effects.send(portId, 'instance', takenAdvertisement(address, owner));
      return false;
    };
    const outside = this.#bindings.who(network.id, address, this.#time.now());
    if (outside !== undefined && !outside.equals(facts.mac)) return refuse(outside);
    const holder = this.#holderOtherThan(portId, network, address);
    if (holder !== undefined) {
      if (holder.portId === undefined || !this.#owners.isTaken(holder, address)) return refuse(holder.mac);
      if (await this.#answers(holder.portId, network, address)) return refuse(holder.mac);
      await this.#giveUp(holder.portId, network, address);
    }
    if (this.#isHolder(portId, network, address)) return true;
    if (!facts.openPrefixes.some((prefix) => prefix.contains(address))) return false;
    if (!this.#takes.take(portId) || !(await this.#hasRoom(portId, network))) return false;
    if (!isQuestion) await this.#time.pause(UNASKED_MS);
    // Meanwhile somebody else may have been quicker.
    const quicker = this.#holderOtherThan(portId, network, address);
    if (quicker !== undefined) return refuse(quicker.mac);
    const binding = this.#bindings.put(network.id, portId, address, network.isPhysical);
    if (isQuestion) binding.lookingUntil = this.#time.now() + ASKED_MS;
    await this.#effects.apply(portId);
    if (network.isPhysical) {
      // A question asks the outside by itself; anything else waits until the outside was asked.
      this.#effects.send(
        portId,
        'network',
        isQuestion ? frame : solicitationFor(address, linkLocalAddress(facts.mac), facts.mac),
      );
      await this.#time.pause(ANSWER_MS);
      if (this.#bindings.of(portId).get(address.toString()) !== binding) return false;
      binding.isWatched = false;
      await this.#effects.apply(portId);
    }
    this.#told.took(portId, address);
    // Neighbours that know the former owner would go on sending to it until they find it silent (RFC 4861 section 7.3.3).
    if (holder !== undefined) void this.#announce(portId, network, address, facts.mac);
    return !(network.isPhysical && isQuestion);
  }

  /** More than once, since OVN answers in the former owner's name until it has heard of the new one. */
  async #announce(portId: string, network: NetworkFacts, address: Address, mac: Mac): Promise<void> {
    for (let sent = 0; sent < ANNOUNCEMENTS && this.#isHolder(portId, network, address); sent++) {
      this.#effects.send(portId, 'network', takenAdvertisement(address, mac));
      await this.#time.pause(ANNOUNCEMENT_MS);
    }
  }

  /** Whether a port's instance took an address, as far as is known. */
  #isTaken(portId: string, address: Address): boolean {
    return this.takenBy(portId).some((one) => one.address.equals(address));
  }

  /** The binding of an address that a port's instance took, perhaps in the time of another agent. */
  #bindingOf(portId: string, network: NetworkFacts, address: Address): Binding {
    const known = this.#bindings.of(portId).get(address.toString());
    return known ?? this.#bindings.put(network.id, portId, address, false);
  }

  #isHolder(portId: string, network: NetworkFacts, address: Address): boolean {
    const bound = this.#bindings.find(network.id, address);
    if (bound !== undefined) return bound.portId === portId;
    return this.#owners.has(portId, address) && !this.#told.isGivenUp(portId, address);
  }

  /** Who else has an address on a port's network, by the facts or by a binding. */
  #holderOtherThan(portId: string, network: NetworkFacts, address: Address): Owner | undefined {
    const owner = this.#owners.otherThan(portId, address);
    if (owner !== undefined && !(owner.portId !== undefined && this.#told.isGivenUp(owner.portId, address)))
      return owner;
    const bound = this.#bindings.find(network.id, address);
    const mac = bound && this.#facts.port(bound.portId)?.mac;
    return bound === undefined || bound.portId === portId || mac === undefined
      ? undefined
      : { portId: bound.portId, mac };
  }

  /** Asks an instance for an address of its (RFC 6620 section 3.2.3.2), unless it still looks whether that is free. */
  async #answers(portId: string, network: NetworkFacts, address: Address): Promise<boolean> {
    if (this.#facts.port(portId) === undefined) return false;
    const binding = this.#bindingOf(portId, network, address);
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
        this.#bindings.use(binding);
        await this.#effects.apply(portId);
        return true;
      }
    }
    return false;
  }

  /** Whether a port may take one more: those that it does not use any more make room. */
  async #hasRoom(portId: string, network: NetworkFacts): Promise<boolean> {
    const taken = this.takenBy(portId);
    if (taken.length < MOST_TAKEN) return true;
    const oldest = taken.slice(0, 4);
    const inUse = await Promise.all(oldest.map(({ address }) => this.#answers(portId, network, address)));
    for (const [index, { address }] of oldest.entries())
      if (!inUse[index]) await this.#giveUp(portId, network, address);
    if (this.takenBy(portId).length < MOST_TAKEN) return true;
    this.#log.warn(
      { port: portId, most: MOST_TAKEN },
      'an instance uses as many addresses as a port may have',
    );
    return false;
  }

  async #giveUp(portId: string, network: NetworkFacts, address: Address): Promise<void> {
    this.#bindings.remove(network.id, address);
    this.#told.gaveUp(portId, address);
    await this.#effects.apply(portId);
  }

  /** Somebody else has an address that was bound to a port. */
  async #deny(portId: string, network: NetworkFacts, { address }: Binding, owner: Mac): Promise<void> {
    this.#bindings.remove(network.id, address);
    this.#effects.send(portId, 'instance', takenAdvertisement(address, owner));
    await this.#effects.apply(portId);
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
    for (const { address } of [...this.#bindings.of(portId).values()]) {
      if (facts?.openPrefixes.some((prefix) => prefix.contains(address))) continue;
      this.#bindings.removeOf(portId, address);
      void this.#effects.apply(portId);
    }
    if (facts === undefined || network === undefined) {
      this.#told.forget(portId);
      return;
    }
    // What is given to a port is no longer another's, whoever took it.
    for (const address of givenAddresses(facts)) {
      const bound = this.#bindings.find(network.id, address);
      if (bound === undefined || bound.portId === portId) continue;
      this.#bindings.remove(network.id, address);
      void this.#effects.apply(bound.portId);
    }
    this.#told.follow(portId, facts.learnedAddresses);
  }

  /** Another host was the first to tell the server of an address. */
  async #lost(portId: string, address: Address): Promise<void> {
    const network = this.#facts.networkOfPort(portId);
    const binding = this.#bindings.of(portId).get(address.toString());
    if (network === undefined || binding === undefined) return;
    const owner = this.#owners.otherThan(portId, address)?.mac ?? network.mac;
    await this.#deny(portId, network, binding, owner);
  }
}
