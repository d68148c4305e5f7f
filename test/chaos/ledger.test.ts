import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Found, Ledger } from './ledger.ts';

const found = (name: string, description: string, id = name): Found => ({
  ...{ kind: 'port', id, name, description, has: [] },
});

test('the books tell what was lost, what came twice, back, from nowhere, and what is another one', () => {
  const ledger = new Ledger();
  const [made, gone, doubtful] = ['made', 'gone', 'doubtful'].map((name) => ledger.open('port', name));
  made!.done({ description: 'a', has: undefined });
  gone!.done(undefined);
  doubtful!.done({ description: 'a', has: undefined });
  doubtful!.unanswered({ description: 'b', has: undefined });
  assert.deepEqual(ledger.settle([found('made', 'a'), found('doubtful', 'b')]), []);
  assert.deepEqual(ledger.settle([found('made', 'a'), found('doubtful', 'a')]), [
    'port doubtful is {"kind":"port","id":"doubtful","name":"doubtful","description":"a","has":[]}, not {"description":"b","has":[]}',
  ]);
  const wrong = ledger.settle([
    found('doubtful', 'a'),
    found('gone', 'a'),
    found('new', ''),
    found('new', ''),
  ]);
  assert.equal(wrong.length, 4, wrong.join('\n'));
  assert.deepEqual(
    ledger.settle([found('doubtful', 'a', 'other'), found('gone', 'a')]).map((line) => line.slice(0, 13)),
    ['port doubtful'],
  );
});
