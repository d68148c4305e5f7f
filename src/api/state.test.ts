import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import pino from 'pino';
import { startTestApi, type TestApi } from '../../test/support/api.ts';
import { type PartHealth, readiness } from './health.ts';
import { requestIdFrom } from './request-follower.ts';
import type { ApiOptions } from './server.ts';

async function withApi(options: Partial<ApiOptions>, use: (api: TestApi) => Promise<void>): Promise<void> {
  const api = await startTestApi(undefined, options);
  try {
    await use(api);
  } finally {
    await api.close();
  }
}

/** A log whose lines can be looked at. */
function recordedLog(): { log: ApiOptions['log']; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  return { log, lines };
}

const metricsOf = async ({ app }: TestApi): Promise<string> => (await app.inject('/metrics')).body;

const given = 'req-11111111-2222-4333-8444-555555555555';

describe('the id of a request', () => {
  it('is the client’s when it is well-formed', () => {
    assert.equal(requestIdFrom({ 'x-openstack-request-id': given }), given);
    for (const wrong of ['', 'req-1', given.slice(4), `${given}\n`, `${given} x`, `${given}0`]) {
      const id = requestIdFrom({ 'x-openstack-request-id': wrong });
      assert.match(id, /^req-[0-9a-f-]{36}$/);
      assert.notEqual(id, wrong);
    }
  });

  it('stands in the answer and in every line of the log', async () => {
    const { log, lines } = recordedLog();
    await withApi({ log }, async (api) => {
      const headers = { 'x-openstack-request-id': given };
      const network = await api.make('network', {});
      lines.length = 0;
      const loose = { network_id: network.id, device_role: 'router' };
      const { id } = await api.make('port', loose, headers);
      const answer = await api.call('GET', `/v2.0/ports/${id}`, undefined, headers);
      assert.equal(answer.headers['x-openstack-request-id'], given);
      assert.deepEqual(
        lines.map(({ requestId, msg }) => [requestId, msg]),
        [
          [given, 'audit'],
          [given, 'request'],
          [given, 'request'],
        ],
      );
      const { method, route, status, ms } = lines[2]!;
      assert.deepEqual({ method, route, status }, { method: 'GET', route: '/v2.0/ports/:id', status: 200 });
      assert.equal(typeof ms, 'number');
    });
  });

  it('stands in the answer to what has no route, or none that can be', async () => {
    await withApi({}, async ({ call }) => {
      for (const path of ['/nothing', '/v2.0/networks/%zz', `/v2.0/networks/${'x'.repeat(400)}`]) {
        const { headers } = await call('GET', path, undefined, { 'x-openstack-request-id': given });
        assert.equal(headers['x-openstack-request-id'], given, path);
      }
    });
  });
});

describe('the metrics of requests', () => {
  it('have routes, not paths', async () => {
    await withApi({}, async (api) => {
      const { id } = await api.make('network', {});
      await api.call('GET', `/v2.0/networks/${id}`);
      await api.call('GET', '/v2.0/networks/other');
      await api.call('GET', '/v2.0/networks/%zz');
      await api.call('GET', '/one');
      await api.call('GET', '/two');
      const text = await metricsOf(api);
      for (const line of [
        'sextant_http_requests_total{method="POST",route="/v2.0/networks",status="201"} 1',
        'sextant_http_requests_total{method="GET",route="/v2.0/networks/:id",status="200"} 1',
        'sextant_http_requests_total{method="GET",route="/v2.0/networks/:id",status="404"} 1',
        'sextant_http_requests_total{method="GET",route="unknown",status="404"} 2',
        'sextant_http_requests_total{method="GET",route="unknown",status="400"} 1',
        'sextant_http_request_duration_seconds_count{method="GET",route="/v2.0/networks/:id"} 2',
        'sextant_http_request_duration_seconds_bucket{method="GET",route="unknown",le="+Inf"} 3',
        // The one that asks.
        'sextant_http_requests_in_flight 1',
      ]) {
        assert.ok(text.split('\n').includes(line), `${line} is not in\n${text}`);
      }
      assert.doesNotMatch(text, new RegExp(String(id)));
    });
  });

  it('count a client that does not wait', async () => {
    const asked = Promise.withResolvers<void>();
    const slow = {
      name: 'slow',
      async check() {
        asked.resolve();
        return delay(500, { ok: true } as const);
      },
    };
    await withApi({ healthChecks: [slow] }, async (api) => {
      const { port } = new URL(await api.app.listen({ host: '::1', port: 0 }));
      const socket = connect({ host: '::1', port: Number(port) });
      socket.write('GET /readyz HTTP/1.1\r\nHost: [::1]\r\n\r\n');
      await asked.promise;
      socket.destroy();
      for (;;) {
        const text = await metricsOf(api);
        if (/route="\/readyz",status="aborted"\} 1$/m.test(text)) break;
        await delay(10);
      }
    });
  });
});

describe('the state of the service', () => {
  it('is alive while it answers, and takes no header for it', async () => {
    await withApi({}, async ({ call }) => {
      const { status, body } = await call('GET', '/healthz');
      assert.deepEqual([status, body], [200, { ok: true }]);
    });
  });

  it('is ready when every part is', async () => {
    const well = { name: 'store', check: async () => ({ ok: true }) as const };
    let engine: PartHealth = { ok: false, reason: 'OVN is away' };
    await withApi(
      { healthChecks: [well, { name: 'engine', check: async () => engine }] },
      async ({ call }) => {
        const away = await call('GET', '/readyz');
        assert.equal(away.status, 503);
        assert.deepEqual(away.body, { store: { ok: true }, engine: { ok: false, reason: 'OVN is away' } });
        engine = { ok: true, note: 'it stands by' };
        const ready = await call('GET', '/readyz');
        assert.deepEqual([ready.status, ready.body], [200, { store: { ok: true }, engine }]);
      },
    );
  });

  it('is not ready when a part fails, or does not answer', async () => {
    const failing = { name: 'failing', check: () => Promise.reject(new Error('no such table')) };
    const hanging = { name: 'hanging', check: () => new Promise<PartHealth>(() => {}) };
    assert.deepEqual(await readiness([failing, hanging], 10), {
      ready: false,
      parts: {
        failing: { ok: false, reason: 'no such table' },
        hanging: { ok: false, reason: 'no answer within 10 ms' },
      },
    });
  });

  it('is not logged, as watchers ask all the time', async () => {
    const { log, lines } = recordedLog();
    await withApi({ log }, async (api) => {
      for (const path of ['/healthz', '/readyz', '/metrics'])
        assert.equal((await api.app.inject(path)).statusCode, 200);
      assert.deepEqual(lines, []);
    });
  });

  it('is a document for administrators alone', async () => {
    await withApi({ status: async () => ({ version: '1' }) }, async ({ call }) => {
      const shown = await call('GET', '/status');
      assert.deepEqual([shown.status, shown.body], [200, { version: '1' }]);
      const refused = await call('GET', '/status', undefined, { 'x-roles': 'member' });
      assert.deepEqual([refused.status, refused.body.NeutronError?.type], [403, 'PolicyNotAuthorized']);
    });
  });

  it('comes as Prometheus takes it', async () => {
    await withApi({}, async ({ app }) => {
      const { headers } = await app.inject('/metrics');
      assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
    });
  });
});
