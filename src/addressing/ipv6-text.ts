/** IPv6 addresses as text. What is refused is told by a reason, not thrown: see `refusal.ts`. */
import { formatIpv4, parseIpv4 } from './ipv4-text.ts';
import type { Refusal } from './refusal.ts';

const GROUPS = 8;
const COLON = 0x3a;
const DOT = 0x2e;
const PERCENT = 0x25;
const SLASH = 0x2f;

/** ::ffff:0:0/96, IPv4-mapped addresses (RFC 4291 section 2.5.5.2), as what is left of the low 32 bits. */
const MAPPED_V4 = 0xffffn;

/**
 * The eight groups of the address in hand. Shared by all calls, which are synchronous: this way an
 * address becomes a bigint and back in a handful of operations on 64 bits.
 */
const groups = new DataView(new ArrayBuffer(2 * GROUPS));

/**
 * Reads the three text forms of RFC 4291 section 2.2: eight groups, `::` for one or more groups of zeros, and an
 * IPv4 address in place of the last two groups. Upper and lower case; at most four digits a group.
 * Gives its 128 bits, or why the text is refused.
 */
export function parseIpv6(text: string): bigint | Refusal {
  let count = 0;
  let gap = -1;
  let at = 0;
  if (text.charCodeAt(0) === COLON) {
    if (text.charCodeAt(1) !== COLON) return 'it starts with a single colon';
    gap = 0;
    at = 2;
  }
  while (at < text.length) {
    if (count === GROUPS) return 'it has more than eight groups';
    const start = at;
    let group = 0;
    for (; at < text.length; at++) {
      const digit = hexDigit(text.charCodeAt(at));
      if (digit < 0) break;
      group = group * 16 + digit;
      if (at - start === 4) return `group ${count + 1} has more than four digits`;
    }
    const code = at < text.length ? text.charCodeAt(at) : COLON;
    if (code === DOT) {
      const bits = parseIpv4(text.slice(start));
      if (typeof bits === 'string') return `in its IPv4 part, ${bits}`;
      if (count > GROUPS - 2) return 'it has more than eight groups';
      groups.setUint32(2 * count, bits);
      count += 2;
      break;
    }
    if (code !== COLON) return unexpected(text, at);
    if (at === start) return 'it has more than two colons in a row';
    groups.setUint16(2 * count++, group);
    if (at === text.length) break;
    at++;
    if (at === text.length) return 'it ends with a single colon';
    if (text.charCodeAt(at) === COLON) {
      if (gap >= 0) return 'it has "::" twice';
      gap = count;
      at++;
    }
  }
  if (gap < 0) {
    if (count < GROUPS) return `it has ${count} of eight groups and no "::"`;
  } else {
    if (count === GROUPS) return 'it has eight groups, which leaves none for "::" to stand for';
    widenGap(gap, count);
  }
  return (groups.getBigUint64(0) << 64n) | groups.getBigUint64(8);
}

/** Moves the groups that follow `::` to the end and puts zeros in the place between. */
function widenGap(gap: number, count: number): void {
  const shift = GROUPS - count;
  for (let from = count - 1; from >= gap; from--) {
    groups.setUint16(2 * (from + shift), groups.getUint16(2 * from));
  }
  for (let index = gap; index < gap + shift; index++) groups.setUint16(2 * index, 0);
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

function unexpected(text: string, at: number): Refusal {
  switch (text.charCodeAt(at)) {
    case PERCENT:
      return 'it has a zone identifier, which means something on one machine only: leave it out';
    case SLASH:
      return 'it has a prefix length: give the address alone';
    default:
      return `it has an unexpected ${JSON.stringify(text.charAt(at))}`;
  }
}

/**
 * Writes 128 bits as RFC 5952 section 4 demands: lower case, no leading zeros, `::` for the longest run of two or
 * more zero groups, the first of equals; IPv4-mapped addresses with their IPv4 part dotted (section 5).
 */
export function formatIpv6(bits: bigint): string {
  if (bits >> 32n === MAPPED_V4) return `::ffff:${formatIpv4(Number(BigInt.asUintN(32, bits)))}`;
  groups.setBigUint64(0, bits >> 64n);
  groups.setBigUint64(8, bits);
  const [gap, gapEnd] = longestZeroRun();
  if (gap < 0) return joinGroups(0, GROUPS);
  return `${joinGroups(0, gap)}::${joinGroups(gapEnd, GROUPS)}`;
}

/** Start and end of the run that `::` replaces, or -1 when no two zero groups follow each other. */
function longestZeroRun(): [start: number, end: number] {
  let start = -1;
  let end = 0;
  for (let index = 0; index < GROUPS; index++) {
    const runStart = index;
    while (index < GROUPS && groups.getUint16(2 * index) === 0) index++;
    if (index - runStart >= 2 && index - runStart > end - start) {
      start = runStart;
      end = index;
    }
  }
  return [start, end];
}

function joinGroups(from: number, to: number): string {
  let text = '';
  for (let index = from; index < to; index++) {
    if (index > from) text += ':';
    text += groups.getUint16(2 * index).toString(16);
  }
  return text;
}
