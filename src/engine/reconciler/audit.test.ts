import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Audit } from './audit.ts';

test('an audit that cannot be read on begins anew, and is not done before the end', async () => {
  let isAway = true;
  const audit = new Audit(async function* () {
    yield ['port/1'];
    if (isAway) throw new Error('the store is away');
    yield ['port/2'];
  });
  assert.deepEqual(await audit.next(), ['port/1']);
  await assert.rejects(audit.next(), { message: 'the store is away' });
  assert.equal(audit.isDone, false);
  isAway = false;
  assert.deepEqual(await audit.next(), ['port/1']);
  assert.deepEqual(await audit.next(), ['port/2']);
  assert.equal(audit.isDone, false);
  assert.equal(await audit.next(), undefined);
  assert.equal(audit.isDone, true);
});
