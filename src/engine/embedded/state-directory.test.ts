import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { makePrivateDirectory } from './state-directory.ts';

describe('a directory of the service', () => {
  const root = mkdtempSync(join(tmpdir(), 'sextant-private-'));
  after(() => rmSync(root, { recursive: true }));
  const modeOf = (path: string): number => statSync(path).mode & 0o777;

  for (const [what, entries, mode] of [
    ['that is new', undefined, 0o700],
    ['that was empty', [], 0o700],
    ['of an earlier release', ['sextant.db', 'engine'], 0o700],
    ['of somebody else', ['photographs'], 0o755],
  ] as const) {
    it(`${what}: ${mode.toString(8)}`, () => {
      const path = join(root, what, 'state');
      if (entries) {
        mkdirSync(path, { recursive: true });
        chmodSync(path, 0o755);
        for (const entry of entries) writeFileSync(join(path, entry), '');
      }
      makePrivateDirectory(path);
      assert.equal(modeOf(path), mode);
    });
  }
});
