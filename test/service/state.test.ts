/** What a running service says of itself by HTTP: to whoever watches it, and to Prometheus. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { ServiceStatus } from '../../src/service/status.ts';
import { sextant } from '../support/command.ts';
import { eventually } from '../support/eventually.ts';
import { freePort, type Served, serve } from '../support/serve.ts';

describe('the state of a running service', () => {
  let directory: string;
  let served: Served;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sextant-state-'));
    served = await serve(directory, await freePort());
  });
  after(async () => {
    await served?.stop();
    await rm(directory, { recursive: true });
  });

  const metrics = async (): Promise<string> => (await fetch(`${served.endpoint}/metrics`)).text();

  it('is that it is alive, and all of its parts are ready', async () => {
    assert.equal((await fetch(`${served.endpoint}/healthz`)).status, 200);
    // The API does not wait for the host process.
    const isReady = async () => (await fetch(`${served.endpoint}/readyz`)).ok;
    await eventually('all parts are ready', isReady);
    const ready = await fetch(`${served.endpoint}/readyz`);
    const parts = { store: { ok: true }, northbound: { ok: true }, ovn: { ok: true }, host: { ok: true } };
    assert.deepEqual([ready.status, await ready.json()], [200, parts]);
  });

  it('is told to people by the command', async () => {
    await eventually('the host has reported', async () => {
      const { status, out } = await sextant(served.endpoint, 'status');
      assert.equal(status, 0, out);
      return /hosts +reported last: \S+ \(/.test(out);
    });
    const { out } = await sextant(served.endpoint, 'status -f json');
    const document = JSON.parse(out) as ServiceStatus;
    assert.equal(document.engine?.role, 'acting');
    assert.match(document.engine.ovn_version ?? '', /^\d+\.\d+/);
    assert.deepEqual(document.failed_units, { total: 0, units: [] });
    assert.deepEqual(Object.keys(document.checks), ['store', 'northbound', 'ovn', 'host']);
    assert.ok(document.processes?.every(({ up, adopted }) => up && !adopted));
  });

  it('is what Prometheus takes without a complaint, with what the host counts', async () => {
    const network = await served.client.create('network', { name: 'odd "name" \\ with\nlines' });
    await served.client.show('network', network.id);
    await eventually('the host has reported', async () =>
      /^process_resident_memory_bytes\{host="/m.test(await metrics()),
    );
    const text = await metrics();
    const { status, stdout, stderr, error } = spawnSync('promtool', ['check', 'metrics'], {
      input: text,
      encoding: 'utf8',
    });
    assert.ifError(error);
    assert.deepEqual([status, stdout + stderr], [0, ''], text);
    const page = readFileSync(new URL('../../docs/how-to/monitor.md', import.meta.url), 'utf8');
    const namesIn = (from: string, pattern: RegExp) =>
      [...new Set(Array.from(from.matchAll(pattern), ([, name]) => name))].sort();
    assert.deepEqual(namesIn(page, /`(sextant_\w+)`/g), namesIn(text, /^# HELP (sextant_\w+)/gm));
    for (const name of [
      'sextant_http_requests_total{method="POST",route="/v2.0/networks",status="201"}',
      'sextant_http_request_duration_seconds_bucket{method="POST",route="/v2.0/networks",le="+Inf"}',
      'sextant_http_requests_in_flight',
      'sextant_journal_entries',
      'sextant_engine_acting 1',
      'sextant_engine_units{kind="network"} 1',
      'sextant_engine_failed_units{kind="network"} 0',
      'nodejs_eventloop_lag_p99_seconds',
      'sextant_dhcpv6_messages_total',
    ]) {
      assert.ok(
        text.includes(`\n${name} `) || text.includes(`\n${name}\n`) || text.includes(`# TYPE ${name} `),
        `${name} is not in\n${text}`,
      );
    }
  });
});
