import type { TestContext } from 'node:test';

const stacks = new WeakMap<TestContext, AsyncDisposableStack>();

/** Closes something after the test, before what was opened earlier. */
export function afterwards(t: TestContext, close: () => Promise<unknown>): void {
  const stack = stacks.getOrInsertComputed(t, () => {
    const fresh = new AsyncDisposableStack();
    t.after(() => fresh.disposeAsync());
    return fresh;
  });
  stack.defer(async () => {
    await close();
  });
}
