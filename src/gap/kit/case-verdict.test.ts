import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fallsShort, verdictOf } from './case-verdict.ts';
import type { Evidence } from './evidence.ts';

const item = (ok: boolean, core = false): Evidence => ({
  what: 'a ping',
  expected: 'an answer',
  seen: ok ? 'an answer' : 'silence',
  ok,
  core,
});

test('all as expected and nothing missing: yes', () => {
  assert.equal(verdictOf({ evidence: [item(true, true), item(true)], missing: [] }), 'yes');
});

test('something missing: partial', () => {
  assert.equal(verdictOf({ evidence: [item(true, true)], missing: ['several hosts'] }), 'partial');
});

test('something beside the core failed: partial', () => {
  assert.equal(verdictOf({ evidence: [item(true, true), item(false)], missing: [] }), 'partial');
});

test('the core failed: no, whatever else works', () => {
  assert.equal(verdictOf({ evidence: [item(true), item(true, true), item(false, true)], missing: [] }), 'no');
});

test('no core evidence: no', () => {
  assert.equal(verdictOf({ evidence: [item(true)], missing: [] }), 'no');
  assert.equal(verdictOf({ evidence: [], missing: [] }), 'no');
});

test('not tried: unverified', () => {
  assert.equal(verdictOf({ evidence: [], missing: [], untried: 'no switch to plug into' }), 'unverified');
});

test('what failed before something could not be tried has failed', () => {
  const untried = 'no switch to plug into';
  assert.equal(verdictOf({ evidence: [item(true, true)], missing: [], untried }), 'unverified');
  assert.equal(verdictOf({ evidence: [item(true, true), item(false, true)], missing: [], untried }), 'no');
});

test('nothing of the core tried, for a known reason: unverified, whatever else was seen', () => {
  const untriedParts = ['Hardware ports: no host here has any.'];
  for (const ok of [true, false]) {
    assert.equal(verdictOf({ evidence: [item(ok)], missing: [], untriedParts }), 'unverified');
    assert.equal(verdictOf({ evidence: [item(ok, true)], missing: [], untriedParts }), ok ? 'partial' : 'no');
  }
});

const anyEvidence = fc.array(
  fc.tuple(fc.boolean(), fc.boolean()).map(([ok, core]) => item(ok, core)),
  { maxLength: 8 },
);

test('a failure never makes a verdict better, and yes has none', () => {
  fc.assert(
    fc.property(anyEvidence, fc.array(fc.string()), fc.boolean(), (evidence, missing, core) => {
      const before = verdictOf({ evidence, missing });
      const after = verdictOf({ evidence: [...evidence, item(false, core)], missing });
      assert.ok(after === before || fallsShort(after, before));
      assert.notEqual(after, 'yes');
    }),
  );
});

test('a claim is fallen short of by less only', () => {
  assert.ok(fallsShort('partial', 'yes'));
  assert.ok(fallsShort('unverified', 'partial'));
  assert.ok(!fallsShort('yes', 'partial'));
  assert.ok(!fallsShort('no', 'no'));
});
