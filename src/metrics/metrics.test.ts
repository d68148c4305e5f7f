import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exposition, familiesFrom, labelled, type MetricFamily, measureProcess, Registry } from './index.ts';

const textOf = async (registry: Registry): Promise<string> => exposition(await registry.read());

describe('metrics', () => {
  it('are written with their help, type and labels', async () => {
    const registry = new Registry();
    const requests = registry.counter({
      name: 'requests_total',
      help: 'Requests.',
      labels: ['method', 'status'],
    });
    requests.increment({ method: 'GET', status: '200' });
    requests.increment({ method: 'GET', status: '200' });
    requests.increment({ method: 'PUT', status: '404' });
    assert.equal(
      await textOf(registry),
      [
        '# HELP requests_total Requests.',
        '# TYPE requests_total counter',
        'requests_total{method="GET",status="200"} 2',
        'requests_total{method="PUT",status="404"} 1',
        '',
      ].join('\n'),
    );
  });

  it('escape what would end a line or a value', async () => {
    const registry = new Registry();
    registry
      .gauge({ name: 'odd', help: 'C:\\ and\na "line"', labels: ['what'] })
      .set(1, { what: 'a"b\\c\nd' });
    assert.equal(
      await textOf(registry),
      '# HELP odd C:\\\\ and\\na "line"\n# TYPE odd gauge\nodd{what="a\\"b\\\\c\\nd"} 1\n',
    );
  });

  it('without labels are there from the beginning', async () => {
    const registry = new Registry();
    const failures = registry.counter({ name: 'failures_total', help: 'Failures.' });
    assert.match(await textOf(registry), /^failures_total 0$/m);
    failures.increment();
    assert.match(await textOf(registry), /^failures_total 1$/m);
  });

  it('go up and down where they are gauges, and are gone when they are cleared', async () => {
    const registry = new Registry();
    const gauge = registry.gauge({ name: 'things', help: 'Things.', labels: ['kind'] });
    gauge.add(3, { kind: 'a' });
    gauge.add(-1, { kind: 'a' });
    gauge.set(Number.NaN, { kind: 'b' });
    gauge.set(Number.NEGATIVE_INFINITY, { kind: 'c' });
    assert.deepEqual((await textOf(registry)).split('\n').slice(2, -1), [
      'things{kind="a"} 2',
      'things{kind="b"} NaN',
      'things{kind="c"} -Inf',
    ]);
    gauge.clear();
    assert.deepEqual((await registry.read())[0]?.samples, []);
  });

  it('count how many were at most so large', async () => {
    const registry = new Registry();
    const sizes = registry.histogram({ name: 'sizes', help: 'Sizes.' }, [1, 10]);
    for (const size of [0.5, 1, 7, 100]) sizes.observe(size);
    assert.deepEqual((await textOf(registry)).split('\n').slice(2, -1), [
      'sizes_bucket{le="1"} 2',
      'sizes_bucket{le="10"} 3',
      'sizes_bucket{le="+Inf"} 4',
      'sizes_sum 108.5',
      'sizes_count 4',
    ]);
  });

  it('are brought up to date before they are read; what fails costs itself alone', async () => {
    const registry = new Registry();
    const gauge = registry.gauge({ name: 'now', help: 'Now.' });
    registry.beforeRead(() => Promise.reject(new Error('away')));
    const end = registry.beforeRead(async () => gauge.set(7));
    assert.match(await textOf(registry), /^now 7$/m);
    end();
    gauge.set(8);
    assert.match(await textOf(registry), /^now 8$/m);
  });

  it('have names that Prometheus takes, each once', () => {
    const registry = new Registry();
    registry.counter({ name: 'a_total', help: 'A.' });
    assert.throws(() => registry.gauge({ name: 'a_total', help: 'A.' }), /a_total already/);
    assert.throws(() => registry.gauge({ name: 'a-b', help: 'A.' }), /'a-b'/);
    assert.throws(() => registry.gauge({ name: 'b', help: 'B.', labels: ['__name__'] }), /'__name__'/);
    assert.throws(() => registry.histogram({ name: 'c', help: 'C.', labels: ['le'] }), /'le'/);
    assert.throws(() => registry.histogram({ name: 'd', help: 'D.' }, [2, 1]), /ascend/);
  });
});

describe('metrics of another process', () => {
  const counted = async (): Promise<MetricFamily[]> => {
    const registry = new Registry();
    registry
      .counter({ name: 'drops_total', help: 'Drops.', labels: ['reason'] })
      .increment({ reason: 'mac' });
    registry.histogram({ name: 'sizes', help: 'Sizes.' }, [1]).observe(2);
    return registry.read();
  };

  it('come by JSON, and stand beside one’s own', async () => {
    const sent = familiesFrom(JSON.parse(JSON.stringify(await counted())));
    const registry = new Registry();
    registry.counter({ name: 'drops_total', help: 'Drops.', labels: ['reason'] }).increment({ reason: 'ip' });
    const end = registry.addSource(() => labelled(sent, { host: 'h1' }));
    assert.deepEqual((await textOf(registry)).split('\n').slice(0, 5), [
      '# HELP drops_total Drops.',
      '# TYPE drops_total counter',
      'drops_total{reason="ip"} 1',
      'drops_total{host="h1",reason="mac"} 1',
      '# HELP sizes Sizes.',
    ]);
    end();
    assert.equal((await registry.read()).length, 1);
  });

  it('are left out where they are of another type', async () => {
    const registry = new Registry();
    registry.gauge({ name: 'sizes', help: 'Sizes.' }).set(1);
    const others = await counted();
    registry.addSource(() => others);
    assert.deepEqual((await registry.read())[0]?.samples.length, 1);
  });

  it('are refused when they are none', async () => {
    const [family] = await counted();
    const sample = family?.samples[0];
    for (const [wrong, reason] of [
      [{}, /no list/],
      [[7], /no object/],
      [[{ ...family, name: 'a b' }], /name/],
      [[{ ...family, type: 'summary' }], /not complete/],
      [[{ ...family, help: 'x'.repeat(201) }], /not complete/],
      [[{ ...family, samples: [{ ...sample, suffix: '_sum' }] }], /sample/],
      [[{ ...family, samples: [{ ...sample, value: null }] }], /number/],
      [[{ ...family, samples: [{ ...sample, labels: { 'a"': '1' } }] }], /label/],
      [[{ ...family, samples: [{ ...sample, labels: { a: 1 } }] }], /label/],
      [Array(201).fill(family), /200 families/],
      [[{ ...family, samples: Array(5_001).fill(sample) }], /5000 samples/],
    ] as const) {
      assert.throws(() => familiesFrom(wrong), reason);
    }
  });
});

describe('the metrics of a process', () => {
  it('are memory, processor time and the event loop', async () => {
    const registry = new Registry();
    const end = measureProcess(registry);
    const families = new Map(
      (await registry.read()).map((family) => [family.name, family.samples[0]?.value]),
    );
    end();
    assert.ok(Number(families.get('process_resident_memory_bytes')) > 10_000_000);
    assert.ok(Number(families.get('process_cpu_seconds_total')) > 0);
    assert.ok(Math.abs(Number(families.get('process_start_time_seconds')) - Date.now() / 1000) < 600);
    assert.ok(Number.isFinite(families.get('nodejs_eventloop_lag_p99_seconds')));
  });
});
