/** DHCPv6 and router advertisements of the host, with the kernel alone, hostile clients, and changes of the network. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import pino from 'pino';
import { Address, linkLocalAddress, Mac, Prefix } from '../../src/addressing/index.ts';
import type { Answered, Create } from '../../src/client/index.ts';
import { HostLab } from '../../src/gap/index.ts';
import {
  advertisementIn,
  dhcpv6Solicit,
  messageToServer,
  optionsOf,
  toDhcpv6Servers,
} from '../../src/gap/kit/index.ts';
import { DhcpClient } from '../../src/lab/clients/dhcp-client.ts';
import type { InstanceInterface } from '../../src/lab/instance/instance.ts';
import { ALL_DHCPV6_SERVERS, decodeDhcpv6, duidOfMac, encodeDhcpv6 } from '../../src/packets/dhcpv6.ts';
import { type Frame, frame, ipv6, udp } from '../../src/packets/frame.ts';
import { multicastMac } from '../../src/packets/multicast.ts';
import { DHCPV6_PORT } from '../../src/packets/udp-ports.ts';
import { findLocalService } from '../../src/service/local-services.ts';
import { eventually } from '../support/eventually.ts';
import { freePort, processesWith, type Served, serve } from '../support/serve.ts';

describe('addressing services', () => {
  let directory: string;
  let served: Served;
  let lab: HostLab;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sextant-addressing-'));
    served = await serve(directory, await freePort());
    const { switchDatabase, namespace } = findLocalService(served.endpoint)!.host!;
    lab = new HostLab({ switchDatabase, namespace }, pino({ level: 'silent' }));
  });
  after(async () => {
    await lab?.close();
    await served?.stop();
    await rm(directory, { recursive: true });
  });

  const hostProcesses = () =>
    processesWith('cli/main.ts host', findLocalService(served.endpoint)!.host!.rundir);

  const subnet = (network: Answered<'network'>, cidr: string, wish: Partial<Create<'subnet'>>) =>
    served.client.create('subnet', { network_id: network.id, ip_version: 6, cidr, ...wish });
  const both = (mode: 'slaac' | 'dhcpv6-stateful') => ({ ipv6_ra_mode: mode, ipv6_address_mode: mode });

  /** A new instance on a network, its device up. */
  async function boot(
    network: Answered<'network'>,
    wish: Partial<Create<'port'>> = {},
    past?: 'past the guard',
  ): Promise<{ device: InstanceInterface; port: Answered<'port'> }> {
    const port = await served.client.create('port', { network_id: network.id, ...wish });
    const instance = await lab.instance('instance');
    const device = await lab.plug(port, instance, 'eth0', served.client, past);
    device.up();
    return { device, port };
  }

  it('has the kernel give up what a router no longer has', async () => {
    const network = await served.client.create('network', { name: 'renumbered' });
    const [staying, leaving] = [Prefix.parse('fd00:1::/64'), Prefix.parse('fd00:2::/64')];
    const subnets = [
      await subnet(network, `${staying}`, both('slaac')),
      await subnet(network, `${leaving}`, both('slaac')),
    ];
    const router = await served.client.create('router', { name: 'r' });
    for (const { id } of subnets) await served.client.addRouterInterface(router.id, { subnet_id: id });
    const { device } = await boot(network);
    const addressIn = (prefix: Prefix) =>
      device.addresses().find(({ address, tentative }) => prefix.contains(address) && !tentative);
    const hasDefault = () =>
      device.routes().some(({ destination, origin }) => destination.length === 0 && origin === 'ra');
    await eventually('an address of each prefix', () => !!addressIn(staying) && !!addressIn(leaving));
    assert.equal(addressIn(leaving)!.deprecated, false);

    await served.client.removeRouterInterface(router.id, { subnet_id: subnets[1]!.id });
    await eventually('the prefix is given up', () => addressIn(leaving)?.deprecated === true);
    assert(addressIn(leaving)!.validLifetime <= 2 * 3600);
    assert.equal(addressIn(staying)!.deprecated, false);
    assert(hasDefault());

    // It comes back, and with it the address.
    await served.client.addRouterInterface(router.id, { subnet_id: subnets[1]!.id });
    await eventually('the prefix is back', () => addressIn(leaving)?.deprecated === false);

    for (const { id } of subnets) await served.client.removeRouterInterface(router.id, { subnet_id: id });
    await eventually('the router is gone', () => !hasDefault());
    await eventually('its prefixes are', () =>
      [staying, leaving].every((prefix) => addressIn(prefix)?.deprecated === true),
    );
  });

  it('tells what subnets say, as the kernel and the wire have it', async () => {
    const network = await served.client.create('network', { name: 'told' });
    const told = await subnet(network, 'fd00:3::/64', {
      ...both('slaac'),
      gateway_ip: 'fd00:3::1',
      preferred_lifetime: 3600,
      valid_lifetime: 7200,
      ra_router_lifetime: 1800,
      ra_router_preference: 'high',
      pref64: '64:ff9b::/96',
      dns_nameservers: ['fd00::53', 'fd00::54'],
      dns_search_domains: ['a.example.org', 'example.org'],
      host_routes: [{ destination: 'fd00:33::/48', nexthop: 'fd00:3::1' }],
    });
    const router = await served.client.create('router', { name: 'r' });
    await served.client.addRouterInterface(router.id, { subnet_id: told.id });
    const port = await served.client.create('port', { network_id: network.id });
    const instance = await lab.instance('instance');
    const device = await lab.plug(port, instance, 'eth0', served.client);
    const capture = device.capture();
    device.up();
    const seen = await capture.waitFor((one) => (advertisementIn(one)?.routerLifetime ?? 0) > 0, 20_000);
    const advertisement = advertisementIn(seen!.frame)!;
    assert.deepEqual([advertisement.routerLifetime, advertisement.preference], [1800, 'high']);
    assert.equal(String(optionsOf(advertisement, 'pref64')[0]?.prefix), '64:ff9b::/96');
    assert.equal(String(optionsOf(advertisement, 'route-information')[0]?.prefix), 'fd00:33::/48');
    assert.equal(String(optionsOf(advertisement, 'rdnss')[0]?.servers), 'fd00::53,fd00::54');
    assert.deepEqual(optionsOf(advertisement, 'dnssl')[0]?.domains, ['a.example.org', 'example.org']);
    await eventually('the address has the lifetimes', () =>
      device.addresses().some(({ validLifetime: valid, preferredLifetime: preferred }) => {
        return valid > 3600 && valid <= 7200 && preferred > 1800 && preferred <= 3600;
      }),
    );
    // By way of the router, whose advertisement it was not.
    const ours = (await served.client.list('port', { device_id: router.id }))[0]!;
    const [gateway] = device.routes().filter(({ destination }) => destination.length === 0);
    assert.equal(String(gateway?.gateway), String(linkLocalAddress(Mac.parse(ours.mac_address))));
  });

  it('serves systemd-networkd: addresses at once by rapid commit, and a prefix', async () => {
    const network = await served.client.create('network', { name: 'networkd' });
    const { id } = await subnet(network, 'fd00:5::/64', both('dhcpv6-stateful'));
    const router = await served.client.create('router', { name: 'r' });
    await served.client.addRouterInterface(router.id, { subnet_id: id });
    const { device } = await boot(network, {
      fixed_ips: [{ ip_address: 'fd00:5::10' }, { ip_address: 'fd00:5::11' }],
      delegated_prefixes: ['2001:db8:77::/56'],
    });
    const capture = device.capture();
    const client = DhcpClient.networkd(device);
    for (const address of ['fd00:5::10', 'fd00:5::11'])
      assert(await device.has(Address.parse(address), 20_000), client.output);
    assert.match(client.output, /received delegated prefix 2001:db8:77::\/56/);
    await capture.settle();
    const asked = capture.observations.flatMap(({ frame: one }) => messageToServer(one)?.type ?? []);
    assert(asked.includes('solicit') && !asked.includes('request'), asked.join(' '));
  });

  it('tells dhcpcd of changes, which asks anew at once; also when the host process was dead meanwhile', async () => {
    const network = await served.client.create('network', { name: 'reconfigured' });
    const { id } = await subnet(network, 'fd00:6::/64', both('dhcpv6-stateful'));
    const router = await served.client.create('router', { name: 'r' });
    await served.client.addRouterInterface(router.id, { subnet_id: id });
    const [first, second, third] = ['fd00:6::10', 'fd00:6::11', 'fd00:6::12'] as const;
    const { device, port } = await boot(network, { fixed_ips: [{ ip_address: first }] });
    const capture = device.capture();
    const client = DhcpClient.dhcpcd(device, [6], ['option dhcp6_reconfigure_accept']);
    const has = (text: string) => device.has(Address.parse(text), 20_000);
    assert(await has(first), client.output);

    const move = (to: string) => served.client.update('port', port.id, { fixed_ips: [{ ip_address: to }] });
    await move(second);
    assert(await has(second), client.output);

    const [pid] = await hostProcesses();
    process.kill(pid!, 'SIGKILL');
    await move(third);
    assert(await has(third), client.output);
    await capture.settle();
    const sent = capture.observations.flatMap(({ frame: one }) => messageToServer(one)?.type ?? []);
    assert(sent.filter((type) => type === 'renew').length >= 2, sent.join(' '));
    assert.match(client.output, /accepted reconfigure key/);
  });

  it('takes an address down that its instance registers, and shows it as registered (RFC 9686)', async () => {
    const network = await served.client.create('network', { name: 'registering' });
    const modes = { ipv6_ra_mode: 'dhcpv6-stateless', ipv6_address_mode: 'dhcpv6-stateless' } as const;
    await subnet(network, 'fd00:9686::/64', modes);
    const { device, port } = await boot(network);
    const own = Address.parse('fd00:9686::5ca1');
    device.addAddress(own, 64);
    const capture = device.capture();
    const options = [
      { kind: 'client-id', duid: duidOfMac(device.mac) },
      { kind: 'ia-address', address: own, preferredLifetime: 600, validLifetime: 900, options: [] },
    ] as const;
    const inform = encodeDhcpv6({ type: 'addr-reg-inform', transaction: 9, options });
    const { client, server } = DHCPV6_PORT;
    const message = frame(
      device.mac,
      multicastMac(ALL_DHCPV6_SERVERS),
      ipv6(own, ALL_DHCPV6_SERVERS, udp(client, server, inform)),
    );
    const isReply = ({ network }: Frame): boolean =>
      network.kind === 'ipv6' &&
      network.destination.equals(own) &&
      network.upper.kind === 'udp' &&
      network.upper.datagram.destinationPort === client &&
      decodeDhcpv6(network.upper.datagram.data).type === 'addr-reg-reply';
    await eventually('it is answered', async () => {
      device.send(message);
      return (await capture.waitFor(isReply, 500)) !== undefined;
    });
    const origin = async () => {
      const { learned_addresses } = await served.client.show('port', port.id);
      return learned_addresses.find(({ ip_address }) => ip_address === `${own}`)?.origin;
    };
    await eventually('its port shows it', async () => (await origin()) === 'registration');
  });

  it('goes on whatever clients send', async () => {
    const network = await served.client.create('network', { name: 'hostile' });
    await subnet(network, 'fd00:4::/64', both('dhcpv6-stateful'));
    const victim = await boot(network);
    const attacker = await boot(network, {}, 'past the guard');
    const server = (await hostProcesses())[0];
    assert(server !== undefined);
    await attacker.device.waitForAddress(({ isLinkLocal }) => isLinkLocal, 10_000);
    for (const type of ['-1', '-4', '-8']) {
      const { status, stderr } = await attacker.device.instance.tryRun(
        ['atk6-fuzz_dhcps6', type, '-m', '-e', '500', 'eth0'],
        10_000,
      );
      assert.equal(status, 0, stderr);
    }
    attacker.device.send(...hostileFrames(attacker.device.mac));
    const address = Address.parse(victim.port.fixed_ips[0]!.ip_address!);
    const client = await DhcpClient.dhclient(victim.device, 'stateful');
    assert(await victim.device.has(address, 20_000), client.output);
    assert.deepEqual(await hostProcesses(), [server], 'it is the same process');
  });
});

