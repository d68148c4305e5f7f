import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startPrivateService } from '../../src/cli/private-service.ts';
import { NeutronClient } from '../../src/client/index.ts';
import { type GapReport, remarks, runGap, useCases } from '../../src/gap/index.ts';
import { toolsByUseCase } from '../../src/gap/use-cases/first-hop/attack-tools/tool-catalogue.ts';
import { setPatience } from '../../src/lab/index.ts';
import type { Service } from '../../src/service/service.ts';
import { quiet } from '../support/stores.ts';

/** Other tests run beside this one, and all use cases at once: who waits for what comes is none the slower for it. */
const PATIENCE = 3;

describe('the use cases with real packets', () => {
  const outputDir = mkdtempSync(join(tmpdir(), 'sextant-gap-'));
  let service: Service;
  let report: GapReport;
  const clientFor = (projectId: string, role: string) =>
    NeutronClient.at(service.endpoint, { headers: { 'X-Project-Id': projectId, 'X-Roles': role } });
  before(async () => {
    setPatience(PATIENCE);
    service = await startPrivateService(quiet);
    const { endpoint, host } = service;
    const options = { endpoint, host, engine: 'OVN', claims: true, clientFor, outputDir, log: quiet };
    report = await runGap({ ...options, progress: () => {} });
  });
  after(async () => {
    await service.stop();
    rmSync(outputDir, { recursive: true, force: true });
  });

  for (const { id, claim } of useCases) {
    it(`${id}: ${claim}, as is claimed`, () => {
      const row = report.cases.find((one) => one.id === id)!;
      // There is one host: what takes several is not tried.
      const expected = claim === 'yes' && row.untried.length > 0 ? 'partial' : claim;
      assert.equal(row.verdict, expected, remarks(row).join('\n'));
    });
  }

  it('all evidence is as expected', () => {
    const failed = report.cases.flatMap(({ id, evidence }) =>
      evidence.filter(({ ok }) => !ok).map(({ what, expected, seen }) => ({ id, what, expected, seen })),
    );
    assert.deepEqual(failed, []);
  });

  it('every program for attacks was run', () => {
    for (const [id, tools] of Object.entries(toolsByUseCase)) {
      const row = report.cases.find((one) => one.id === id)!;
      for (const { name } of tools) {
        assert.ok(
          row.evidence.some(({ what }) => what.startsWith(`${name}: `)),
          `${name} is not installed`,
        );
      }
    }
  });

  it('captured frames are kept where evidence names them', () => {
    const files = report.cases.flatMap(({ evidence }) => evidence.flatMap(({ pcap }) => pcap ?? []));
    assert.ok(files.length > 0);
    for (const file of files) assert.ok(existsSync(join(outputDir, file)), file);
    const captures = report.cases.flatMap(({ evidence }) => evidence.flatMap(({ capture }) => capture ?? []));
    assert.equal(captures.length, files.length);
    for (const { frames, more } of captures) assert.ok(frames.length > 0 || more === 0);
  });

  it('what was tried with packets says on what', () => {
    for (const { id, evidence, topology } of report.cases) {
      if (evidence.length > 0) assert.ok(topology && topology.instances.length > 0, id);
    }
  });

  it('nothing is left in the API', async () => {
    const admin = clientFor('default', 'admin');
    for (const name of ['network', 'subnet', 'port', 'router', 'security_group'] as const) {
      const ofTenants = (await admin.list(name)).filter(({ project_id }) => project_id.startsWith('gap-'));
      assert.deepEqual(ofTenants, [], name);
    }
    admin.close();
  });
});
