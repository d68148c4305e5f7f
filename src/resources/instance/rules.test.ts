import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { characters } from '../../../test/support/characters.ts';
import { hostName, hostNameFrom } from './host-name.ts';
import { sshPublicKey } from './ssh-public-key.ts';
import { checkUserData, MAX_USER_DATA, userDataOctets } from './user-data.ts';

const ed25519 = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ3sS3mOLcSm8oC2ZfGQWzKvN2kqbTTk0q1oE6v0uC5x ann@home';

test('public keys: whole ones on one line are taken as they are, without spaces around them', () => {
  assert.equal(sshPublicKey.parse(` ${ed25519}\n`, 'key'), ed25519);
});

test('public keys: what is none is refused with the reason', () => {
  const refusals: [unknown, RegExp][] = [
    [5, /is a text/],
    ['', /no kind of SSH public key/],
    ['-----BEGIN OPENSSH PRIVATE KEY-----', /no kind of SSH public key.*\.pub/],
    [`command="rm" ${ed25519}`, /no kind of SSH public key/],
    [ed25519.replace('x ann', ' ann'), /may have been cut/],
    ['ssh-ed25519', /may have been cut/],
    [`ssh-rsa ${ed25519.split(' ')[1]}`, /may have been cut/],
    [`${ed25519}\n${ed25519}`, /one line/],
    [`${ed25519} ${'x'.repeat(9000)}`, /longer than/],
  ];
  for (const [value, reason] of refusals)
    assert.throws(() => sshPublicKey.parse(value, 'public_keys[0].key'), reason, String(value));
});

test('user data: octets are counted, not characters or base64', () => {
  checkUserData('x'.repeat(MAX_USER_DATA), 'text');
  checkUserData(Buffer.alloc(MAX_USER_DATA, 0xff).toString('base64'), 'base64');
  assert.throws(() => checkUserData('ä'.repeat(MAX_USER_DATA / 2 + 1), 'text'), /65538 octets/);
  assert.throws(() => checkUserData('#!/bin/sh', 'base64'), /not base64/);
});

test('user data: any octets come out of base64 as they went in', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (octets) => {
      const text = Buffer.from(octets).toString('base64');
      checkUserData(text, 'base64');
      assert.deepEqual([...userDataOctets(text, 'base64')], [...octets]);
    }),
  );
});

test('host names: whatever is made of a text is one, or nothing', () => {
  assert.equal(hostNameFrom('Web Server (Zürich)'), 'web-server-zu-rich');
  assert.equal(hostNameFrom('***'), undefined);
  fc.assert(
    fc.property(fc.string({ unit: characters }), (text) => {
      const name = hostNameFrom(text);
      if (name !== undefined) assert.equal(hostName.parse(name, 'hostname'), name);
    }),
  );
});