/** Messages that are cut, that nest, that say they are longer than they are, from sources that are none. */
function hostileFrames(mac: Mac) {
  const server = Address.parse('fe80::a9fe:a9fe');
  const nested = Array.from({ length: 60 }).reduce<Uint8Array>(
    (inner) => Uint8Array.of(0, 4, (inner.length + 4) >> 8, (inner.length + 4) & 255, 0, 0, 0, 1, ...inner),
    new Uint8Array(),
  );
  const whole = encodeDhcpv6({
    type: 'solicit',
    transaction: 1,
    options: [
      { kind: 'client-id', duid: duidOfMac(mac) },
      { kind: 'option-request', codes: Array.from({ length: 200 }, (_, code) => code) },
      ...Array.from(
        { length: 20 },
        (_, iaid) => ({ kind: 'ia-na', iaid, t1: 0, t2: 0, options: [] }) as const,
      ),
    ],
  });
  const payloads = [
    new Uint8Array(),
    Uint8Array.of(1),
    Uint8Array.of(1, 0, 0, 1, 0, 1, 255, 255),
    Uint8Array.of(1, 0, 0, 1, ...nested),
    Uint8Array.of(12, 0, ...new Uint8Array(32), 0, 9, 0, whole.length, ...whole),
    ...Array.from({ length: 30 }, (_, index) => whole.subarray(0, index * 7)),
  ];
  const carry = (data: Uint8Array, source = linkLocalAddress(mac), to = server) =>
    frame(mac, Mac.parse('33:33:00:01:00:02'), ipv6(source, to, udp(546, DHCPV6_PORT.server, data)));
  return [
    ...payloads.map((data) => carry(data)),
    ...payloads.map((data) => carry(data, linkLocalAddress(mac), Address.parse('ff02::1:2'))),
    carry(whole, Address.parse('::')),
    carry(whole, Address.parse('ff02::1')),
    dhcpv6Solicit(mac),
    toDhcpv6Servers(mac, { type: 'reply', transaction: 1, options: [] }),
  ];
}
