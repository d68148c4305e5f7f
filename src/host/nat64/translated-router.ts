/** A router that is translated for, as its thread is told of it, and what that makes of it. Pure. */
import { Address, Prefix } from '../../addressing/index.ts';
import type { PortFacts, TranslatedFloatingIp } from '../../host-contract/index.ts';
import { type AddressMapping, ExplicitMapping } from './address-mapping.ts';
import { Embedding } from './embedding.ts';
import type { StaticBinding } from './static-flows.ts';

/** All of it as text, which passes from one thread to another. */
export interface TranslatedRouter {
  /** Of its gateway's port. */
  readonly id: string;
  /** Of its gateway, as a number. */
  readonly mac: number;
  /** By which IPv4 is reached. */
  readonly prefixes: readonly string[];
  /** Floating IPs of IPv4 for addresses of IPv6, and by which prefix those outside are known to them. */
  readonly fourForSix: readonly (TextOf<TranslatedFloatingIp> & { readonly prefix: string })[];
  /** Floating IPs of IPv6 for addresses of IPv4. */
  readonly sixForFour: readonly TextOf<TranslatedFloatingIp>[];
}

type TextOf<T extends TranslatedFloatingIp> = {
  readonly [K in Exclude<keyof T, 'prefix'>]: string;
};

const textOf = ({ floating, routed, fixed }: TranslatedFloatingIp): TextOf<TranslatedFloatingIp> => ({
  ...{ floating: `${floating}`, routed: `${routed}`, fixed: `${fixed}` },
});

/** What the thread is told of a router by the facts of its gateway. */
export function translatedRouter(
  id: string,
  {
    mac,
    nat64Prefixes: prefixes,
    translatedFloatingIps: floatingIps,
  }: Pick<PortFacts, 'mac' | 'nat64Prefixes' | 'translatedFloatingIps'>,
): TranslatedRouter {
  return {
    id,
    mac: Number(mac.value),
    prefixes: prefixes.map(String),
    fourForSix: floatingIps.flatMap((one) =>
      one.prefix === null ? [] : [{ ...textOf(one), prefix: `${one.prefix}` }],
    ),
    sixForFour: floatingIps.filter(({ prefix }) => prefix === null).map(textOf),
  };
}

/** By what a router's translator knows IPv4 on the side of IPv6, and what stands for addresses of IPv6. */
export function mappingsOf({ prefixes, fourForSix, sixForFour }: TranslatedRouter): {
  mappings: AddressMapping[];
  bindings: StaticBinding[];
} {
  const own = new Set([...prefixes, ...fourForSix.map(({ prefix }) => prefix)]);
  const embeddings = new Map(Array.from(own, (text) => [text, new Embedding(Prefix.parse(text))] as const));
  return {
    mappings: [...embeddings.values(), ...sixForFour.map((one) => new ExplicitMapping(addressesOf(one)))],
    bindings: fourForSix.map((one) => ({ ...addressesOf(one), mapping: embeddings.get(one.prefix)! })),
  };
}

const addressesOf = ({ floating, routed, fixed }: TextOf<TranslatedFloatingIp>) => ({
  floating: Address.parse(floating),
  routed: Address.parse(routed),
  fixed: Address.parse(fixed),
});
