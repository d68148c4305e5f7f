import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { keyIdOf, openToken, sealToken, type TokenClaims } from './token.ts';

const key = { id: 3, secret: Buffer.alloc(32, 1) };
const claims: TokenClaims = {
  userId: 'u',
  scope: { kind: 'project', id: 'p' },
  methods: ['password'],
  issuedAt: 1,
  expiresAt: 2,
  auditIds: ['a', 'b'],
  userEpoch: 4,
  scopeEpoch: 5,
  credentialId: '',
};

test('a token says what it was made of, to who has its key', () => {
  const token = sealToken(key, claims);
  assert.equal(keyIdOf(token), 3);
  assert.deepEqual(openToken(key, token), claims);
  assert.equal(openToken({ id: 3, secret: Buffer.alloc(32, 2) }, token), undefined);
});

test('a token in which any character is another is none', () => {
  const token = sealToken(key, claims);
  fc.assert(
    fc.property(fc.nat(token.length - 1), fc.constantFrom(...'Aa0-_.='), (at, character) => {
      const changed = token.slice(0, at) + character + token.slice(at + 1);
      return changed === token || keyIdOf(changed) !== 3 || openToken(key, changed) === undefined;
    }),
  );
});

test('what is cut off, empty or long is no token', () => {
  const token = sealToken(key, claims);
  for (let length = 0; length < token.length; length++)
    assert.equal(openToken(key, token.slice(0, length)), undefined);
  for (const text of ['', 'sxt1', 'sxt1.x.', 'sxt2.3.a.b', `sxt1.3.${'a'.repeat(3000)}.b`])
    assert.equal(keyIdOf(text), undefined, text.slice(0, 20));
});
