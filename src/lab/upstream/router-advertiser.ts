/** A router's advertisements (RFC 4861 section 6.2), made here so that each may say whatever a case needs. */

import { linkLocalAddress } from '../../addressing/index.ts';
import { SystemCallError } from '../../linux/index.ts';
import {
  ALL_NODES,
  type Frame,
  frame,
  icmpv6,
  ipv6,
  multicastMac,
  type RouterAdvertisement,
} from '../../packets/index.ts';
import type { Capture } from '../capture.ts';
import type { InstanceInterface } from '../instance/instance.ts';

/** What a router advertises; what is left out says nothing, and the router is no default router. */
export type Advertised = Partial<Omit<RouterAdvertisement, 'kind'>>;

/** An advertisement to all nodes, from the link-local address that belongs to the device's MAC. */
export function routerAdvertisement(from: InstanceInterface, advertised: Advertised): Frame {
  const message: RouterAdvertisement = {
    kind: 'router-advertisement',
    hopLimit: 64,
    managed: false,
    otherConfig: false,
    preference: 'medium',
    routerLifetime: 0,
    reachableTime: 0,
    retransTimer: 0,
    ...advertised,
    options: [{ kind: 'source-link-layer-address', mac: from.mac }, ...(advertised.options ?? [])],
  };
  return frame(
    from.mac,
    multicastMac(ALL_NODES),
    ipv6(linkLocalAddress(from.mac), ALL_NODES, icmpv6(message), { hopLimit: 255 }),
  );
}

const isSolicitation = ({ network }: Frame): boolean =>
  network.kind === 'ipv6' &&
  network.upper.kind === 'icmpv6' &&
  network.upper.message.kind === 'router-solicitation';

/** Advertises at once, periodically, and to whoever solicits it. */
export class RouterAdvertiser {
  readonly #capture: Capture;
  readonly #timer: NodeJS.Timeout;
  readonly #from: InstanceInterface;
  #advertised: Advertised;

  private constructor(from: InstanceInterface, advertised: Advertised, period: number) {
    this.#from = from;
    this.#advertised = advertised;
    this.#capture = from.capture(() => false);
    this.#timer = setInterval(() => this.#advertise(), period).unref();
    from.instance.atStop(() => this.stop());
    this.#capture.onReceived(isSolicitation, () => this.#advertise());
    this.#advertise();
  }

  /** `period` is in milliseconds. The device must be up. */
  static start(from: InstanceInterface, advertised: Advertised, period = 10_000): RouterAdvertiser {
    return new RouterAdvertiser(from, advertised, period);
  }

  /** From now on something else is advertised. */
  change(advertised: Advertised): void {
    this.#advertised = advertised;
    this.#advertise();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#capture.stop();
  }

  #advertise(): void {
    try {
      this.#from.send(routerAdvertisement(this.#from, this.#advertised));
    } catch (error) {
      // The instance at the other end of the link has stopped, and the device went with it.
      if (!(error instanceof SystemCallError) || error.code !== 'ENODEV') throw error;
    }
  }
}
