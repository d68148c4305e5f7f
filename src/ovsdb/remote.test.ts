import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatRemote, parseRemotes } from './remote.ts';

test('remotes of every kind are read, and written as they were', () => {
  const text = 'unix:/run/ovn/nb.sock,tcp:[fd00:ad::1]:6641,tcp:10.0.0.1:6641,ssl:ovn.example.org:6641';
  assert.deepEqual(parseRemotes(text), [
    { transport: 'unix', path: '/run/ovn/nb.sock' },
    { transport: 'tcp', host: 'fd00:ad::1', port: 6641 },
    { transport: 'tcp', host: '10.0.0.1', port: 6641 },
    { transport: 'ssl', host: 'ovn.example.org', port: 6641 },
  ]);
  assert.equal(parseRemotes(text).map(formatRemote).join(), text);
});

test('the port defaults to 6640', () => {
  assert.deepEqual(parseRemotes('tcp:[::1]'), [{ transport: 'tcp', host: '::1', port: 6640 }]);
});

for (const text of [
  '',
  'unix:',
  '/run/nb.sock',
  'udp:[::1]:1',
  'tcp:fd00::1:6641',
  'tcp:[fd00::g]:6641',
  'tcp:[::1]:0',
  'tcp:[::1]:70000',
  'tcp:',
]) {
  test(`"${text}" is refused, with the form that is wanted`, () => {
    assert.throws(() => parseRemotes(text), {
      message: /OVSDB remote ".*": .*; write unix:PATH, tcp:HOST:PORT/,
    });
  });
}
