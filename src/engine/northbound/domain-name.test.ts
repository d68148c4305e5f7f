import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ovnDomainName } from './domain-name.ts';

test('domain names pass, without the final dot', () => {
  for (const name of ['lab', 'example.org', 'a-1.b_2.example', 'xn--bcher-kva.example', '_tcp.example']) {
    assert.equal(ovnDomainName(name), name);
    assert.equal(ovnDomainName(`${name}.`), name);
  }
});

test('nothing else does', () => {
  const label = 'x'.repeat(64);
  const long = Array.from({ length: 64 }, () => 'abc').join('.');
  for (const text of ['', '.', 'a..b', '-a', 'a-', 'a b', 'a"b', 'a,b', 'bücher.example', label, long]) {
    assert.equal(ovnDomainName(text), undefined, text);
  }
});

test('whatever it takes, the result needs no quoting', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      assert.match(ovnDomainName(text) ?? '', /^[A-Za-z0-9._-]*$/);
    }),
  );
});
