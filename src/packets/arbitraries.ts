/** Random values for the property tests of this folder. */

import fc from 'fast-check';
import { Address, type Family, Mac, Prefix } from '../addressing/index.ts';
import type { NdOption } from './nd-options.ts';

/** Objects of these fields, with the prototype that codecs give. */
export const recordOf = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record<T>(model, { noNullPrototype: true });

export const macs = fc.bigInt({ min: 0n, max: (1n << 48n) - 1n }).map((value) => Mac.of(value));

export const addresses = (family: Family): fc.Arbitrary<Address> =>
  fc
    .bigInt({ min: 0n, max: (1n << (family === 6 ? 128n : 32n)) - 1n })
    .map((value) => Address.of(family, value));

/** IPv6 prefixes of a length between `least` and `most`. */
export const prefixes = (least: number, most: number): fc.Arbitrary<Prefix> =>
  fc
    .tuple(addresses(6), fc.integer({ min: least, max: most }))
    .map(([address, length]) => Prefix.of(address, length));

export const uint = (bits: number): fc.Arbitrary<number> => fc.integer({ min: 0, max: 2 ** bits - 1 });

/** Octets whose number is `base` and a multiple of `step`. */
export const octets = (base = 0, step = 1): fc.Arbitrary<Uint8Array> =>
  fc.nat(12).chain((steps) => {
    const length = base + steps * step;
    return fc.uint8Array({ minLength: length, maxLength: length });
  });

export const domainNames = fc.stringMatching(/^[a-z][a-z0-9-]{0,9}(\.[a-z]{1,9}){0,2}$/);

export const domains = fc.array(domainNames, { maxLength: 3 });

/** Types of ND options that have a form of their own. */
const KNOWN_ND_TYPES = [1, 2, 3, 4, 5, 14, 24, 25, 31, 38];

/** Any ND option. */
export const ndOptions: fc.Arbitrary<NdOption> = fc.oneof(
  recordOf({
    kind: fc.constantFrom('source-link-layer-address' as const, 'target-link-layer-address' as const),
    mac: macs,
  }),
  recordOf({
    kind: fc.constant('prefix-information' as const),
    prefix: prefixes(0, 128),
    onLink: fc.boolean(),
    autonomous: fc.boolean(),
    prefersDelegation: fc.boolean(),
    validLifetime: uint(32),
    preferredLifetime: uint(32),
  }),
  recordOf({ kind: fc.constant('redirected-header' as const), packet: octets(0, 8) }),
  recordOf({ kind: fc.constant('mtu' as const), mtu: uint(32) }),
  recordOf({ kind: fc.constant('nonce' as const), nonce: octets(6, 8) }),
  recordOf({
    kind: fc.constant('route-information' as const),
    prefix: prefixes(0, 128),
    preference: fc.constantFrom('high' as const, 'medium' as const, 'low' as const, 'reserved' as const),
    lifetime: uint(32),
  }),
  recordOf({
    kind: fc.constant('rdnss' as const),
    lifetime: uint(32),
    servers: fc.array(addresses(6), { maxLength: 3 }),
  }),
  recordOf({ kind: fc.constant('dnssl' as const), lifetime: uint(32), domains }),
  recordOf({
    kind: fc.constant('pref64' as const),
    lifetime: uint(13).map((eights) => eights * 8),
    prefix: fc.constantFrom(32, 40, 48, 56, 64, 96).chain((length) => prefixes(length, length)),
  }),
  recordOf({
    kind: fc.constant('other' as const),
    type: uint(8).filter((type) => !KNOWN_ND_TYPES.includes(type)),
    data: octets(6, 8),
  }),
);
