import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openstackHistory } from '../report/openstack-history.ts';
import { useCaseTable } from '../report/use-case-page.ts';
import { useCases } from './registry.ts';

/** What scripts and checks depend on: an id stays what it is. */
const contract = [
  'multi-tenant',
  'v6-only',
  'provider-vlan',
  'routed-external',
  'dual-stack',
  'address-modes',
  'fixed-ip-stateful',
  'fixed-ip-slaac',
  'floating-ip',
  'sr-iov',
  'extensions',
  'metadata',
  'security-groups',
  'address-management',
  'anti-spoofing',
  'rogue-ra',
  'multiple-addresses',
  'mixed-networks',
  'prefix-delegation',
  'dvr',
  'nd-spoofing',
  'l3-ha',
  'ipv6-mostly',
];

test('the page on use cases says what they claim', () => {
  const page = readFileSync(new URL('../../../docs/reference/use-cases.md', import.meta.url), 'utf8');
  assert.ok(page.includes(useCaseTable(useCases)), 'run: node scripts/update-use-cases-page.ts');
});

test('the table in README says what they claim', () => {
  const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
  const [, table = ''] = /^USE CASE .*\n((?:.+\n)+)/m.exec(readme) ?? [];
  const rows = table
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {2,}/));
  assert.deepEqual(
    rows.map(([id, verdict, , , kilo, liberty]) => [id, verdict, kilo, liberty]),
    useCases.map(({ id, claim }) => [id, claim, openstackHistory[id].kilo, openstackHistory[id].liberty]),
  );
});

test('a use case that the documentation has run is one', () => {
  const root = new URL('../../../', import.meta.url).pathname;
  const pages = globSync(['README.md', 'docs/**/*.md'], { cwd: root });
  const named = pages.flatMap((page) =>
    Array.from(readFileSync(join(root, page), 'utf8').matchAll(/--case ([\w-]+)/g), ([, id]) => id!),
  );
  const known: readonly string[] = useCases.map(({ id }) => id);
  assert.ok(named.length > 0);
  assert.deepEqual(
    named.filter((id) => !known.includes(id)),
    [],
  );
});

test('every use case is there once, in the order of the table', () => {
  assert.deepEqual(
    useCases.map(({ id }) => id),
    contract,
  );
});

test('a row that is not yes says what is missing, and one that is yes misses nothing', () => {
  for (const { id, claim, missing } of useCases) assert.equal(claim === 'yes', missing.length === 0, id);
});
