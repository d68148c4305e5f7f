import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isTried, versionIn } from './ovn-version.ts';

test('the version of OVN is what northd calls its own, without those of protocols', () => {
  const options = new Map([['northd_internal_version', '23.03.1-20.27.0-70.6']]);
  assert.equal(versionIn(options), '23.03.1');
  assert.equal(versionIn(new Map()), undefined);
  assert.equal(versionIn(undefined), undefined);
});

test('a release that Sextant was never tried with is told from others', () => {
  assert.deepEqual(['23.03.1', '23.03', '26.03.2', '24.09.1', '23.3'].map(isTried), [
    true,
    true,
    true,
    false,
    false,
  ]);
});
