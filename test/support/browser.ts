/** Chromium without a window, for a test: pages as people see them, by the DevTools protocol over a pipe. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

type Json = Record<string, unknown>;

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Json;
  readonly result?: Json;
  readonly error?: { readonly message: string };
}

/** The descriptors by which Chromium is spoken to with --remote-debugging-pipe. */
const TO_BROWSER = 3;
const FROM_BROWSER = 4;

export class BrowserPage {
  /** URLs that the page asked for. */
  readonly requests: string[] = [];
  readonly #process: ChildProcess;
  readonly #calls = new Map<number, (answer: Message) => void>();
  readonly #events = new Map<string, () => void>();
  #session: string | undefined;
  #count = 0;

  private constructor(process: ChildProcess) {
    this.#process = process;
    let rest = '';
    this.#stream(FROM_BROWSER).on('data', (octets: Buffer) => {
      const messages = (rest + octets.toString()).split('\0');
      rest = messages.pop() ?? '';
      for (const text of messages) this.#hear(JSON.parse(text) as Message);
    });
  }

  /** An empty page; it ends with the test. */
  static async open(t: TestContext): Promise<BrowserPage> {
    const profile = mkdtempSync(join(tmpdir(), 'sextant-browser-'));
    const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--remote-debugging-pipe'];
    const process = spawn('chromium', [...flags, `--user-data-dir=${profile}`], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    });
    t.after(async () => {
      if (process.exitCode === null && process.signalCode === null && process.pid !== undefined) {
        const exit = once(process, 'exit');
        await page.call('Browser.close');
        await exit;
      }
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    });
    await once(process, 'spawn').catch(() => assert.fail('chromium is not installed'));
    const page = new BrowserPage(process);
    const { targetId } = await page.call('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await page.call('Target.attachToTarget', { targetId, flatten: true });
    page.#session = sessionId as string;
    await page.call('Page.enable');
    await page.call('Network.enable');
    return page;
  }

  /** Shows what is under a URL, and waits until it is there. */
  async show(url: string): Promise<void> {
    const loaded = new Promise<void>((resolve) => this.#events.set('Page.loadEventFired', resolve));
    await this.call('Page.navigate', { url });
    await loaded;
  }

  /** Makes the page as wide as a phone or a desk's screen is. */
  async resize(width: number, height: number): Promise<void> {
    const mobile = width < 600;
    await this.call('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile });
  }

  /** The value of an expression in the page. */
  async evaluate(expression: string): Promise<unknown> {
    const { result, exceptionDetails } = await this.call('Runtime.evaluate', {
      expression,
      returnByValue: true,
    });
    assert.equal(exceptionDetails, undefined, JSON.stringify(exceptionDetails));
    return (result as Json).value;
  }

  /** Calls a method of the DevTools protocol. */
  async call(method: string, params: Json = {}): Promise<Json> {
    const id = ++this.#count;
    const answer = new Promise<Message>((resolve) => this.#calls.set(id, resolve));
    const sessionId =
      method.startsWith('Target.') || method.startsWith('Browser.') ? undefined : this.#session;
    this.#stream(TO_BROWSER).write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    const { result, error } = await answer;
    assert.equal(error, undefined, `${method}: ${error?.message}`);
    return result ?? {};
  }

  #hear({ id, method = '', params, ...answer }: Message): void {
    if (id !== undefined) this.#calls.get(id)?.(answer);
    this.#events.get(method)?.();
    if (method === 'Network.requestWillBeSent') this.requests.push((params?.request as { url: string }).url);
  }

  #stream(descriptor: number): NodeJS.ReadWriteStream {
    return this.#process.stdio[descriptor] as unknown as NodeJS.ReadWriteStream;
  }
}
