import assert from 'node:assert/strict';
import { test } from 'node:test';
import { publicKeyFile, publicKeysOf, userDataFile, userDataOf } from './file-flags.ts';

test('user data that is text goes as text, all else in base64', () => {
  assert.deepEqual(userDataOf(Buffer.from('#cloud-config\nä')), {
    user_data: '#cloud-config\nä',
    user_data_encoding: 'text',
  });
  const gzip = Buffer.from([0x1f, 0x8b, 0x08, 0x00]);
  assert.deepEqual(userDataOf(gzip), {
    user_data: gzip.toString('base64'),
    user_data_encoding: 'base64',
  });
  assert.deepEqual(userDataOf(Buffer.from('a\0b')).user_data_encoding, 'base64');
});

test('a file of keys: one in a line, with its comment or the name of the file as its name', () => {
  assert.deepEqual(publicKeysOf('# mine\nssh-rsa AAAA ann@home\n\n  ssh-rsa BBBB\n', 'id_rsa'), [
    { name: 'ann@home', key: 'ssh-rsa AAAA ann@home' },
    { name: 'id_rsa', key: 'ssh-rsa BBBB' },
  ]);
});

test('a file without a key is a usage error', () => {
  const empty = '/dev/null';
  assert.throws(() => publicKeyFile.body(empty, { idOf: async () => '' }), /\/dev\/null has no public key/);
});

test('a file that is not there is a usage error that names flag and file', () => {
  assert.throws(() => userDataFile.body('/nowhere', { idOf: async () => '' }), /--user-data: .*\/nowhere/);
});
