/** How errors of ICMPv6 and ICMPv4 stand for each other (RFC 7915 sections 4.2 and 5.2). Pure. */

/** Type and code, and the 32 bits behind the checksum. */
export interface IcmpKind {
  readonly type: number;
  readonly code: number;
  readonly parameter: number;
}

/** Difference of the headers' lengths. */
const DIFFERENCE = 20;
/** The smallest MTU of a link that carries IPv6 (RFC 8200 section 5). */
export const LEAST_MTU = 1280;
/** MTUs to try where a router does not say one (RFC 1191 section 7). */
const PLATEAUS = [65535, 32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296, 68];

/** Where a field of one header stands in the other, by its octet; undefined where it has none there. */
const POINTER_TO_V4: Readonly<Record<number, number>> = {
  0: 0,
  1: 1,
  4: 2,
  5: 2,
  6: 9,
  7: 8,
  ...Object.fromEntries(Array.from({ length: 16 }, (_, index) => [8 + index, 12])),
  ...Object.fromEntries(Array.from({ length: 16 }, (_, index) => [24 + index, 16])),
};
const POINTER_TO_V6: Readonly<Record<number, number>> = {
  0: 0,
  1: 1,
  2: 4,
  3: 4,
  8: 7,
  9: 6,
  ...Object.fromEntries(Array.from({ length: 4 }, (_, index) => [12 + index, 8])),
  ...Object.fromEntries(Array.from({ length: 4 }, (_, index) => [16 + index, 24])),
};

/** The ICMPv4 error for one of ICMPv6; undefined for what has none. */
export function errorToV4({ type, code, parameter }: IcmpKind, mtu: number): IcmpKind | undefined {
  switch (type) {
    case 1:
      if (code === 1) return { type: 3, code: 10, parameter: 0 };
      if (code === 4) return { type: 3, code: 3, parameter: 0 };
      return code === 0 || code === 2 || code === 3 ? { type: 3, code: 1, parameter: 0 } : undefined;
    case 2:
      return { type: 3, code: 4, parameter: Math.min(parameter, mtu) - DIFFERENCE };
    case 3:
      return { type: 11, code, parameter: 0 };
    case 4: {
      if (code === 1) return { type: 3, code: 2, parameter: 0 };
      const pointer = code === 0 ? POINTER_TO_V4[parameter] : undefined;
      return pointer === undefined ? undefined : { type: 12, code: 0, parameter: pointer * 0x100_0000 };
    }
    default:
      return undefined;
  }
}

/**
 * The ICMPv6 error for one of ICMPv4; undefined for what has none.
 * @param length of the IPv4 packet that it is about
 * @param mtu of the link on the side of IPv6
 */
export function errorToV6(
  { type, code, parameter }: IcmpKind,
  length: number,
  mtu: number,
): IcmpKind | undefined {
  switch (type) {
    case 3:
      return unreachableToV6(code, parameter & 0xffff, length, mtu);
    case 11:
      return { type: 3, code, parameter: 0 };
    case 12: {
      const pointer = code === 0 || code === 2 ? POINTER_TO_V6[parameter >>> 24] : undefined;
      return pointer === undefined ? undefined : { type: 4, code: 0, parameter: pointer };
    }
    default:
      return undefined;
  }
}

const NO_ROUTE: ReadonlySet<number> = new Set([0, 1, 5, 6, 7, 8, 11, 12]);
const PROHIBITED: ReadonlySet<number> = new Set([9, 10, 13, 15]);

function unreachableToV6(code: number, told: number, length: number, mtu: number): IcmpKind | undefined {
  // The next header of IPv6 was not understood.
  if (code === 2) return { type: 4, code: 1, parameter: 6 };
  if (code === 3) return { type: 1, code: 4, parameter: 0 };
  if (code === 4) {
    const next = told !== 0 ? told : (PLATEAUS.find((plateau) => plateau < length) ?? 68);
    return { type: 2, code: 0, parameter: Math.max(LEAST_MTU, Math.min(next + DIFFERENCE, mtu)) };
  }
  if (NO_ROUTE.has(code)) return { type: 1, code: 0, parameter: 0 };
  return PROHIBITED.has(code) ? { type: 1, code: 1, parameter: 0 } : undefined;
}
