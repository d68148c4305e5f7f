/** The gap analysis of clouds that lack, fail and are shared: what is said of them, and that nothing is left there. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { Capabilities, NeutronClient } from '../../src/client/index.ts';
import { findLeftovers, parseReport, runGap } from '../../src/gap/index.ts';
import { listeningApi, sextant } from '../support/command.ts';
import { startProxy, type Verdict } from '../support/proxy.ts';
import { quiet } from '../support/stores.ts';

const PROGRAM = new URL('../../bin/sextant', import.meta.url).pathname;

/** As Neutron refuses. */
const refuse = (status: number, message: string): Verdict => [
  status,
  { NeutronError: { type: 'BadRequest', message } },
];

/** Does not say of itself what it is. */
const anonymous = (url: string): Verdict | undefined =>
  url === '/openapi.json' ? refuse(404, 'There is no such thing.') : undefined;

const isSubnet = (body: unknown, version: number): boolean =>
  (body as { subnet?: { ip_version: number } } | undefined)?.subnet?.ip_version === version;

/** `sextant gap` of a cloud behind a proxy. */
async function gapOf(
  endpoint: string,
  ...cases: readonly string[]
): Promise<{ report: ReturnType<typeof parseReport>; status: number }> {
  const chosen = cases.map((id) => `--case ${id}`).join(' ');
  const line = `gap --endpoint ${endpoint} --yes --format json --progress none ${chosen}`;
  const { status, out } = await sextant('', line);
  return { report: parseReport(out), status };
}

async function left(t: TestContext, endpoint: string): Promise<string[]> {
  const admin = NeutronClient.at(endpoint);
  t.after(() => admin.close());
  return (await findLeftovers(admin, undefined)).map(({ kind, name }) => `${kind} ${name}`);
}

test('where no IPv6 subnet is made, every use case is a no with what the API says', async (t) => {
  const api = await listeningApi(t);
  const without = await startProxy(t, api, ({ method, url, body }) => {
    if (method === 'POST' && isSubnet(body, 6)) return refuse(400, 'IPv6 is not supported.');
    return anonymous(url) ?? 'pass';
  });
  const { report, status } = await gapOf(without, 'v6-only', 'dual-stack', 'floating-ip');
  assert.equal(status, 0);
  for (const { id, verdict, evidence } of report.cases) {
    assert.equal(verdict, 'no', id);
    assert.match(evidence[0]!.seen, /^status 400 BadRequest: IPv6 is not supported\. An IPv4 subnet is made/);
  }
  assert.deepEqual(await left(t, api), []);
});

test('where no subnet at all is made, nothing is known of IPv6', async (t) => {
  const api = await listeningApi(t);
  const full = await startProxy(t, api, ({ method, url, body }) => {
    const isWish = isSubnet(body, 6) || isSubnet(body, 4);
    return method === 'POST' && isWish ? refuse(409, 'Quota exceeded.') : (anonymous(url) ?? 'pass');
  });
  const { report } = await gapOf(full, 'v6-only');
  assert.equal(report.cases[0]?.verdict, 'unverified');
  assert.match(report.cases[0].missing[0]!, /answered with 409 BadRequest: Quota exceeded/);
  assert.deepEqual(await left(t, api), []);
});

for (const [what, verdict, said] of [
  ['answers 500', refuse(500, 'Internal error.'), /answered with 500 BadRequest: Internal error/],
  ['cuts connections', 'cut', /got no answer: socket hang up/],
  ['gives no answer', 'hang', /got no answer within 3 s/],
] as const) {
  test(`an API that ${what} in the middle says nothing of IPv6, and ends no run`, async (t) => {
    const api = await listeningApi(t);
    let requests = 0;
    let failing = 0;
    const failed = await startProxy(t, api, ({ method }) => {
      // From the sixth on; what a run made is removed later, by an API that is well again.
      if (method === 'DELETE' || ++requests < 6 || ++failing > 2) return 'pass';
      return verdict;
    });
    const clientFor = () => NeutronClient.at(failed, verdict === 'hang' ? { timeoutMs: 3_000 } : {});
    const { cases } = await runGap({
      endpoint: failed,
      engine: 'none',
      claims: false,
      cloud: { capabilities: Capabilities.whole },
      clientFor,
      cases: ['address-modes', 'v6-only'],
      progress: () => {},
      log: quiet,
    });
    const broken = cases.filter(({ missing }) => missing.some((one) => said.test(one)));
    assert.ok(broken.length > 0, JSON.stringify(cases.map(({ missing }) => missing)));
    for (const { verdict } of broken) assert.equal(verdict, 'unverified');
    assert.deepEqual(await left(t, api), []);
  });
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`a run that ${signal} ends keeps its report, says what is missing of it, and leaves nothing`, async (t) => {
    const api = await listeningApi(t);
    let requests = 0;
    const kept = mkdtempSync(join(tmpdir(), 'sextant-gap-'));
    t.after(() => rmSync(kept, { recursive: true }));
    const watched = await startProxy(t, api, ({ method, url, body }) => {
      const isOfCase = method === 'POST' && isSubnet(body, 6);
      // The first is of the look at the cloud; the third is of the use case that is under way.
      if (isOfCase && ++requests === 3) child.kill(signal);
      return anonymous(url) ?? 'pass';
    });
    const line = `gap --endpoint ${watched} --yes --output ${kept} --format json --progress none`;
    const child = spawn(PROGRAM, [...line.split(' '), '--case', 'v6-only', '--case', 'dual-stack']);
    const [[status], out, err] = await Promise.all([
      once(child, 'exit'),
      text(child.stdout),
      text(child.stderr),
    ]);
    assert.equal(status, 130, err);
    assert.match(err, /Interrupted\. What was made has been removed\./);
    const report = JSON.parse(out);
    assert.deepEqual(report.unfinished, ['v6-only', 'dual-stack']);
    assert.deepEqual(
      report.cases.map(({ id, verdict }: { id: string; verdict: string }) => [id, verdict]),
      [['v6-only', 'unverified']],
    );
    assert.equal(readFileSync(join(kept, 'gap.json'), 'utf8'), out);
    assert.deepEqual(await left(t, api), []);
  });
}

test('two runs at once in one cloud do not meet', async (t) => {
  const api = await listeningApi(t);
  const begin = (run: string) =>
    runGap({
      endpoint: api,
      engine: 'none',
      claims: false,
      cloud: { capabilities: Capabilities.whole },
      clientFor: () => NeutronClient.at(api),
      cases: ['address-modes', 'address-management'],
      run,
      progress: () => {},
      log: quiet,
    });
  const reports = await Promise.all([begin('00000a'), begin('00000b')]);
  const [one, other] = reports.map(({ cases }) =>
    cases.map(({ id, evidence }) => [id, evidence.map(({ what, seen, ok }) => [what, seen, ok])]),
  );
  assert.deepEqual(one, other);
  assert.ok(reports.every(({ cases }) => cases.some(({ evidence }) => evidence.length > 0)));
  assert.ok(reports.every(({ cases }) => cases.every(({ evidence }) => evidence.every(({ ok }) => ok))));
  assert.deepEqual(await left(t, api), []);
});
