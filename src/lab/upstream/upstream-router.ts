/** A router that no VIM knows: an instance whose kernel forwards IPv6, and which advertises itself where told. */
import type { Prefix } from '../../addressing/index.ts';
import type { InstanceInterface } from '../instance/instance.ts';
import { type Advertised, RouterAdvertiser } from './router-advertiser.ts';

/** One of its links. */
export interface RouterLink {
  /** Down or up. */
  readonly device: InstanceInterface;
  /** The link's prefixes; of each the router has the first address after the subnet-router anycast address. */
  readonly prefixes: readonly Prefix[];
  /** What it tells the link's hosts; nothing if left out. */
  readonly advertised?: Advertised;
}

export class UpstreamRouter {
  /** In the order of the links; undefined for one that is not told anything. */
  readonly advertisers: readonly (RouterAdvertiser | undefined)[];

  private constructor(advertisers: readonly (RouterAdvertiser | undefined)[]) {
    this.advertisers = advertisers;
  }

  /** Brings up the links, which are devices of one instance, and forwards between them. */
  static start(links: readonly RouterLink[]): UpstreamRouter {
    links[0]?.device.instance.setSetting('ipv6/conf/all/forwarding', 1);
    const advertisers = links.map(({ device, prefixes, advertised }) => {
      device.up();
      for (const prefix of prefixes) device.addAddress(prefix.at(1n), prefix.length);
      return advertised && RouterAdvertiser.start(device, advertised);
    });
    return new UpstreamRouter(advertisers);
  }
}
