/** Horizon, served by Django itself, in a browser. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium, type Page } from 'playwright-core';
import { eventually } from '../../support/eventually.ts';
import { freePort } from '../../support/serve.ts';

/** The Debian package. */
export const HORIZON = 'openstack-dashboard';
const BROWSER = '/usr/bin/chromium';
/** Where the module with its settings is. */
const SETTINGS = fileURLToPath(new URL('.', import.meta.url));
/** What a page, or what it shows next, may take on a busy machine. */
const PATIENCE_MS = 120_000;

export interface Horizon extends AsyncDisposable {
  /** URL, to which paths are added. */
  readonly site: string;
  readonly page: Page;
}

/**
 * Starts Horizon and a browser, and installs them where they are not.
 * @param authUrl of the identity API, with its version
 */
export async function openHorizon(authUrl: string): Promise<Horizon> {
  await install();
  const stack = new AsyncDisposableStack();
  try {
    const port = await freePort();
    const site = `http://[::1]:${port}/`;
    const served = serve(authUrl, port);
    stack.defer(() => ended(served));
    await eventually('Horizon answers', async () => (await fetch(site, { redirect: 'manual' })).status < 500);
    const browser = await chromium.launch({ executablePath: BROWSER, args: ['--no-sandbox'] });
    stack.defer(() => browser.close());
    const page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    return { site, page, [Symbol.asyncDispose]: () => stack.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

async function install(): Promise<void> {
  const missing = [
    ...(existsSync('/usr/share/openstack-dashboard') ? [] : [HORIZON]),
    ...(existsSync(BROWSER) ? [] : ['chromium']),
  ];
  if (missing.length === 0) return;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await promisify(execFile)('apt-get', ['install', '--yes', '--no-install-recommends', ...missing], { env });
}

function serve(authUrl: string, port: number): ChildProcess {
  const words = ['-m', 'django', 'runserver', '--noreload', '--insecure', '--ipv6', `[::1]:${port}`];
  return spawn('/usr/bin/python3', words, {
    env: {
      PATH: process.env.PATH,
      PYTHONPATH: SETTINGS,
      PYTHONDONTWRITEBYTECODE: '1',
      DJANGO_SETTINGS_MODULE: 'sextant_settings',
      OS_AUTH_URL: authUrl,
      HORIZON_SECRET: randomBytes(32).toString('hex'),
    },
    stdio: 'ignore',
  });
}

async function ended(child: ChildProcess): Promise<void> {
  const exit = new Promise((resolve) => child.once('exit', resolve));
  if (child.exitCode === null && child.kill()) await exit;
}
