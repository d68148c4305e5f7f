import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startPrivateService } from '../../src/cli/private-service.ts';
import { NeutronClient } from '../../src/client/index.ts';
import { type Report, runGap, shortfalls, type Verdict } from '../../src/gap/index.ts';
import { remarks } from '../../src/gap/report/report.ts';
import type { Service } from '../../src/service/service.ts';
import { quiet } from '../support/stores.ts';

/** The verdicts that the packets have to give. */
const built: Readonly<Record<string, Verdict>> = {
  'multi-tenant': 'partial',
  'v6-only': 'partial',
  'dual-stack': 'yes',
  'address-modes': 'partial',
  'fixed-ip-stateful': 'yes',
  'fixed-ip-slaac': 'partial',
  'security-groups': 'partial',
  'address-management': 'partial',
  'anti-spoofing': 'yes',
  'multiple-addresses': 'partial',
  'mixed-networks': 'yes',
};

/** Evidence that is known to fail, with the userspace datapath at least. */
const knownFailures: readonly RegExp[] = [
  /^TCP into that network$/, // segmentation offload and a smaller MTU
  /ICMPv6 type 139, once a rule allows it$/, // connection tracking does not know the type
];

describe('the use cases with real packets', () => {
  const outputDir = mkdtempSync(join(tmpdir(), 'sextant-gap-'));
  let service: Service;
  let report: Report;
  const clientFor = (projectId: string, role: string) =>
    NeutronClient.at(service.endpoint, { headers: { 'X-Project-Id': projectId, 'X-Roles': role } });
  before(async () => {
    service = await startPrivateService(quiet);
    const { endpoint, host } = service;
    const options = { endpoint, host, engine: 'OVN', claims: true, clientFor, outputDir, log: quiet };
    report = await runGap({ ...options, progress: () => {} });
  });
  after(async () => {
    await service.stop();
    rmSync(outputDir, { recursive: true, force: true });
  });

  for (const [id, verdict] of Object.entries(built)) {
    it(`${id}: ${verdict}`, () => {
      const row = report.cases.find((one) => one.id === id)!;
      assert.equal(row.verdict, verdict, remarks(row).join('\n'));
    });
  }

  it('no other evidence fails than is known to', () => {
    const failed = report.cases.flatMap(({ id, evidence }) =>
      evidence.filter(({ ok }) => !ok).map(({ what, seen }) => ({ id, what, seen })),
    );
    const surprises = failed.filter(({ what }) => !knownFailures.some((known) => known.test(what)));
    assert.deepEqual(surprises, []);
  });

  it('the other rows are no, with what is missing', () => {
    for (const row of report.cases.filter(({ id }) => built[id] === undefined)) {
      assert.deepEqual([row.verdict, row.missing.length > 0], ['no', true], row.id);
    }
    assert.equal(report.cases.length, 22);
  });

  it('no row is less than is claimed', () => {
    assert.deepEqual(
      shortfalls(report).map(({ id }) => id),
      [],
    );
  });

  it('captured frames are kept where evidence names them', () => {
    const files = report.cases.flatMap(({ evidence }) => evidence.flatMap(({ pcap }) => pcap ?? []));
    assert.ok(files.length > 0);
    for (const file of files) assert.ok(existsSync(join(outputDir, file)), file);
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
