/** What frames say of addresses: those that an instance sent, and those that it was to hear. Pure. */

import type { Address, Mac } from '../../addressing/index.ts';
import {
  decodeFrame,
  encodeFrame,
  frame,
  icmpv6,
  ipv6,
  multicastMac,
  solicitedNode,
} from '../../packets/index.ts';

/** How it was seen that an instance takes an address: it looked whether that is free, said it has it, or sent from it. */
export type ClaimOrigin = 'solicitation' | 'advertisement' | 'traffic' | 'registration';

/** An instance uses an address, or says that it has it, or asks who does. */
export interface Claim {
  readonly address: Address;
  /** A `solicitation` only looks whether the address is free (RFC 4862 section 5.4.2). */
  readonly origin: Exclude<ClaimOrigin, 'registration'>;
  /** What the packet is from: of an advertisement it may be another address. */
  readonly source: Address;
  readonly frame: Uint8Array;
}

export function claimIn(octets: Uint8Array): Claim | undefined {
  const { network } = decodeFrame(octets);
  if (network.kind !== 'ipv6') return undefined;
  const { source, upper } = network;
  const message = upper.kind === 'icmpv6' ? upper.message : undefined;
  const what = { source, frame: octets };
  if (message?.kind === 'neighbour-advertisement')
    return { address: message.target, origin: 'advertisement', ...what };
  if (message?.kind === 'neighbour-solicitation' && source.isUnspecified)
    return { address: message.target, origin: 'solicitation', ...what };
  return { address: source, origin: 'traffic', ...what };
}

/** Somebody asks who has an address, or answers that it has it, or is a router there. */
export interface Heard {
  readonly kind: 'question' | 'answer' | 'router';
  readonly address: Address;
  readonly sender: Mac;
}

export function heardIn(octets: Uint8Array): Heard | undefined {
  const { source: sender, network } = decodeFrame(octets);
  if (network.kind !== 'ipv6' || network.upper.kind !== 'icmpv6') return undefined;
  const { message } = network.upper;
  switch (message.kind) {
    case 'neighbour-solicitation':
      return { kind: 'question', address: message.target, sender };
    case 'neighbour-advertisement':
      return { kind: 'answer', address: message.target, sender };
    case 'router-advertisement':
      return { kind: 'router', address: network.source, sender };
    default:
      return undefined;
  }
}

/** A solicitation, as address resolution sends it (RFC 4861 section 7.2.2). */
export function solicitationFor(target: Address, source: Address, mac: Mac): Uint8Array {
  const message = {
    kind: 'neighbour-solicitation',
    target,
    options: [{ kind: 'source-link-layer-address', mac }],
  } as const;
  const group = solicitedNode(target);
  return encodeFrame(
    frame(mac, multicastMac(group), ipv6(source, group, icmpv6(message), { hopLimit: 255 })),
  );
}
