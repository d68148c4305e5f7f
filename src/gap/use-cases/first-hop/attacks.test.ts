import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Address, linkLocalAddress, Mac } from '../../../addressing/index.ts';
import { encodeFrame } from '../../../packets/frame.ts';
import type { Attacks } from './attacks.ts';
import { rogueAdvertisements } from './rogue-advertisements.ts';
import { spoofedDiscovery } from './spoofed-discovery.ts';

const page = readFileSync(new URL('../../../../docs/reference/attacks.md', import.meta.url), 'utf8');

const station = (number: number) => ({
  mac: Mac.of(0x020000000000n + BigInt(number)),
  address: Address.parse(`fd21::${number}`),
  address4: Address.parse(`10.21.0.${number}`),
});
const [attacker, victim, bystander, router] = [1, 2, 3, 4].map(station);
const routerLinkLocal = linkLocalAddress(router!.mac);
const attacks: Attacks = {
  ...rogueAdvertisements(attacker!.mac, victim!.mac, routerLinkLocal),
  ...spoofedDiscovery(attacker!, victim!, bystander!, router!),
};

test('the page on attacks has every kind that is tried', () => {
  for (const kind of Object.keys(attacks)) {
    assert.ok(page.includes(` ${kind} |`), `the page on attacks does not have '${kind}'`);
  }
});

test('every attack is another', () => {
  const frames = Object.values(attacks).flatMap((ofKind) =>
    ofKind.flatMap(({ frames }) => frames.map((frame) => Buffer.from(encodeFrame(frame)).toString('hex'))),
  );
  assert.equal(new Set(frames).size, frames.length);
});
