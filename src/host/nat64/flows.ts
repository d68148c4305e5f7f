/** Who talks to whom through a translator, and what stands for the IPv6 end in IPv4. */
import type { AddressMapping } from './address-mapping.ts';

/** What a packet says of its flow, as seen from the side of IPv6. */
export interface FlowEnds {
  /** Protocol number, that of IPv4. */
  readonly protocol: number;
  /** The IPv6 address inside, as latin1 text of its octets: quick to compare. */
  readonly inside: string;
  /** Port; of ICMP, the identifier. */
  readonly insidePort: number;
  readonly remote: number;
  /** 0 for ICMP. */
  readonly remotePort: number;
}

/** The same from the side of IPv4. */
export interface OutsideEnds {
  readonly protocol: number;
  /** The address that stands for the IPv6 end. */
  readonly address: number;
  readonly port: number;
  readonly remote: number;
  readonly remotePort: number;
}

/** What a packet from inside says of its connection. */
export interface SaidByTcp {
  readonly flags: number;
  readonly sequence: number;
  readonly acknowledged: number;
  readonly window: number;
  /** Octets of data. */
  readonly carried: number;
}

/** From which headers are written. */
export interface TranslatedFlow {
  readonly ends: Pick<FlowEnds, 'protocol' | 'inside' | 'remote'>;
  readonly binding: {
    readonly insidePort: number;
    readonly outsidePort: number;
    /** What stands for the IPv6 end in IPv4. */
    readonly address: number;
  };
  /** By which the remote end is known inside. */
  readonly mapping: AddressMapping;
}

/** Those of a translator. */
export interface Flows {
  /** Whether an IPv4 address stands for IPv6. */
  serves(address: number): boolean;
  /**
   * The flow of a packet from the side of IPv6, which may begin one.
   * @param said undefined when it is not TCP
   * @returns undefined when there can be none
   */
  fromInside(
    ends: FlowEnds,
    mapping: AddressMapping,
    said: SaidByTcp | undefined,
    now: number,
  ): TranslatedFlow | undefined;
  /**
   * The flow of a packet from the side of IPv4.
   * @param flags of TCP
   */
  fromOutside(ends: OutsideEnds, flags: number, now: number): TranslatedFlow | undefined;
  /** The flow that a message is about: it lives no longer by that. */
  find(ends: OutsideEnds, now: number): TranslatedFlow | undefined;
  /** Likewise by the ends as seen from the side of IPv6. */
  findInside(ends: FlowEnds, mapping: AddressMapping, now: number): TranslatedFlow | undefined;
}
