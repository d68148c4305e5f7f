import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { quiet } from '../../test/support/stores.ts';
import { EmbeddedEngine } from '../engine/index.ts';
import { loadConfiguration } from './configuration.ts';
import { openService } from './service.ts';

describe('a service whose state directory another process has', () => {
  const state = mkdtempSync(join(tmpdir(), 'sextant-claimed-'));
  after(() => rmSync(state, { recursive: true }));

  it('says so, and has opened no database by then', async () => {
    const claim = EmbeddedEngine.claim(join(state, 'engine'));
    const start = openService(loadConfiguration({ state, listen: '[::1]:0' }, {}), quiet);
    await assert.rejects(start, /is in use by process/);
    claim.release();
    assert.ok(!existsSync(join(state, 'sextant.db')));
    assert.equal(statSync(state).mode & 0o777, 0o700);
  });
});
