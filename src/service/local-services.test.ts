import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { announce, findLocalService, type LocalService } from './local-services.ts';

const service = (port: number, pid = process.pid): LocalService => ({
  endpoint: `http://[::1]:${port}`,
  pid,
  northbound: 'unix:/nb.sock',
  host: { switchDatabase: 'unix:/db.sock', namespace: 'sxt-e1', rundir: '/run' },
});

test('a service is found by its URL, whatever name of loopback that has, until it is taken back', () => {
  const withdraw = announce(service(9001));
  try {
    for (const url of ['http://[::1]:9001', 'http://localhost:9001/v2.0', 'http://127.0.0.1:9001/']) {
      assert.deepEqual(findLocalService(url), service(9001), url);
    }
    assert.equal(findLocalService('http://[::1]:9002'), undefined);
    assert.equal(findLocalService('https://[::1]:9001'), undefined);
    assert.equal(findLocalService('http://[2001:db8::1]:9001'), undefined);
  } finally {
    withdraw();
  }
  assert.equal(findLocalService('http://[::1]:9001'), undefined);
});

test('what a dead service left is not believed', () => {
  const { pid } = spawnSync('true');
  announce(service(9003, pid));
  assert.equal(findLocalService('http://[::1]:9003'), undefined);
});
