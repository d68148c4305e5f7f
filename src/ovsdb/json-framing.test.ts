import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Json } from './json.ts';
import { JsonFraming } from './json-framing.ts';

/** Objects and arrays only: what a JSON-RPC message can be. Strings are full of brackets and quotes. */
const message = fc.oneof(
  fc.dictionary(
    fc.string({ unit: fc.constantFrom('{', '}', '[', ']', '"', '\\', 'é', '𝒳') }),
    fc.jsonValue(),
  ),
  fc.array(fc.jsonValue()),
);

test('messages come out as they went in, however the stream was cut', () => {
  fc.assert(
    fc.property(fc.array(message), fc.array(fc.nat(), { maxLength: 20 }), (messages, cuts) => {
      const bytes = Buffer.from(messages.map((value) => JSON.stringify(value)).join(''));
      const places = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
      const framing = new JsonFraming();
      const out: Json[] = [];
      let start = 0;
      for (const place of places) {
        out.push(...framing.push(bytes.subarray(start, place)));
        start = place;
      }
      assert.deepEqual(out, JSON.parse(JSON.stringify(messages)));
    }),
  );
});

test('white space between messages is allowed', () => {
  assert.deepEqual([...new JsonFraming().push(Buffer.from('[1]\n {"a":2} '))], [[1], { a: 2 }]);
});

test('text that is not JSON is an error', () => {
  assert.throws(() => [...new JsonFraming().push(Buffer.from('{oops}'))], /not JSON: \{oops\}/);
  assert.throws(() => [...new JsonFraming().push(Buffer.from(']'))], /not JSON/);
});
