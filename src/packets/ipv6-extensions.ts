/** IPv6 extension headers: RFC 8200 section 4, and the authentication header of RFC 4302. */

import { IP_PROTOCOL } from './ip-protocol.ts';
import { concat, PacketError, Reader, u8, u16, u32 } from './wire.ts';

/** A hop-by-hop or destination option, other than padding. */
export interface Ipv6Option {
  readonly type: number;
  readonly data: Uint8Array;
}

/** A header between the IPv6 header and the upper layer. */
export type ExtensionHeader =
  | { readonly kind: 'hop-by-hop' | 'destination-options'; readonly options: readonly Ipv6Option[] }
  | {
      readonly kind: 'routing';
      readonly routingType: number;
      readonly segmentsLeft: number;
      /** Type-specific data: 4 octets and any multiple of 8. */
      readonly data: Uint8Array;
    }
  | {
      readonly kind: 'fragment';
      /** In octets, a multiple of 8. */
      readonly offset: number;
      readonly more: boolean;
      readonly identification: number;
    }
  | {
      readonly kind: 'authentication';
      readonly securityParameters: number;
      readonly sequence: number;
      /** Integrity check value: 4 octets and any multiple of 8. */
      readonly integrity: Uint8Array;
    };

/** A fragment header that has others beside it: not an atomic fragment (RFC 6946). */
export const isPartial = (header: ExtensionHeader): boolean =>
  header.kind === 'fragment' && (header.more || header.offset > 0);

const NEXT_HEADER: Readonly<Record<ExtensionHeader['kind'], number>> = {
  'hop-by-hop': IP_PROTOCOL.hopByHop,
  'destination-options': IP_PROTOCOL.destinationOptions,
  routing: IP_PROTOCOL.routing,
  fragment: IP_PROTOCOL.fragment,
  authentication: IP_PROTOCOL.authentication,
};

const KIND = new Map<number, ExtensionHeader['kind']>(
  Object.entries(NEXT_HEADER).map(([kind, number]) => [number, kind as ExtensionHeader['kind']]),
);

/**
 * Puts `extensions` ahead of an upper layer of protocol `upper`. Gives the octets, and the next header
 * number that the IPv6 header must carry.
 */
export function encodeExtensions(
  extensions: readonly ExtensionHeader[],
  upper: number,
  payload: Uint8Array,
): { nextHeader: number; octets: Uint8Array } {
  let nextHeader = upper;
  let octets = payload;
  for (const extension of extensions.toReversed()) {
    octets = concat(encodeExtension(extension, nextHeader), octets);
    nextHeader = NEXT_HEADER[extension.kind];
  }
  return { nextHeader, octets };
}

/**
 * Follows the chain from an IPv6 header's next header to the upper layer, or to the first header of a
 * fragment that is not atomic: what follows that one is no header, or not all of it.
 * @throws PacketError when a header ends early
 */
export function decodeExtensions(
  nextHeader: number,
  octets: Uint8Array,
): { extensions: ExtensionHeader[]; upper: number; payload: Uint8Array } {
  const reader = new Reader(octets, 'an IPv6 extension header');
  const extensions: ExtensionHeader[] = [];
  let upper = nextHeader;
  for (let kind = KIND.get(upper); kind !== undefined; kind = KIND.get(upper)) {
    upper = reader.u8();
    const extension = decodeExtension(kind, reader);
    extensions.push(extension);
    if (isPartial(extension)) break;
  }
  return { extensions, upper, payload: reader.rest() };
}

function encodeExtension(header: ExtensionHeader, nextHeader: number): Uint8Array {
  switch (header.kind) {
    case 'hop-by-hop':
    case 'destination-options':
      return inEights(nextHeader, encodeOptions(header.options));
    case 'routing':
      return inEights(nextHeader, concat(u8(header.routingType), u8(header.segmentsLeft), header.data));
    case 'fragment':
      if (header.offset % 8 !== 0) {
        throw new PacketError(`a fragment cannot start at octet ${header.offset}: not a multiple of 8`);
      }
      return concat(
        u8(nextHeader),
        u8(0),
        u16(header.offset | (header.more ? 1 : 0)),
        u32(header.identification),
      );
    case 'authentication':
      // Its length counts 4 octets, less 2 of them (RFC 4302 section 2.2).
      return concat(
        u8(nextHeader),
        u8((12 + header.integrity.length) / 4 - 2),
        u16(0),
        u32(header.securityParameters),
        u32(header.sequence),
        header.integrity,
      );
  }
}

/** Next header, length in units of 8 octets past the first 8, and the rest. */
function inEights(nextHeader: number, rest: Uint8Array): Uint8Array {
  if ((rest.length + 2) % 8 !== 0) {
    throw new PacketError(`an extension header cannot have ${rest.length + 2} octets: not a multiple of 8`);
  }
  return concat(u8(nextHeader), u8((rest.length + 2) / 8 - 1), rest);
}

/** Options, padded to what fills a header (RFC 8200 section 4.2: Pad1 is one zero, PadN has type 1). */
function encodeOptions(options: readonly Ipv6Option[]): Uint8Array {
  const written = concat(
    ...options.map((option) => concat(u8(option.type), u8(option.data.length), option.data)),
  );
  const padding = (14 - (written.length % 8)) % 8;
  if (padding === 0) return written;
  return concat(written, padding === 1 ? u8(0) : concat(u8(1), u8(padding - 2), new Uint8Array(padding - 2)));
}

function decodeExtension(kind: ExtensionHeader['kind'], reader: Reader): ExtensionHeader {
  const length = reader.u8();
  switch (kind) {
    case 'hop-by-hop':
    case 'destination-options':
      return { kind, options: decodeOptions(reader.take(length * 8 + 6)) };
    case 'routing':
      return {
        kind,
        routingType: reader.u8(),
        segmentsLeft: reader.u8(),
        data: reader.take(length * 8 + 4),
      };
    case 'fragment': {
      const offsetAndMore = reader.u16();
      return {
        kind,
        offset: offsetAndMore & 0xfff8,
        more: (offsetAndMore & 1) === 1,
        identification: reader.u32(),
      };
    }
    case 'authentication':
      reader.u16();
      return {
        kind,
        securityParameters: reader.u32(),
        sequence: reader.u32(),
        integrity: reader.take(Math.max(0, (length + 2) * 4 - 12)),
      };
  }
}

function decodeOptions(octets: Uint8Array): Ipv6Option[] {
  const reader = new Reader(octets, 'an IPv6 option');
  const options: Ipv6Option[] = [];
  while (reader.remaining > 0) {
    const type = reader.u8();
    if (type === 0) continue;
    const data = reader.take(reader.u8());
    if (type !== 1) options.push({ type, data });
  }
  return options;
}
