/** IPv4 addresses as text. What is refused is told by a reason, not thrown: see `refusal.ts`. */
import type { Refusal } from './refusal.ts';

const DOT = 0x2e;
const ZERO = 0x30;

/**
 * Reads an IPv4 address in dotted decimal (RFC 6943 section 3.1.1, the strict form): four numbers of 0 to 255
 * without leading zeros, which some systems read as octal. Gives its 32 bits, or why the text is refused.
 */
export function parseIpv4(text: string): number | Refusal {
  let bits = 0;
  let octet = 0;
  let digits = 0;
  let octets = 1;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const digit = code - ZERO;
    if (digit >= 0 && digit <= 9) {
      if (digits > 0 && octet === 0) return `octet ${octets} has a leading zero`;
      octet = octet * 10 + digit;
      if (octet > 255) return `octet ${octets} is greater than 255`;
      digits++;
    } else if (code === DOT) {
      if (digits === 0) return `octet ${octets} is empty`;
      if (octets === 4) return 'it has more than four octets';
      bits = bits * 256 + octet;
      octet = 0;
      digits = 0;
      octets++;
    } else {
      return `it has an unexpected ${JSON.stringify(text.charAt(at))}`;
    }
  }
  if (octets < 4) return `it has ${octets} of four octets`;
  if (digits === 0) return 'octet 4 is empty';
  return bits * 256 + octet;
}

/** Writes 32 bits in dotted decimal. */
export function formatIpv4(bits: number): string {
  return `${bits >>> 24}.${(bits >>> 16) & 0xff}.${(bits >>> 8) & 0xff}.${bits & 0xff}`;
}
