/** What a host is to tell the peers of a BGP speaker, on one external network. */

export interface BgpOrderPeer {
  readonly id: string;
  readonly address: string;
  readonly remote_as: number;
  /** Null where segments are not signed. */
  readonly password: string | null;
  readonly bfd: boolean;
}

export interface BgpOrder {
  readonly speaker_id: string;
  readonly network_id: string;
  readonly physical_network: string;
  /** Null where it is untagged. */
  readonly vlan: number | null;
  readonly mtu: number;
  readonly local_as: number;
  readonly ip_version: 4 | 6;
  /** What the host is known by there. */
  readonly mac: string;
  /** With the lengths of their subnets' prefixes. */
  readonly addresses: readonly string[];
  readonly peers: readonly BgpOrderPeer[];
  /** The routers that it speaks for, wherever their gateways are. */
  readonly routers: readonly {
    readonly gateway_port_id: string;
    /** The router's own address on any link. */
    readonly link_local: string;
    readonly routes: readonly { readonly destination: string; readonly next_hop: string }[];
  }[];
}
