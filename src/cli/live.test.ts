/** The command against the API itself, without an engine behind it. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { listeningApi, sextant } from '../../test/support/command.ts';

/** A runner of command lines that must succeed, on an empty API. */
async function start(t: TestContext): Promise<(line: string) => Promise<string>> {
  const endpoint = await listeningApi(t);
  return async (line) => {
    const { status, out, err } = await sextant(endpoint, line);
    assert.equal(status, 0, `${line}: ${err}`);
    return out;
  };
}

test('a routed dual-stack network from first command to last', async (t) => {
  const run = await start(t);
  await run('network create --provider-network-type vlan --provider-physical-network physnet1 blue');
  await run(
    'subnet create --network blue --subnet-range 2001:db8:0:1::/64 --ipv6-ra-mode slaac --ipv6-address-mode slaac v6',
  );
  await run('subnet create --network blue --subnet-range 192.0.2.0/24 --dns-nameserver 192.0.2.53 v4');
  await run('router create edge');
  await run('router add subnet edge v6');
  await run('router add subnet edge v4');
  const port = JSON.parse(
    await run('port create --network blue --mac-address fa:16:3e:00:00:01 web -f json'),
  );
  const addresses = port.fixed_ips.map(({ ip_address }: { ip_address: string }) => ip_address);
  assert.ok(addresses.includes('2001:db8:0:1:f816:3eff:fe00:1'), String(addresses));
  assert.equal(addresses.length, 2);

  await run('port set --allowed-address ip-address=2001:db8:0:1::100 --name www --tag prod web');
  const shown = JSON.parse(await run('port show www -f json'));
  assert.deepEqual(shown.tags, ['prod']);
  assert.equal(shown.allowed_address_pairs[0].ip_address, '2001:db8:0:1::100');
  await run('port unset --allowed-address ip-address=2001:db8:0:1::100 --all-tag www');
  assert.equal(await run('port show www -f value -c allowed_address_pairs -c tags'), '[]\n[]\n');

  const listed = JSON.parse(await run('port list --network blue --fixed-ip ip-address=192.0.2.1 -f json'));
  assert.equal(listed.length, 1);
  assert.equal(JSON.parse(await run('port list --router edge -f json')).length, 2);

  const routed = '--route destination=2001:db8:2::/48,gateway=2001:db8:0:1::2 edge';
  await run(`router add route ${routed}`);
  assert.match(await run('router show edge -f shell -c routes'), /^routes=".*2001:db8:2::\/48/);
  await run(`router remove route ${routed}`);
  assert.equal(await run('router show edge -f value -c routes'), '[]\n');
  assert.equal(await run('network list -f csv -c Name --sort-column Name --limit 1'), '"Name"\n"blue"\n');
  assert.match(await run('extension list -f csv -c Alias'), /^"standard-attr-tag"$/m);
  assert.equal(await run('floating ip pool list -f json'), '[]\n');
  assert.match(await run('--version'), /^\d+\.\d+\.\d+\n$/);

  await run('port delete www');
  await run('router remove subnet edge v4');
  await run('router remove subnet edge v6');
  await run('router delete edge');
  await run('network delete blue');
  assert.equal(await run('network list -f json'), '[]\n');
});

test('security groups and rules', async (t) => {
  const run = await start(t);
  await run('security group create --description "web servers" web');
  await run('security group create db');
  await run('security group rule create --protocol tcp --dst-port 443 --remote-ip ::/0 web');
  await run(
    'security group rule create --protocol tcp --dst-port 5432 --remote-group web --ethertype IPv6 db',
  );
  const rules = JSON.parse(await run('security group rule list --ingress web -f json'));
  assert.equal(rules.length, 1);
  assert.equal(rules[0]['Port Range'], '443:443');
  assert.equal(rules[0].Ethertype, 'IPv6');
  await run(`security group rule delete ${rules[0].ID}`);
  assert.equal(await run('security group rule list --ingress web -f value'), '');
  await run('security group set --name www web');
  await run('security group delete db www');
});
