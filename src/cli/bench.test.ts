import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listeningApi, sextant } from '../../test/support/command.ts';

const small = '--ports 3 --bulk 4 --list 5';

test('the benchmarks of two APIs side by side, which are empty again afterwards', async (t) => {
  const own = await listeningApi(t);
  const peer = await listeningApi(t);
  const some = ['create-dual-stack-4', 'bulk-4', 'list-5', 'delete'];
  const only = some.map((id) => `--only ${id}`).join(' ');
  const line = `bench ${small} ${only} --pid ${process.pid} --against ${peer} -f json`;
  const { status, out, err } = await sextant(own, line);
  assert.equal(status, 0, err);
  const report = JSON.parse(out);
  assert.deepEqual(report.targets, [own, peer]);
  assert.deepEqual(
    report.rows.map(({ id }: { id: string }) => id),
    some,
  );
  for (const { id, outcomes, ratio } of report.rows) {
    assert.equal(outcomes.length, 2, id);
    assert.ok(outcomes[0].median > 0 && outcomes[0].p95 >= outcomes[0].median, id);
    assert.ok(outcomes[0].memory > 0, id);
    assert.equal(ratio, outcomes[1].median / outcomes[0].median, id);
  }
  for (const endpoint of [own, peer]) {
    assert.equal((await sextant(endpoint, 'network list -f json')).out, '[]\n');
    assert.equal((await sextant(endpoint, 'port list -f json')).out, '[]\n');
  }
});

test('one benchmark alone, as a table', async (t) => {
  const { status, out, err } = await sextant(await listeningApi(t), `bench ${small} --only show`);
  assert.equal(status, 0, err);
  assert.match(
    out,
    /\| Benchmark +\| Median ms \| p95 ms \| p99 ms \| Per second \| Of floor \| CPU ms \| MiB \|\n/,
  );
  assert.match(out, /\| show a port \| +[\d.]+ +\|(?: [\d.]+ +\|){2} \d+ +\|(?: +\|){3}\n/);
});

test('an API that refuses is reported, not fatal', async (t) => {
  const endpoint = await listeningApi(t);
  const { status, out } = await sextant(endpoint, `bench --bulk 6000 --only bulk-6000 -f json`);
  assert.equal(status, 0);
  const [row] = JSON.parse(out).rows;
  assert.match(row.outcomes[0].error, /Too many ports.*\(400 HTTPBadRequest\)/);
});

test('what needs a switch says so where none is known', async (t) => {
  const endpoint = await listeningApi(t);
  const { status, out } = await sextant(endpoint, 'bench --only first-ping -f json');
  assert.equal(status, 0);
  assert.deepEqual(JSON.parse(out).rows[0].outcomes, [{ error: 'Its switch is not known.' }]);
});

test('hosts are measured on a Sextant of their own, two at least', async () => {
  const tried = async (line: string) => (await sextant('', `bench ${line}`)).err;
  assert.match(await tried('--hosts 1'), /--hosts takes 2 or more/);
  assert.match(await tried('--hosts 2 --endpoint http://[::1]:1'), /name no API beside it/);
  assert.match(await tried('--hosts 2 --only fly'), /no benchmark fly. There are: join, .*tcp-vlan/);
});

test('unknown benchmarks and sizes are usage errors', async () => {
  const { status, err } = await sextant('http://[::1]:1', 'bench --only fly');
  assert.equal(status, 2);
  assert.match(err, /no benchmark fly. There are: create-slaac-1,/);
  assert.equal((await sextant('http://[::1]:1', 'bench --ports none')).status, 2);
});
