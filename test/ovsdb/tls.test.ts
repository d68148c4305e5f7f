import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import pino from 'pino';
import { declareDatabase, OvsdbClient, OvsdbError } from '../../src/ovsdb/index.ts';
import { freePorts, northboundSchema, TestServer, temporaryDirectory } from '../support/ovsdb-server.ts';

const northbound = declareDatabase('OVN_Northbound', { Logical_Switch: { name: 'string' } });

/** A key and a certificate that vouches for itself. */
function makeIdentity(directory: string, name: string): { privateKey: string; certificate: string } {
  const privateKey = join(directory, `${name}-key.pem`);
  const certificate = join(directory, `${name}-cert.pem`);
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-subj',
      `/CN=${name}`,
      '-days',
      '2',
      '-keyout',
      privateKey,
      '-out',
      certificate,
    ],
    { stdio: 'ignore' },
  );
  return { privateKey, certificate };
}

test('over TLS both sides prove who they are', async (t) => {
  const directory = temporaryDirectory(t);
  const ours = makeIdentity(directory, 'ours');
  const strangers = makeIdentity(directory, 'strangers');
  const file = join(directory, 'nb.db');
  execFileSync('ovsdb-tool', ['create', file, northboundSchema]);
  const [port] = await freePorts(1);
  const server = new TestServer(t, file, `pssl:${port}:[::1]`, `ssl:[::1]:${port}`, [
    `--private-key=${ours.privateKey}`,
    `--certificate=${ours.certificate}`,
    `--ca-cert=${ours.certificate}`,
  ]);
  await server.start();

  /** Gives up after the first attempt that failed: that is what a warning says. */
  const connect = (identity: typeof ours, caCertificate: string) => {
    const failed = new AbortController();
    return OvsdbClient.connect({
      remote: server.remote,
      declaration: northbound,
      tls: { ...identity, caCertificate },
      log: pino({ level: 'warn' }, { write: () => failed.abort() }),
      signal: failed.signal,
    });
  };
  const client = await connect(ours, ours.certificate);
  t.after(() => client.close());
  const transaction = client.transaction();
  transaction.insert('Logical_Switch', { name: 's1' });
  await client.transact(transaction);
  assert.equal(client.table('Logical_Switch').size, 1);

  await assert.rejects(connect(ours, strangers.certificate), OvsdbError);
  await assert.rejects(connect(strangers, ours.certificate), OvsdbError);
});
