import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serve } from '../../test/support/http-server.ts';
import { NeutronClient } from './neutron-client.ts';
import { EndpointError, originWithZone, readWebUrl } from './web-url.ts';

test('an address with a zone is a URL and a zone, however it is written', () => {
  for (const text of ['http://[fe80::1%25eth0]:9696/v2.0', 'http://[fe80::1%eth0]:9696/v2.0']) {
    const read = readWebUrl(text);
    assert.equal(read.url.href, 'http://[fe80::1]:9696/v2.0');
    assert.equal(read.zone, 'eth0');
    assert.equal(originWithZone(read), 'http://[fe80::1%25eth0]:9696');
  }
  assert.equal(readWebUrl('https://[2001:db8::1]').zone, undefined);
  assert.equal(originWithZone(readWebUrl('https://[2001:db8::1]:9696/x')), 'https://[2001:db8::1]:9696');
});

test('a link-local address without a zone leads nowhere, and is refused with the way out', () => {
  assert.throws(() => readWebUrl('http://[fe80::1]:9696'), /takes an interface: .*%25eth0/);
  assert.throws(() => readWebUrl('http://[fe80::1%25eth0:9696'), EndpointError);
});

test('requests go by the zone, which the server hears nothing of', async (t) => {
  const { endpoint, received } = await serve(t, () => [200, { network: { id: 'n1' } }]);
  const client = NeutronClient.at(endpoint.replace(']', '%25lo]'));
  t.after(() => client.close());
  assert.equal((await client.show('network', 'n1')).id, 'n1');
  assert.equal(received[0]?.headers.host, new URL(endpoint).host);
  assert.equal((await client.whereabouts()).endpoint, endpoint.replace(']', '%25lo]'));
});

test('an interface that is not there is said at once', () => {
  assert.throws(() => NeutronClient.at('http://[fe80::1%25nowhere]:9696'), /no interface nowhere/);
});
