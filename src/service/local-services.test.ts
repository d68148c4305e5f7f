import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { announce, findLocalService, type LocalService } from './local-services.ts';

const directory = mkdtempSync(join(tmpdir(), 'sextant-services-'));
after(() => rmSync(directory, { recursive: true }));

const service = (port: number, pid = process.pid): LocalService => ({
  endpoint: `http://[::1]:${port}`,
  pid,
  northbound: 'unix:/nb.sock',
  host: {
    switchDatabase: 'unix:/db.sock',
    namespace: 'sxt-e1',
    rundir: '/run',
    securityGroupLog: '/var/lib/sextant/security-group.log',
  },
});

test('a service is found by its URL, whatever name of loopback that has, until it is taken back', () => {
  const withdraw = announce(service(9001), directory);
  try {
    for (const url of ['http://[::1]:9001', 'http://localhost:9001/v2.0', 'http://127.0.0.1:9001/']) {
      assert.deepEqual(findLocalService(url, directory), service(9001), url);
    }
    assert.equal(findLocalService('http://[::1]:9002', directory), undefined);
    assert.equal(findLocalService('http://[fe80::1%25eth0]:9001', directory), undefined);
    assert.equal(findLocalService('https://[::1]:9001', directory), undefined);
    assert.equal(findLocalService('http://[2001:db8::1]:9001', directory), undefined);
  } finally {
    withdraw();
  }
  assert.equal(findLocalService('http://[::1]:9001', directory), undefined);
});

test('one that ends while others are looked for keeps nobody from finding them', () => {
  const gone = join(directory, '1-9000.json');
  symlinkSync(join(directory, 'gone'), gone);
  const withdraw = announce(service(9002), directory);
  assert.deepEqual(findLocalService('http://[::1]:9002', directory), service(9002));
  withdraw();
  rmSync(gone);
});

test('what a dead service left is not believed', () => {
  const { pid } = spawnSync('true');
  announce(service(9003, pid), directory);
  assert.equal(findLocalService('http://[::1]:9003', directory), undefined);
});
