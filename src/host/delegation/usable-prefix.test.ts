import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prefix } from '../../addressing/index.ts';
import { whyUnusable } from './usable-prefix.ts';

test('a provider gives prefixes that can be routed, and no others', () => {
  for (const good of ['2001:db8::/56', 'fd00:77::/48', '2a00:1::/64'])
    assert.equal(whyUnusable(Prefix.parse(good)), undefined, good);
  const bad = ['::/0', '::/16', 'fe80::/64', 'ff00::/32', '64:ff9b::/64', '64:ff9b:1:2::/64', 'fec0::/48'];
  for (const text of [...bad, '2002:7f00:1::/48', 'fd00:a9fe:a9fe::/64', '2001:db8::/65'])
    assert.ok(whyUnusable(Prefix.parse(text)), text);
});
