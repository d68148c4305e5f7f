/**
 * Domain names as DNSSL (RFC 8106 section 5.2) and DHCPv6 (RFC 8415 section 10) carry them: RFC 1035 section 3.1,
 * uncompressed.
 */

import { concat, PacketError, Reader, u8 } from './wire.ts';

/** Labels with their lengths and a zero, one name after the other. */
export function encodeDnsNames(names: readonly string[]): Uint8Array {
  return concat(...names.map(encodeName));
}

/** Reads names until the octets end; zero octets between and after names are padding. */
export function decodeDnsNames(octets: Uint8Array): string[] {
  const reader = new Reader(octets, 'a domain name');
  const names: string[] = [];
  while (reader.remaining > 0) {
    const labels: string[] = [];
    for (let length = reader.u8(); length > 0; length = reader.u8()) {
      if (length > 63) throw new PacketError(`a domain name has a label of ${length} octets: at most 63`);
      labels.push(String.fromCharCode(...reader.take(length)));
    }
    if (labels.length > 0) names.push(labels.join('.'));
  }
  return names;
}

function encodeName(name: string): Uint8Array {
  const labels = name.split('.').map((label) => {
    if (!/^[\x21-\x7e]{1,63}$/.test(label)) {
      throw new PacketError(`${JSON.stringify(name)} is no domain name: labels have 1 to 63 characters`);
    }
    return concat(
      u8(label.length),
      Uint8Array.from(label, (character) => character.charCodeAt(0)),
    );
  });
  return concat(...labels, u8(0));
}
