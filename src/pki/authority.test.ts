import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  Authority,
  CertificateError,
  fingerprintOf,
  isDue,
  makeKey,
  readCertificate,
  requestFor,
} from './index.ts';

const directory = mkdtempSync(join(tmpdir(), 'sextant-pki-'));
after(() => rmSync(directory, { recursive: true }));

test('an authority has the service’s certificate, and is the same when it is opened again', async () => {
  const place = join(directory, 'one');
  const authority = await Authority.open(place);
  const service = new X509Certificate(readFileSync(authority.files.certificate));
  assert.ok(service.verify(new X509Certificate(authority.certificate).publicKey));
  assert.deepEqual(service.keyUsage, ['1.3.6.1.5.5.7.3.1']);
  assert.equal(statSync(authority.files.privateKey).mode & 0o777, 0o600);
  assert.equal(statSync(join(place, 'ca.key')).mode & 0o777, 0o600);
  const again = await Authority.open(place);
  assert.equal(again.fingerprint, authority.fingerprint);
  assert.equal(readFileSync(again.files.certificate, 'utf8'), service.toString());
});

/** Whether one of the authorities that are believed signed a certificate. */
const isTrusted = (authority: Authority, pem: string): boolean =>
  authority.trusted
    .match(/-----BEGIN[^-]*-----[^-]*-----END[^-]*-----/g)!
    .some((ca) => new X509Certificate(pem).verify(new X509Certificate(ca).publicKey));

test('a host is called what the authority says, not what its request asks for, and can only be a client', async () => {
  const authority = await Authority.open(join(directory, 'two'));
  const key = join(directory, 'host.key');
  makeKey(key);
  const signed = await Promise.all(
    ['h1', 'h2'].map(async (name) => {
      const candidate = await authority.candidate(await requestFor(key, 'sextant service'), name);
      assert.ok(!isTrusted(authority, candidate.certificate), 'it is not let in yet');
      assert.equal(authority.admit(candidate), false);
      return candidate.certificate;
    }),
  );
  for (const [index, pem] of signed.entries()) {
    const certificate = new X509Certificate(pem);
    assert.ok(isTrusted(authority, pem));
    assert.ok(!certificate.verify(new X509Certificate(authority.certificate).publicKey));
    assert.equal(readCertificate(pem).name, `h${index + 1}`);
    assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.2']);
    assert.equal(certificate.ca, false);
    assert.ok(certificate.validFromDate < new Date(Date.now() - 3_600_000), 'clocks may be an hour behind');
  }
  assert.notEqual(fingerprintOf(signed[0]!), fingerprintOf(signed[1]!));
  assert.deepEqual(
    readdirSync(join(directory, 'two')).filter((file) => /^[0-9A-F]+\.pem$/.test(file)),
    [],
  );
});

test('what is no request is not signed', async () => {
  const authority = await Authority.open(join(directory, 'three'));
  await assert.rejects(authority.candidate('nothing', 'h1'), CertificateError);
  await assert.rejects(authority.renew('nothing', 'h1'), CertificateError);
  assert.deepEqual(readdirSync(join(directory, 'three', 'hosts')), []);
});

test('a host that is believed no more takes its authority with it, and those of others stay', async () => {
  const place = join(directory, 'four');
  const authority = await Authority.open(place);
  const key = join(directory, 'another.key');
  makeKey(key);
  const request = await requestFor(key, 'h');
  const admitted = async (name: string) => {
    const candidate = await authority.candidate(request, name);
    return { isReplaced: authority.admit(candidate), pem: candidate.certificate };
  };
  const [one, two] = [await admitted('h1'), await admitted('h2')];
  const renewed = await authority.renew(request, 'h1');
  assert.ok(isTrusted(authority, renewed) && isTrusted(authority, one.pem));
  const again = await admitted('h1');
  assert.equal(again.isReplaced, true);
  assert.ok(isTrusted(authority, again.pem));
  for (const former of [one.pem, renewed]) assert.ok(!isTrusted(authority, former));

  authority.dismiss(await authority.candidate(request, 'h3'));
  await authority.candidate(request, 'h4');
  assert.deepEqual(authority.hosts().sort(), ['h1', 'h2']);
  authority.distrust(['h1']);
  assert.ok(!isTrusted(authority, again.pem) && isTrusted(authority, two.pem));
  assert.deepEqual(authority.hosts().sort(), ['h1', 'h2'], 'to be gone on with');
  authority.forget(['h1']);
  const reopened = await Authority.open(place);
  assert.deepEqual(reopened.hosts(), ['h2']);
  assert.ok(!isTrusted(reopened, again.pem) && isTrusted(reopened, two.pem));
  assert.deepEqual(readdirSync(join(place, 'hosts')), ['h2'], 'who did not come in is forgotten');
});

test('a certificate is due when two thirds of its life are over', () => {
  const life = { from: new Date(0), until: new Date(3_000) };
  assert.ok(!isDue(life, new Date(1_999)));
  assert.ok(isDue(life, new Date(2_001)));
});
