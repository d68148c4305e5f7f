import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sextant } from '../support/command.ts';

test('a Sextant of its own: the first answer to ping6, by POST and by ovn-nbctl', async () => {
  const { status, out, err } = await sextant(
    '',
    'bench --pings 2 --only first-ping --only first-ping-ovn -f json',
  );
  assert.equal(status, 0, err);
  const { rows } = JSON.parse(out);
  assert.deepEqual(
    rows.map(({ id }: { id: string }) => id),
    ['first-ping', 'first-ping-ovn'],
  );
  for (const { id, outcomes } of rows) {
    assert.equal(outcomes[0].samples, 2, `${id}: ${JSON.stringify(outcomes[0])}`);
    assert.ok(outcomes[0].median > 0 && outcomes[0].memory > 0, id);
  }
});
