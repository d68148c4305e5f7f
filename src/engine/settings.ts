/** What the deployment's engine is like. */
export interface EngineSettings {
  /**
   * Router ports answer what does not fit into their network with Packet Too Big when its MTU (bytes) is below
   * this. With TSO in OVS's userspace datapath the super-packets of TCP count as too big, which all but stops it:
   * there this is the MTU of ordinary networks, elsewhere Infinity.
   */
  readonly packetTooBigBelow: number;
  /**
   * MTU (bytes) of what hosts send each other, where there are several: as much of a packet reaches the host that has
   * the gateway, whatever the networks at both ends take.
   */
  readonly tunnelMtu?: number;
  /**
   * Whether OVN's controllers read the switches of hosts by themselves, as those of somebody else's OVN do: they are to bind
   * ports to nothing that is past the guard.
   */
  readonly seesSwitches?: boolean;
}
