import type { TestContext } from 'node:test';

const closers = new WeakMap<TestContext, (() => Promise<unknown>)[]>();

/** Closes something after the test, before what was opened earlier. */
export function afterwards(t: TestContext, close: () => Promise<unknown>): void {
  const known = closers.get(t);
  if (known !== undefined) {
    known.push(close);
    return;
  }
  const list = [close];
  closers.set(t, list);
  t.after(async () => {
    for (const next of list.reverse()) await next();
  });
}
