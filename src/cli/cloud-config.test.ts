import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestApi } from '../../test/support/api.ts';
import { sextant } from '../../test/support/command.ts';
import { serve } from '../../test/support/http-server.ts';

test('of a service without sign-in clients are told that, of what else has no such path nothing', async (t) => {
  const api = await startTestApi();
  t.after(() => api.close());
  const endpoint = await api.app.listen({ host: '::1', port: 0 });
  const { status, out, err } = await sextant(endpoint, 'cloud-config --name here');
  assert.deepEqual([status, err], [0, '']);
  assert.equal(out, `clouds:\n  here:\n    auth_type: none\n    auth:\n      endpoint: ${endpoint}\n`);

  const other = await serve(t, () => [404, { error: { title: 'Not Found', message: 'No such page.' } }]);
  const refused = await sextant(other.endpoint, 'cloud-config');
  assert.deepEqual([refused.status, refused.out], [1, '']);
});
