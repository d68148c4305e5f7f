import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestError } from '../errors/index.ts';
import { Passwords } from './passwords.ts';

const CHEAP = { memory: 64, passes: 1, parallelism: 1 };
const nothing = () => undefined;

test('a password is kept as an argon2id hash with a salt of its own, and recognised', async () => {
  const passwords = new Passwords();
  const [hash, other] = await Promise.all([passwords.hash('secret', 'a'), passwords.hash('secret', 'a')]);
  assert.match(hash, /^\$argon2id\$v=19\$m=7168,t=5,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  assert.notEqual(hash, other);
  assert.equal(await passwords.compare('secret', hash, 'a', nothing), true);
  assert.equal(await passwords.compare('Secret', hash, 'a', nothing), false);
});

test('nobody’s password is none', async () => {
  const passwords = new Passwords(CHEAP);
  for (const secret of ['', '\0', 'secret'])
    assert.equal(await passwords.compare(secret, null, 'a', nothing), false);
});

test('a hash that cost otherwise is recognised, one that is none is not taken', async () => {
  const hash = await new Passwords(CHEAP).hash('secret', 'a');
  assert.equal(await new Passwords().compare('secret', hash, 'a', nothing), true);
  for (const bad of ['', 'secret', hash.replace('m=64', 'm=64000000'), hash.replace('t=1', 't=99')])
    await assert.rejects(new Passwords(CHEAP).compare('secret', bad, 'a', nothing), /hash/);
});

test('more than may wait are refused, and who asks from elsewhere is not', async () => {
  const passwords = new Passwords(CHEAP);
  const all = Promise.allSettled(Array.from({ length: 150 }, () => passwords.hash('secret', 'a')));
  const other = await passwords.hash('secret', 'b');
  assert.match(other, /^\$argon2id/);
  const refused = (await all).filter(({ status }) => status === 'rejected');
  assert.ok(refused.length > 0 && refused.length <= 50, `${refused.length} of 150`);
  for (const one of refused)
    assert.ok(one.status === 'rejected' && one.reason instanceof RequestError && one.reason.status === 503);
});

test('a secret that was right is so at once from then on, and no other', async () => {
  const passwords = new Passwords();
  const hash = await passwords.hash('secret', 'a');
  const timed = async (secret: string, of: string): Promise<[boolean, number]> => {
    let turns = 0;
    const same = await passwords.compare(secret, of, 'a', () => turns++);
    return [same, turns];
  };
  assert.deepEqual(await timed('secret', hash), [true, 1]);
  assert.deepEqual(await timed('secret', hash), [true, 0]);
  assert.deepEqual(await timed('other', hash), [false, 1]);
  assert.deepEqual(await timed('other', hash), [false, 1]);
  const next = await passwords.hash('another', 'a');
  assert.deepEqual(await timed('secret', next), [false, 1]);
});
