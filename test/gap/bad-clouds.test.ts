/** The gap analysis of clouds that lack, fail and are shared: what is said of them, and that nothing is left there. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { Capabilities, NeutronClient, NoAnswerError } from '../../src/client/index.ts';
import { findLeftovers, parseReport, runGap } from '../../src/gap/index.ts';
import { Authority } from '../../src/pki/index.ts';
import { listeningApi, sextant } from '../support/command.ts';
import { listen } from '../support/http-server.ts';
import { temporaryDirectory } from '../support/ovsdb-server.ts';
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

/** `sextant gap` as a process of its own. */
function startGap(endpoint: string, output: string, ...cases: readonly string[]) {
  const flags = [
    '--endpoint',
    endpoint,
    '--yes',
    '--output',
    output,
    '--format',
    'json',
    '--progress',
    'none',
  ];
  return spawn(PROGRAM, ['gap', ...flags, ...cases.flatMap((id) => ['--case', id])]);
}

/** Passes requests on, and calls `act` when a use case is under way. */
function watchedApi(t: TestContext, api: string, act: () => void): Promise<string> {
  let requests = 0;
  return startProxy(t, api, ({ method, url, body }) => {
    // The first is of the look at the cloud; the third is of the use case.
    if (method === 'POST' && isSubnet(body, 6) && ++requests === 3) act();
    return anonymous(url) ?? 'pass';
  });
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`a run that ${signal} ends keeps its report, says what is missing of it, and leaves nothing`, async (t) => {
    const api = await listeningApi(t);
    const kept = temporaryDirectory(t);
    const watched = await watchedApi(t, api, () => child.kill(signal));
    const child = startGap(watched, kept, 'v6-only', 'dual-stack');
    const [[status], out, err] = await Promise.all([
      once(child, 'exit'),
      text(child.stdout),
      text(child.stderr),
    ]);
    assert.equal(status, 130, err);
    assert.match(err, /Interrupted\. What was made has been removed/);
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

test('what was made although its answer was lost is removed in the end', async (t) => {
  const api = await listeningApi(t);
  const lossy = await startProxy(t, api, ({ method, url, body }) => {
    const isNetwork = (body as { network?: { name?: string } } | undefined)?.network?.name?.endsWith(
      '-mixed',
    );
    if (url.endsWith('/add_router_interface') || (method === 'POST' && isNetwork)) return 'lose';
    return anonymous(url) ?? 'pass';
  });
  const { report } = await gapOf(lossy, 'address-modes');
  assert.equal(report.cases[0]?.verdict, 'unverified');
  assert.match(report.cases[0].missing.join(), /got no answer/);
  assert.deepEqual(await left(t, api), []);
});

test('what a run left that was killed is removed from anywhere, and what another has is not', async (t) => {
  const api = await listeningApi(t);
  const watched = await watchedApi(t, api, () => child.kill('SIGKILL'));
  const child = startGap(watched, temporaryDirectory(t), 'v6-only');
  await once(child, 'exit');
  const admin = NeutronClient.at(api);
  t.after(() => admin.close());
  await admin.create('network', { name: 'sextant-gap-00000c-red' });
  const names = await left(t, api);
  const [, run] = /sextant-gap-(?!00000c)([0-9a-f]{6})-/.exec(names.join(' '))!;
  assert.ok(names.length > 2, `${names}`);
  const listed = await sextant('', `gap clean --endpoint ${api} --run ${run}`);
  assert.equal(listed.status, 2);
  assert.deepEqual(await left(t, api), names);
  // Nothing that the run kept on its machine is asked for.
  const cleaned = await sextant('', `gap clean --endpoint ${api} --run ${run} --yes`);
  assert.equal(cleaned.status, 0, cleaned.err);
  assert.deepEqual(await left(t, api), ['network sextant-gap-00000c-red']);
});

test('an API of IPv6 alone is reached by an address with a zone, which is this machine’s own', async (t) => {
  const api = await listeningApi(t);
  const hosts: unknown[] = [];
  const watched = await startProxy(t, api, ({ url, host }) => {
    hosts.push(host);
    return anonymous(url) ?? 'pass';
  });
  const { report, status } = await gapOf(watched.replace('[::1]', '[::1%25lo]'), 'address-management');
  assert.equal(status, 0);
  assert.ok(report.cases[0]!.evidence.length > 0 && report.cases[0]!.evidence.every(({ ok }) => ok));
  assert.deepEqual([...new Set(hosts)], [new URL(watched).host]);
  const without = await sextant('', 'gap --endpoint http://[fe80::1]:9696 --yes');
  assert.equal(without.status, 2);
  assert.match(without.err, /fe80::1%25/);
});

test('a clock that is off is named where it makes a certificate worthless', async (t) => {
  const directory = temporaryDirectory(t);
  // That clock is ten years ahead.
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 10 * 365 * 86_400_000 });
  const authority = await Authority.open(directory);
  t.mock.timers.reset();
  const [key, cert] = [authority.files.privateKey, authority.files.certificate].map((file) =>
    readFileSync(file, 'utf8'),
  );
  const server = https.createServer({ key, cert }, (_, response) => response.end('{}'));
  const endpoint = (await listen(t, server)).replace('http:', 'https:');
  const client = NeutronClient.at(endpoint, { tls: { ca: authority.certificate } });
  t.after(() => client.close());
  await assert.rejects(client.list('network'), (error) => {
    assert.ok(error instanceof NoAnswerError);
    assert.match(error.message, /certificate is not yet valid\. Here it is 20/);
    return true;
  });
});

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
