/** Measures what sign-ins take, and what a token adds to a request: `npm run bench:identity`. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { ADMIN_PASSWORD, byPassword, projectNamed, userNamed } from '../test/support/identity.ts';

const ROUNDS = 12;
const REQUESTS = 500;
const AT_ONCE = 20;
const SIGN_IN_ROUNDS = 10;
const agent = new http.Agent({ keepAlive: true });

interface Served {
  readonly process: ChildProcess;
  readonly port: number;
  readonly token: string | undefined;
}

async function start(program: string): Promise<Served> {
  const file = join(import.meta.dirname, '../test/support', program);
  const child = spawn(process.execPath, [file], { stdio: ['pipe', 'pipe', 'inherit'] });
  const line = await new Promise<string>((resolve) =>
    child.stdout.once('data', (data) => resolve(String(data))),
  );
  const [port, token] = line.trim().split(' ');
  return { process: child, port: Number(port), token };
}

async function ask(
  { port, token }: Served,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; ms: number }> {
  const began = performance.now();
  const headers = { ...(token !== undefined && { 'x-auth-token': token }) };
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '::1', port, path, method, headers, agent }, (response) => {
      response
        .resume()
        .once('end', () => resolve({ status: response.statusCode ?? 0, ms: performance.now() - began }));
    });
    request.once('error', reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Milliseconds of CPU that a process has used: clock ticks of 10 ms. */
function cpuMs({ process: { pid } }: Served): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((one, other) => one - other)[
    Math.min(values.length - 1, Math.floor(values.length * share))
  ] ?? 0;

const open = await start('api-process.ts');
const closed = await start('identity-process.ts');

/** Seconds and CPU of requests, in turns, so that both meet the same machine. */
async function compare(method: string, path: string, status: number, body?: () => unknown): Promise<void> {
  const times = new Map<Served, number[]>([
    [open, []],
    [closed, []],
  ]);
  const cpu = new Map<Served, number>();
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [served, all] of round % 2 ? times : [...times].reverse()) {
      const before = cpuMs(served);
      for (let count = 0; count < REQUESTS; count++) {
        const answer = await ask(served, method, path, body?.());
        if (answer.status !== status) throw new Error(`${method} ${path}: ${answer.status}`);
        if (round > 0) all.push(answer.ms);
      }
      if (round > 0) cpu.set(served, (cpu.get(served) ?? 0) + cpuMs(served) - before);
    }
  }
  const figures = [open, closed].map((served) => ({
    ms: quantile(times.get(served) ?? [], 0.5),
    cpuUs: ((cpu.get(served) ?? 0) * 1000) / (ROUNDS * REQUESTS),
  }));
  const [without, beside] = figures as [{ ms: number; cpuUs: number }, { ms: number; cpuUs: number }];
  const more = (one: number, other: number) => `${(((other - one) / one) * 100).toFixed(1)} %`;
  console.log(
    `${method} ${path.slice(0, 24)}: median ${without.ms.toFixed(3)} ms without identity, ${beside.ms.toFixed(3)} with (${more(without.ms, beside.ms)});`,
    `CPU ${without.cpuUs.toFixed(0)} us, ${beside.cpuUs.toFixed(0)} us (${more(without.cpuUs, beside.cpuUs)})`,
  );
}

/** Has no quota end the measurement: without identity there is none. */
async function liftQuota({ port, token = '' }: Served): Promise<void> {
  const headers = { 'x-auth-token': token };
  const own = await new Promise<{ project: { project_id: string } }>((resolve, reject) => {
    http
      .get({ host: '::1', port, path: '/v2.0/quotas/project', headers, agent }, (response) =>
        json(response).then((body) => resolve(body as { project: { project_id: string } }), reject),
      )
      .once('error', reject);
  });
  const path = `/v2.0/quotas/${own.project.project_id}`;
  const { status } = await ask({ ...closed, port, token }, 'PUT', path, { quota: { network: -1 } });
  if (status !== 200) throw new Error(`PUT ${path}: ${status}`);
}

async function signIns(): Promise<void> {
  const body = {
    auth: { identity: byPassword(userNamed('admin', ADMIN_PASSWORD)), scope: projectNamed('admin') },
  };
  const taken: number[] = [];
  const others: number[] = [];
  for (let round = 0; round < SIGN_IN_ROUNDS; round++) {
    let isOver = false;
    const all = Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        const answer = await ask(closed, 'POST', '/identity/v3/auth/tokens', body);
        if (answer.status !== 201) throw new Error(`sign-in: ${answer.status}`);
        taken.push(answer.ms);
      }),
    ).then(() => {
      isOver = true;
    });
    while (!isOver) others.push((await ask(closed, 'GET', '/v2.0/networks?name=none')).ms);
    await all;
  }
  const told = (values: readonly number[]) =>
    `median ${quantile(values, 0.5).toFixed(1)}, 95 % within ${quantile(values, 0.95).toFixed(1)}, slowest ${quantile(values, 1).toFixed(1)} ms`;
  console.log(`${AT_ONCE} sign-ins at once: ${told(taken)}`);
  console.log(`a list meanwhile: ${told(others)}`);
}

try {
  await liftQuota(closed);
  await compare('GET', '/v2.0/networks', 200);
  await compare('GET', '/v2.0/networks?name=none&fields=id', 200);
  await compare('POST', '/v2.0/networks', 201, () => ({ network: { name: 'n' } }));
  await signIns();
} finally {
  agent.destroy();
  for (const { process: child } of [open, closed]) child.stdin?.end();
}
