import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { suite, test } from 'node:test';
import { Address, eui64Address, linkLocalAddress, Mac, Prefix } from '../../src/addressing/index.ts';
import { DhcpClient } from '../../src/lab/clients/dhcp-client.ts';
import { resolverOf } from '../../src/lab/clients/resolver.ts';
import type { InstanceInterface } from '../../src/lab/instance/instance.ts';
import { Lab } from '../../src/lab/lab.ts';
import { type Advertised, RouterAdvertiser } from '../../src/lab/upstream/router-advertiser.ts';
import { waitUntil } from '../../src/lab/wait.ts';
import { type Dhcpv6Message, decodeDhcpv6, duidOfMac, encodeDhcpv6 } from '../../src/packets/dhcpv6.ts';
import { type Dhcpv6Option, findOption } from '../../src/packets/dhcpv6-options.ts';
import { type Frame, frame, ipv6, udp } from '../../src/packets/frame.ts';
import { DHCPV6_PORT } from '../../src/packets/udp-ports.ts';

const PREFIX = Prefix.parse('2001:db8:7::/64');
const LEASE = PREFIX.at(0x77n);
const DNS = Address.parse('2001:db8:7::53');
const macs = { vm: Mac.parse('fa:16:3e:00:00:01'), router: Mac.parse('fa:16:3e:00:00:02') };
const PATIENCE = 20_000;

/** Answers whoever asks on a link: one address, one DNS server, one search domain. */
function serveDhcpv6(on: InstanceInterface): void {
  const isQuestion = ({ network }: Frame): boolean =>
    network.kind === 'ipv6' &&
    network.upper.kind === 'udp' &&
    network.upper.datagram.destinationPort === DHCPV6_PORT.server;
  const capture = on.capture();
  capture.onReceived(isQuestion, ({ frame: question }) => {
    const { network } = question;
    assert(network.kind === 'ipv6' && network.upper.kind === 'udp');
    const answer = encodeDhcpv6(answerTo(decodeDhcpv6(network.upper.datagram.data)));
    const upper = udp(DHCPV6_PORT.server, DHCPV6_PORT.client, answer);
    on.send(frame(on.mac, question.source, ipv6(linkLocalAddress(on.mac), network.source, upper)));
  });
}

function answerTo({ type, transaction, options }: Dhcpv6Message): Dhcpv6Message {
  const client = findOption(options, 'client-id');
  const wanted = findOption(options, 'ia-na');
  const address: Dhcpv6Option = {
    kind: 'ia-address',
    address: LEASE,
    preferredLifetime: 600,
    validLifetime: 900,
    options: [],
  };
  const lease = { kind: 'ia-na', t1: 300, t2: 500, options: [address] } as const;
  return {
    type: type === 'solicit' ? 'advertise' : 'reply',
    transaction,
    options: [
      ...(client ? [client] : []),
      { kind: 'server-id', duid: duidOfMac(macs.router) },
      ...(wanted ? [{ ...lease, iaid: wanted.iaid }] : []),
      { kind: 'dns-servers', servers: [DNS] },
      { kind: 'domain-search', domains: ['a.example.org'] },
    ],
  };
}

/** An instance beside a router that advertises `flags`, and serves DHCPv6. */
async function beside(lab: Lab, flags: Advertised, autonomous: boolean): Promise<InstanceInterface> {
  const [vm, router] = await Promise.all([lab.instance('vm'), lab.instance('router')]);
  const [eth0, port] = vm.connect('eth0', macs.vm, { instance: router, device: 'eth0', mac: macs.router });
  port.up();
  eth0.up();
  serveDhcpv6(port);
  RouterAdvertiser.start(port, {
    routerLifetime: 1800,
    ...flags,
    options: [
      {
        kind: 'prefix-information',
        prefix: PREFIX,
        onLink: true,
        autonomous,
        prefersDelegation: false,
        validLifetime: 900,
        preferredLifetime: 600,
      },
      { kind: 'rdnss', lifetime: 900, servers: [Address.parse('2001:db8:7::54')] },
    ],
  });
  return eth0;
}

const resolver = async (eth0: InstanceInterface): Promise<string[]> => {
  const { servers, search } = await resolverOf(eth0.instance);
  return [...servers.map(String), ...search];
};

suite('clients of the distribution', { concurrency: true, timeout: 120_000 }, () => {
  test('dhclient takes a lease, and the machine never hears of its DNS server', {
    timeout: 60_000,
  }, async () => {
    await using lab = Lab.open();
    const machine = await readFile('/etc/resolv.conf', 'utf8');
    const eth0 = await beside(lab, { managed: true }, false);
    const client = await DhcpClient.dhclient(eth0, 'stateful');
    assert(await eth0.has(LEASE, PATIENCE), client.output);
    assert(
      await waitUntil(async () => (await resolver(eth0)).includes(String(DNS)), PATIENCE),
      client.output,
    );
    assert((await resolver(eth0)).includes('a.example.org'));
    assert.equal(await readFile('/etc/resolv.conf', 'utf8'), machine);
    await client.stop();
  });

  test('dhclient asks for no address where it is not to', async () => {
    await using lab = Lab.open();
    const eth0 = await beside(lab, { otherConfig: true }, true);
    const client = await DhcpClient.dhclient(eth0, 'stateless');
    assert(
      await waitUntil(async () => (await resolver(eth0)).includes(String(DNS)), PATIENCE),
      client.output,
    );
    assert(await eth0.has(eui64Address(PREFIX, macs.vm), PATIENCE));
    assert(!eth0.usable(6).some((address) => address.equals(LEASE)));
  });

  test('dhcpcd does what the flags say: a lease with M, RDNSS as well', async () => {
    await using lab = Lab.open();
    const eth0 = await beside(lab, { managed: true }, false);
    const client = DhcpClient.dhcpcd(eth0);
    assert(await eth0.has(LEASE, PATIENCE), client.output);
    const all = [String(DNS), '2001:db8:7::54', 'a.example.org'];
    const told = async () => {
      const settings = await resolver(eth0);
      return all.every((one) => settings.includes(one));
    };
    assert(await waitUntil(told, PATIENCE), `${await resolver(eth0)} ${client.output}`);
  });

  test('dhcpcd does SLAAC itself, by the MAC', async () => {
    await using lab = Lab.open();
    const eth0 = await beside(lab, { otherConfig: true }, true);
    const client = DhcpClient.dhcpcd(eth0);
    assert(await eth0.has(eui64Address(PREFIX, macs.vm), PATIENCE), client.output);
    assert(
      await waitUntil(async () => (await resolver(eth0)).includes(String(DNS)), PATIENCE),
      client.output,
    );
    assert(!eth0.usable(6).some((address) => address.equals(LEASE)));
  });
});
