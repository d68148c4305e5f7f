import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startTestApi } from '../../test/support/api.ts';
import { eventually } from '../../test/support/eventually.ts';
import { settings } from '../../test/support/operations.ts';
import { quiet } from '../../test/support/stores.ts';
import { MetricsReporter } from '../host/metrics-reporter.ts';
import { ServerChannel } from '../host/server-channel.ts';
import { HOST_API } from '../host-contract/index.ts';
import { Registry } from '../metrics/index.ts';
import { startHostApi } from './host-api.ts';
import { HostMetrics } from './host-metrics.ts';

test('what a host counts is among the metrics of the service', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sextant-metrics-'));
  const socket = join(directory, 'socket');
  const metrics = new Registry();
  const hostMetrics = new HostMetrics();
  metrics.addSource(() => hostMetrics.read(performance.now()));
  const api = await startTestApi(undefined, { metrics });
  const hostApi = await startHostApi({ store: api.store, settings, hostMetrics, socket, log: quiet });
  const ofHost = new Registry();
  const dropped = ofHost.counter({ name: 'drops_total', help: 'Drops.', labels: ['reason'] });
  dropped.increment({ reason: 'spoofed' });
  const channel = new ServerChannel(socket);
  const reporter = new MetricsReporter({
    metrics: ofHost,
    host: 'h1',
    channel,
    hostname: 'machine',
    configurations: () => ({}),
    onChange: () => () => {},
    everyMs: 10,
    log: quiet,
  });
  const isThere = (line: string) => async () => (await api.app.inject('/metrics')).body.includes(line);
  try {
    await eventually('the count is there', isThere('drops_total{host="h1",reason="spoofed"} 1'));
    dropped.increment({ reason: 'spoofed' });
    await eventually('the count follows', isThere('drops_total{host="h1",reason="spoofed"} 2'));

    const body = { host: 'h1', families: [{ name: 'a b' }] };
    const refused = await channel.request({ method: 'POST', path: HOST_API.metrics, body });
    assert.equal(refused.status, 400);
    assert.match(refused.body.toString(), /body\.families.*a name is none/);
  } finally {
    await reporter.stop();
    await hostApi.close();
    await api.close();
    await rm(directory, { recursive: true });
  }
});

test('a host that does not report any more has no metrics', () => {
  const hosts = new HostMetrics();
  const samples = [{ suffix: '', labels: {}, value: 1 }] as const;
  hosts.take('h1', [{ name: 'up', type: 'gauge', help: 'Up.', samples }], 0);
  hosts.take('h2', [{ name: 'up', type: 'gauge', help: 'Up.', samples }], 20_000);
  assert.deepEqual(
    hosts.read(30_000).map(({ samples }) => samples[0]?.labels),
    [{ host: 'h1' }, { host: 'h2' }],
  );
  assert.deepEqual(hosts.hosts(30_000), [
    { host: 'h1', msAgo: 30_000 },
    { host: 'h2', msAgo: 10_000 },
  ]);
  assert.deepEqual(
    hosts.read(30_001).map(({ samples }) => samples[0]?.labels),
    [{ host: 'h2' }],
  );
  assert.deepEqual(hosts.hosts(50_001), []);
});
