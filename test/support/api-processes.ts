/** Several processes of the API on one database. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Answer, Body } from './api.ts';

const program = fileURLToPath(new URL('api-process.ts', import.meta.url));

/** Sends a request to one of the processes. */
export type Call = (method: string, path: string, body?: unknown) => Promise<Pick<Answer, 'status' | 'body'>>;

export interface ApiProcess {
  readonly process: ChildProcess;
  readonly call: Call;
  stop(): Promise<void>;
}

/** Starts a process of the API on the database at `url`. */
export async function startApiProcess(url: string): Promise<ApiProcess> {
  const child = spawn(process.execPath, [program, url], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout.once('data', (chunk) => resolve(Number(chunk)));
    child.once('exit', () => reject(new Error('the API did not start')));
  });
  return {
    process: child,
    async call(method, path, body) {
      const response = await fetch(`http://[::1]:${port}${path}`, {
        method,
        ...(body !== undefined && {
          body: JSON.stringify(body),
          headers: { 'content-type': 'application/json' },
        }),
      });
      const text = await response.text();
      return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Body };
    },
    async stop() {
      child.stdin.end();
      await exited;
    },
  };
}
