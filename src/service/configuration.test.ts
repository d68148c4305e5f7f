import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { ConfigurationError, hostEnvironment, loadConfiguration, type Overrides } from './configuration.ts';
import { configurationKeys } from './configuration-keys.ts';

const directory = mkdtempSync(join(tmpdir(), 'sextant-configuration-'));
after(() => rmSync(directory, { recursive: true }));
let files = 0;
function file(text: string): string {
  const path = join(directory, `${++files}.yaml`);
  writeFileSync(path, text);
  return path;
}

const refused = (overrides: Overrides, environment: NodeJS.ProcessEnv, ...words: string[]) =>
  assert.throws(
    () => loadConfiguration(overrides, environment),
    (error) => {
      assert.ok(error instanceof ConfigurationError, String(error));
      for (const word of words) assert.ok(error.message.includes(word), `'${error.message}' lacks '${word}'`);
      return true;
    },
  );

describe('the configuration', () => {
  it('needs nothing to be given', () => {
    const configuration = loadConfiguration({}, {});
    assert.deepEqual(configuration.listen, { host: '::1', port: 9696 });
    assert.ok(configuration.storeUrl.startsWith('sqlite:/'));
    assert.equal(configuration.engine.mode, 'embedded');
  });
  it('takes flags over the environment over the file', () => {
    const config = file('listen: "[::1]:1"\nlog: {level: debug}\nnetwork:\n  physical_networks: [a, b]\n');
    const environment = { SEXTANT_LISTEN: '[::1]:2', SEXTANT_NETWORK_MTU: '9000' };
    assert.equal(loadConfiguration({ config }, {}).listen.port, 1);
    assert.equal(loadConfiguration({ config }, environment).listen.port, 2);
    const configuration = loadConfiguration({ config, listen: '127.0.0.1:3' }, environment);
    assert.deepEqual(configuration.listen, { host: '127.0.0.1', port: 3 });
    assert.equal(configuration.logLevel, 'debug');
    const { physicalNetworks, mtu } = configuration.network;
    assert.deepEqual({ physicalNetworks, mtu }, { physicalNetworks: ['a', 'b'], mtu: 9000 });
  });
  it('has ranges of segmentation ids, and all VLANs of physical networks without any', () => {
    const environment = {
      SEXTANT_NETWORK_PHYSICAL_NETWORKS: 'a,b',
      SEXTANT_NETWORK_SEGMENT_RANGES: 'vxlan:10:20, vlan:a:100:199',
    };
    assert.deepEqual(loadConfiguration({}, environment).network.segmentRanges, [
      { type: 'vxlan', physicalNetwork: null, minimum: 10, maximum: 20 },
      { type: 'vlan', physicalNetwork: 'a', minimum: 100, maximum: 199 },
      { type: 'vlan', physicalNetwork: 'b', minimum: 1, maximum: 4094 },
    ]);
    for (const wrong of ['flat:1:2', 'vxlan:1', 'vlan:1:2', 'gre:0:5', 'gre:5:4', 'vxlan:1:16777216'])
      refused({}, { SEXTANT_NETWORK_SEGMENT_RANGES: wrong }, 'SEXTANT_NETWORK_SEGMENT_RANGES', wrong);
    refused(
      {},
      { SEXTANT_NETWORK_SEGMENT_RANGES: 'vlan:c:1:2' },
      'network.segment_ranges',
      "'c'",
      'physnet1',
    );
  });
  it('has tunnels over what hosts are listened for by, unless it says otherwise', () => {
    const familyWith = (environment: NodeJS.ProcessEnv) =>
      loadConfiguration({}, environment).network.underlayFamily;
    assert.equal(familyWith({}), 6);
    assert.equal(familyWith({ SEXTANT_HOSTS_LISTEN: '192.0.2.1:9697' }), 4);
    assert.equal(familyWith({ SEXTANT_NETWORK_OVERLAY_IP_VERSION: '4' }), 4);
    refused({}, { SEXTANT_NETWORK_OVERLAY_IP_VERSION: '5' }, 'it must be 6 or 4');
  });
  it('has tunnels encrypted where there are hosts that can know each other', () => {
    const hosts = { SEXTANT_HOSTS_LISTEN: '[2001:db8::1]:9697' };
    const ipsec = { SEXTANT_ENGINE_ENCRYPTION: 'ipsec', ...hosts };
    const encryptionWith = (environment: NodeJS.ProcessEnv) =>
      loadConfiguration({}, environment).engine.encryption;
    assert.deepEqual(
      [encryptionWith({}), encryptionWith(hosts), encryptionWith(ipsec)],
      ['none', 'none', 'ipsec'],
    );
    refused({}, { SEXTANT_ENGINE_ENCRYPTION: 'wireguard' }, 'SEXTANT_ENGINE_ENCRYPTION', 'none', 'ipsec');
    refused({}, { SEXTANT_ENGINE_ENCRYPTION: 'ipsec' }, 'engine.encryption', 'hosts.listen');
    const tunnels = { SEXTANT_HOSTS_TUNNEL_ADDRESS: '2001:db8::1', SEXTANT_ENGINE_NAMESPACE: 'host' };
    refused({}, { ...ipsec, ...tunnels }, 'engine.encryption', 'hosts.tunnel_address', 'join as a host');
    const external = { SEXTANT_ENGINE_MODE: 'external', SEXTANT_ENGINE_NORTHBOUND: 'tcp:[::1]:6641' };
    refused({}, { SEXTANT_ENGINE_ENCRYPTION: 'ipsec', ...external }, 'engine.encryption', 'external engine');
    refused({}, { ...ipsec, SEXTANT_NETWORK_MTU: '1394' }, 'network.mtu', '1395');
    assert.equal(encryptionWith({ ...ipsec, SEXTANT_NETWORK_MTU: '1395' }), 'ipsec');
  });
  it('listens anywhere where users sign in', () => {
    const environment = { SEXTANT_AUTH_MODE: 'builtin', SEXTANT_AUTH_ADMIN_PASSWORD: 'long enough' };
    const { listen, auth } = loadConfiguration({ listen: '[::]:9696' }, environment);
    assert.equal(listen.host, '::');
    assert.deepEqual(auth, {
      adminPassword: 'long enough',
      tokenSeconds: 3600,
      publicUrl: '',
      keystone: undefined,
    });
  });
  it('does not repeat a password that cannot be used', () => {
    const load = () => loadConfiguration({}, { SEXTANT_AUTH_ADMIN_PASSWORD: 'tiny' });
    assert.throws(load, /^(?!.*tiny).*SEXTANT_AUTH_ADMIN_PASSWORD.*8 characters/);
  });
  it('names the key, the value and the way out of what is wrong', () => {
    refused({ config: file('lisen: x') }, {}, "'lisen'", 'listen');
    refused({ config: file('a: [') }, {}, '.yaml');
    refused({ config: join(directory, 'none.yaml') }, {}, 'none.yaml');
    refused({ listen: '::1' }, {}, '--listen', "'::1'", '[::1]:9696');
    refused({ listen: '[::]:9696' }, {}, 'loopback', 'auth.mode builtin');
    refused({}, { SEXTANT_AUTH_MODE: 'keystone' }, 'auth.keystone.url');
    const url = { SEXTANT_AUTH_MODE: 'keystone', SEXTANT_AUTH_KEYSTONE_URL: 'http://[::1]:5000' };
    refused({}, url, 'auth.keystone.password');
    refused({}, { SEXTANT_AUTH_MODE: 'ldap' }, 'SEXTANT_AUTH_MODE', 'builtin');
    refused({}, { SEXTANT_AUTH_TOKEN_SECONDS: '100000' }, 'SEXTANT_AUTH_TOKEN_SECONDS', '86400');
    refused({}, { SEXTANT_AUTH_PUBLIC_URL: 'here' }, 'SEXTANT_AUTH_PUBLIC_URL', "'here'");
    refused({}, { SEXTANT_NETWORK_MTU: '1200' }, 'SEXTANT_NETWORK_MTU', '1358');
    refused({}, { SEXTANT_ENGINE_MODE: 'external' }, 'engine.northbound');
    refused({}, { SEXTANT_ENGINE_TLS_KEY: 'k' }, 'engine.tls');
    refused({}, { SEXTANT_NETWORK_PHYSICAL_NETWORKS: 'a b' }, "'a b'");
    refused({}, { SEXTANT_METADATA_URL: 'nova' }, 'SEXTANT_METADATA_URL', "'nova'");
    refused({}, { SEXTANT_METADATA_URL: 'http://nova:8775' }, 'metadata.secret');
    refused({}, { SEXTANT_DNS_FORWARDERS: '::1,resolver' }, "'resolver'");
  });
  it('is handed to a host as it is', () => {
    const given = loadConfiguration(
      {},
      {
        SEXTANT_METADATA_URL: 'http://[2001:db8::8]:8775',
        SEXTANT_METADATA_SECRET: 's',
        SEXTANT_DNS_FORWARDERS: '2001:db8::53, 192.0.2.53',
      },
    );
    const { metadata, dnsForwarders } = loadConfiguration({}, hostEnvironment(given));
    assert.deepEqual(metadata, { url: 'http://[2001:db8::8]:8775', secret: 's' });
    assert.deepEqual(dnsForwarders, ['2001:db8::53', '192.0.2.53']);
    assert.equal(loadConfiguration({}, hostEnvironment(loadConfiguration({}, {}))).metadata, undefined);
  });
  it('tells Nova where that is, by a user where the service’s own identity gives the token', () => {
    const novaOf = (environment: NodeJS.ProcessEnv) => loadConfiguration({}, environment).nova;
    assert.equal(novaOf({}), undefined);
    const url = 'http://[2001:db8::8]:8774/v2.1';
    assert.equal(novaOf({ SEXTANT_NOVA_URL: url })?.url, url);
    const builtin = { SEXTANT_AUTH_MODE: 'builtin', SEXTANT_NOVA_URL: 'catalog' };
    assert.throws(() => novaOf(builtin), /nova.password/);
    const { password, ...rest } = novaOf({ ...builtin, SEXTANT_NOVA_PASSWORD: 'secret' })!;
    assert.equal(password, 'secret');
    assert.deepEqual(rest, { url: 'catalog', region: '', user: 'sextant', project: 'service' });
    assert.throws(() => novaOf({ SEXTANT_NOVA_URL: 'catalog' }), /nova.url/);
    assert.throws(() => novaOf({ SEXTANT_NOVA_URL: 'nova' }), /SEXTANT_NOVA_URL/);
  });

  it('has no quotas where anybody may do anything, those of Neutron where users sign in', () => {
    const quotasOf = (environment: NodeJS.ProcessEnv) => loadConfiguration({}, environment).quotas;
    const builtin = { SEXTANT_AUTH_MODE: 'builtin' };
    assert.equal(quotasOf({}).port, -1);
    assert.deepEqual([quotasOf(builtin).port, quotasOf(builtin).subnetpool], [500, -1]);
    assert.equal(quotasOf({ SEXTANT_QUOTA_PORT: '7' }).port, 7);
    for (const text of ['-2', 'many', '1.5'])
      assert.throws(
        () => quotasOf({ SEXTANT_QUOTA_SECURITY_GROUP_RULE: text }),
        /SEXTANT_QUOTA_SECURITY_GROUP_RULE.*it must be a number from 0, or -1/,
      );
  });
  it('is documented in full', () => {
    const page = readFileSync(new URL('../../docs/reference/configuration.md', import.meta.url), 'utf8');
    for (const { path, variable, preset, doc } of configurationKeys) {
      const row = `| \`${path}\` | \`${variable}\` | ${preset && `\`${preset}\``} | ${doc} |`;
      assert.ok(page.includes(row), `the page lacks: ${row}`);
    }
  });
});
