/**
 * Whether the instances here that serve an anycast address do: each is asked in turn, and when the answer is another
 * than it was, the server is told, which has the routers send traffic to others.
 */

import { randomInt } from 'node:crypto';
import type { Logger } from 'pino';
import type { Mac } from '../../../addressing/index.ts';
import { type HealthCheckFacts, HOST_API } from '../../../host-contract/index.ts';
import { decodeFrame, encodeFrame, type Frame } from '../../../packets/index.ts';
import type { ServerChannel } from '../../server-channel.ts';
import type { NetworkService, ServiceNetwork } from '../network-service.ts';
import { answerTo, mayAnswer, type Probe, probeFrame } from './anycast-probe.ts';
import { judgeHealth, type MemberHealth, UNKNOWN } from './member-health.ts';

interface AnycastHealthOptions {
  /** Whether a port's instance is on this host: others are asked by theirs. */
  readonly isHere: (portId: string) => boolean;
  readonly server: Pick<ServerChannel, 'request'>;
  readonly log: Logger;
}

/** Milliseconds after which the server is told again what it was told: it may have forgotten. */
const REFRESH_MS = 60_000;
const SECOND_MS = 1_000;

export class AnycastHealth implements NetworkService {
  readonly #options: AnycastHealthOptions;
  /** By network, then by all that is known of a member. */
  readonly #members = new Map<string, Map<string, AskedMember>>();

  constructor(options: AnycastHealthOptions) {
    this.#options = options;
  }

  opened(network: ServiceNetwork): void {
    this.changed(network);
  }

  changed(network: ServiceNetwork): void {
    const before = this.#members.get(network.id);
    const members = new Map<string, AskedMember>();
    for (const { id, facts } of network.ports()) {
      for (const check of facts.healthChecks) {
        const key = JSON.stringify([id, facts.mac, check]);
        members.set(key, before?.get(key) ?? new AskedMember(network, id, facts.mac, check, this.#options));
      }
    }
    for (const [key, member] of before ?? []) if (!members.has(key)) member.stop();
    if (members.size > 0) this.#members.set(network.id, members);
    else this.#members.delete(network.id);
  }

  closed(network: ServiceNetwork): void {
    for (const member of this.#members.get(network.id)?.values() ?? []) member.stop();
    this.#members.delete(network.id);
  }

  received(network: ServiceNetwork, octets: Uint8Array): void {
    const members = this.#members.get(network.id);
    if (members === undefined || !mayAnswer(octets)) return;
    const frame = decodeFrame(octets);
    for (const member of members.values()) member.hear(frame);
  }
}

/** A port that serves an anycast address, asked over and over. */
class AskedMember {
  readonly #network: ServiceNetwork;
  readonly #portId: string;
  readonly #mac: Mac;
  readonly #check: HealthCheckFacts;
  readonly #options: AnycastHealthOptions;
  readonly #timer: NodeJS.Timeout;
  #deadline: NodeJS.Timeout | undefined;
  /** The question that is not answered yet. */
  #asked: Probe | undefined;
  #number = randomInt(2 ** 32);
  #health: MemberHealth = UNKNOWN;
  #told: { healthy: boolean; at: number } | undefined;
  /** Whether the server took what it was told last. */
  #isHeard = true;

  constructor(
    network: ServiceNetwork,
    portId: string,
    mac: Mac,
    check: HealthCheckFacts,
    options: AnycastHealthOptions,
  ) {
    this.#network = network;
    this.#portId = portId;
    this.#mac = mac;
    this.#check = check;
    this.#options = options;
    this.#timer = setInterval(() => this.#ask(), check.interval * SECOND_MS);
    this.#ask();
  }

  stop(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#deadline);
    this.#asked = undefined;
  }

  hear(frame: Frame): void {
    const answer = this.#asked && answerTo(this.#asked, frame);
    if (answer !== undefined) this.#found(answer === 'well');
  }

  #ask(): void {
    // Its time is over, even if its deadline comes after this turn.
    if (this.#asked !== undefined) this.#found(false);
    if (!this.#options.isHere(this.#portId)) {
      this.#health = UNKNOWN;
      this.#told = undefined;
      return;
    }
    this.#number = (this.#number + 1) % 2 ** 32;
    this.#asked = { check: this.#check, from: this.#network.facts.mac, to: this.#mac, number: this.#number };
    this.#deadline = setTimeout(() => this.#found(false), this.#check.timeout * SECOND_MS);
    this.#network.send(encodeFrame(probeFrame(this.#asked)));
  }

  #found(well: boolean): void {
    clearTimeout(this.#deadline);
    this.#asked = undefined;
    this.#health = judgeHealth(this.#health, well, this.#check);
    const { healthy } = this.#health;
    if (healthy === undefined) return;
    const told = this.#told;
    if (told?.healthy !== healthy || performance.now() - told.at > REFRESH_MS) void this.#tell(healthy);
  }

  async #tell(healthy: boolean): Promise<void> {
    const { server, log } = this.#options;
    const before = this.#told;
    this.#told = { healthy, at: performance.now() };
    const about = { anycastAddress: this.#check.id, port: this.#portId };
    if (healthy !== before?.healthy && this.#isHeard)
      log.info({ ...about, healthy }, 'health of an anycast member');
    try {
      const { status } = await server.request({
        method: 'POST',
        path: HOST_API.anycastHealth,
        body: { id: this.#check.id, port_id: this.#portId, healthy },
      });
      // A member that the server does not know any more will be gone from the facts as well.
      if (status >= 500) throw new Error(`the server answers ${status}`);
      this.#isHeard = true;
    } catch (error) {
      this.#told = undefined;
      if (this.#isHeard) log.warn({ ...about, err: error }, 'the server does not hear of health, trying on');
      this.#isHeard = false;
    }
  }
}
