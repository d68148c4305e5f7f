/** Three machines that join a service over an underlay of IPv6 alone, and what goes between them. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { Address, Mac } from '../../src/addressing/index.ts';
import { LabHosts } from '../../src/cli/lab-hosts.ts';
import type { Answered } from '../../src/client/index.ts';
import { processesOf } from '../../src/engine/embedded/state-directory.ts';
import { HostLab } from '../../src/gap/index.ts';
import {
  httpProbe,
  type InstanceInterface,
  Lab,
  type LabInstance,
  type LabMachine,
  ping,
  SwitchConnection,
  TcpEcho,
  tcpProbe,
} from '../../src/lab/index.ts';
import { findLink, kernelAddresses, NetlinkSocket } from '../../src/linux/index.ts';
import { eventually } from '../support/eventually.ts';
import { describeMovingInstance } from './moving-instance.ts';
import { describeMovingOutside } from './moving-outside.ts';
import { describeRestartedParts } from './restarted-parts.ts';
import { ask, makeToken, silent, southboundStatus } from './support.ts';

const GENEVE_PORT = 6081;

interface Placed {
  readonly instance: LabInstance;
  readonly device: InstanceInterface;
  readonly port: Answered<'port'>;
  readonly address: Address;
}

describe('three hosts on an underlay of IPv6 alone', () => {
  let world: LabHosts;
  let machines: LabMachine[];
  const labs: HostLab[] = [];
  let usedUp: string;

  before(async () => {
    world = await LabHosts.open(silent);
    machines = ['h1', 'h2', 'h3'].map((name) => world.fabric.machine(name));
    usedUp = await makeToken(world, { uses: 3 });
    await Promise.all(machines.map((machine) => world.joinAs(machine, usedUp)));
    for (const machine of machines) labs.push(new HostLab(world.hostOn(machine), silent));
  });
  after(async () => {
    for (const lab of labs) await lab.close();
    await world?.[Symbol.asyncDispose]();
  });

  async function place(at: number, networkId: string, wish: object = {}): Promise<Placed> {
    const port = await world.client.create('port', { network_id: networkId, ...wish });
    const lab = labs[at]!;
    const instance = await lab.instance(`vm${at}`);
    const device = await lab.plug(port, instance, 'eth0', world.client);
    const address = Address.parse(port.fixed_ips[0]!.ip_address!);
    device.up();
    device.addAddress(address, 64);
    return { instance, device, port, address };
  }

  async function makeNetwork(cidr: string): Promise<string> {
    const network = await world.client.create('network', { name: cidr });
    await world.client.create('subnet', { network_id: network.id, ip_version: 6, cidr });
    return network.id;
  }

  const endOf = async (token: string): Promise<string> =>
    (await world.client.show('host_token', token.split('.')[0]!)).expires_at;

  /** Asks the southbound database as a host's controller would; again when the one second is over that the command has for its connection. */
  async function onSouthbound(machine: LabMachine, ...words: string[]): Promise<string> {
    const pki = `${world.stateOf(machine)}/pki`;
    const remote = `--db=ssl:[${world.fabric.address}]:6642`;
    const files = ['-p', `${pki}/host.key`, '-c', `${pki}/host.pem`, '-C', `${pki}/ca.pem`];
    for (let tries = 5; ; tries--) {
      try {
        return await machine.run(['ovn-sbctl', remote, ...files, ...words]);
      } catch (error) {
        if (tries === 0 || !/database connection failed/.test(String(error))) throw error;
      }
    }
  }

  const reaches = (from: Placed, to: Placed) => async () =>
    (await ping(from.instance, to.address, { device: 'eth0' })).received > 0;

  it('lists them with their certificates, and who has heard of them', async () => {
    await eventually('all have been heard of', async () => {
      const hosts = await world.client.list('agent', {});
      return machines.every(({ name, address }) =>
        hosts.some(
          ({ host, alive, configurations, certificate_expires_at: end }) =>
            host === name &&
            alive &&
            end !== null &&
            configurations.encapsulation_address === String(address),
        ),
      );
    });
  });

  it('carries what goes between hosts in Geneve over IPv6, and nothing of it bare', async () => {
    const network = await makeNetwork('fd00:1::/64');
    const capture = world.fabric.capture(machines[0]!);
    const [one, two] = [await place(0, network), await place(1, network)];
    await eventually('they reach each other', reaches(one, two));
    await capture.settle();
    const packets = capture.observations.map(({ frame }) => frame.network);
    const tunnelled = packets.filter(
      (packet) =>
        packet.kind === 'ipv6' &&
        packet.upper.kind === 'udp' &&
        packet.upper.datagram.destinationPort === GENEVE_PORT,
    );
    const ends = new Set(tunnelled.map((packet) => packet.kind === 'ipv6' && String(packet.source)));
    assert.deepEqual(
      [...ends].sort(),
      [machines[0]!, machines[1]!].map(({ address }) => String(address)),
    );
    assert.ok(!packets.some((packet) => packet.kind === 'ipv6' && packet.source.equals(one.address)));
    assert.ok(!packets.some((packet) => packet.kind === 'ipv4' || packet.kind === 'arp'));
    await capture.stop();
  });

  it('carries TCP in full segments', async () => {
    const network = await makeNetwork('fd00:2::/64');
    const [one, two] = [await place(0, network), await place(2, network)];
    await eventually('they reach each other', reaches(one, two));
    await TcpEcho.start(two.instance, 7);
    const probe = await tcpProbe(one.instance, two.address, 7, { octets: 500_000, patienceMs: 20_000 });
    assert.equal(probe.outcome, 'connected');
  });

  it('lets nobody in whose token is none, is used up, over, another host’s or another service’s', async () => {
    const stranger = world.fabric.machine('h4');
    const good = await makeToken(world, {});
    const [id, secret, fingerprint] = good.split('.') as [string, string, string];
    const [turnedSecret, turnedFingerprint] = [secret, fingerprint].map((text) =>
      [...text].reverse().join(''),
    );
    const over = await makeToken(world, { lifetime: 1 });
    await eventually('its second is over', async () => Date.now() > Number(new Date(await endOf(over))));
    const refused: [string, RegExp][] = [
      [`${id}.${turnedSecret}.${fingerprint}`, /The token is not known/],
      [`${id}.${secret}.${turnedFingerprint}`, /is not the service that the token is of/],
      [over, /The token ended at/],
      [await makeToken(world, { host: 'h5' }), /The token is for the host h5, not for h4/],
      [good.slice(0, -1), /this is no token, or not all of it/],
      [usedUp, /used as many times as it can be: 3/],
    ];
    for (const [token, message] of refused) {
      await assert.rejects(world.joinAs(stranger, token), message);
      assert.ok(!existsSync(world.stateOf(stranger)), 'nothing is left of it');
    }
    const hosts = await world.client.list('agent', {});
    assert.ok(!hosts.some(({ host }) => host === 'h4'));
  });

  it('leaves a host that joins again as it is, whatever has become of the token', async () => {
    const [id] = usedUp.split('.');
    const before = await world.client.show('host_token', id!);
    await world.joinAs(machines[0]!, usedUp);
    assert.equal((await world.client.show('host_token', id!)).used, before.used);
  });

  it('does not give a host’s name to another machine, unless a token says so', async () => {
    const double = world.fabric.machine('h4-double');
    await assert.rejects(
      world.joinAs(double, await makeToken(world), '--name', 'h1'),
      /There is a host h1 already/,
    );
  });

  it('has its southbound database take from a host what is the host’s own alone, by TLS 1.3 alone', async () => {
    const set = (chassis: string) =>
      onSouthbound(machines[1]!, 'set', 'Chassis', chassis, 'external_ids:mark=h2');
    await assert.rejects(set('h1'), /RBAC rules for client \\"h2\\" role \\"ovn-controller\\" prohibit/);
    await set('h2');
    const hello = (version: string) =>
      machines[1]!.run([
        ...['openssl', 's_client', '-connect', `[${world.fabric.address}]:6642`, version, '-brief'],
        ...['-cert', `${world.stateOf(machines[1]!)}/pki/host.pem`],
        ...['-key', `${world.stateOf(machines[1]!)}/pki/host.key`],
      ]);
    await assert.rejects(hello('-tls1_2'), /alert protocol version|unsupported protocol/);
    await hello('-tls1_3');
  });

  it('takes a port off a host that names itself beside the one which has it', async () => {
    const h3 = machines[2]!;
    const network = await makeNetwork('fd00:c::/64');
    const [one, two] = [await place(0, network), await place(1, network)];
    await eventually('they reach each other', reaches(one, two));
    const columnOf = (column: string, table: string, which: string) =>
      onSouthbound(h3, '--bare', `--columns=${column}`, 'find', table, which);
    const binding = (await columnOf('_uuid', 'Port_Binding', `logical_port=${two.port.id}`)).trim();
    const chassis = (await columnOf('_uuid', 'Chassis', 'name=h3')).trim();
    /** How much of what goes from the first host to the second one comes to the third. */
    const overheard = async (): Promise<number> => {
      const capture = world.fabric.capture(h3);
      assert.equal((await ping(one.instance, two.address, { device: 'eth0', count: 5 })).received, 5);
      await capture.settle();
      await capture.stop();
      return capture.observations.filter(
        ({ frame: { network: packet } }) =>
          packet.kind === 'ipv6' &&
          packet.source.equals(machines[0]!.address) &&
          packet.destination.equals(h3.address) &&
          packet.upper.kind === 'udp' &&
          packet.upper.datagram.destinationPort === GENEVE_PORT &&
          // BFD's are smaller.
          packet.upper.datagram.data.length > 100,
      ).length;
    };
    const claim = () => onSouthbound(h3, 'set', 'Port_Binding', binding, `additional_chassis=${chassis}`);
    assert.equal(await overheard(), 0);
    await claim();
    await eventually('it gets what is for the port', async () => (await overheard()) > 0);
    await eventually(
      'it is taken off',
      async () =>
        (await columnOf('additional_chassis', 'Port_Binding', `logical_port=${two.port.id}`)).trim() === '',
    );
    await eventually('it gets nothing more', async () => (await overheard()) === 0);
  });

  it('tells instances their metadata, and a host nothing of another’s', async () => {
    const network = await makeNetwork('fd00:3::/64');
    const data = await world.client.create('instance', { user_data: '#!/bin/sh\n# of h2' });
    const { instance, port } = await place(1, network, { device_id: data.id });
    const asked = {
      to: Address.parse('fe80::a9fe:a9fe'),
      device: 'eth0',
      path: '/openstack/latest/user_data',
    };
    await eventually('it reads its user data', async () => {
      const answer = await httpProbe(instance, asked);
      return answer.outcome === 'answered' && answer.body.includes('of h2');
    });
    const path = '/metadata/openstack/latest/user_data';
    assert.match(await ask(world, machines[1]!, path, port.id), /^200 .*of h2/s);
    assert.match(await ask(world, machines[2]!, path, port.id), /^403 .*is not on host h3/);
    assert.match(await ask(world, undefined, path, port.id), /^401 /);
  });

  it('has a port work on the host that it is bound to alone, and says when there is none', async () => {
    const network = await makeNetwork('fd00:4::/64');
    const bound = await world.client.create('port', { network_id: network, 'binding:host_id': 'h2' });
    assert.equal(bound['binding:vif_type'], 'ovs');
    // One that plugs it in where it is not bound to.
    await using careless = new HostLab({ ...world.hostOn(machines[0]!), name: undefined }, silent);
    const wrong = careless.plug(bound, await careless.instance('wrong'), 'eth0', world.client);
    await place(0, network); // plugged in later, and works
    assert.notEqual((await world.client.show('port', bound.id)).status, 'ACTIVE');
    await careless.unplug(bound.id);
    await labs[1]!.plug(bound, await labs[1]!.instance('right'), 'eth0', world.client);
    await wrong;
    const lost = await world.client.update('port', bound.id, { 'binding:host_id': 'nowhere' });
    assert.equal(lost['binding:vif_type'], 'binding_failed');
  });

  it('lets nothing through that is plugged in past the guard, and says why, until it is plugged in rightly', async () => {
    const network = await makeNetwork('fd00:9::/64');
    const two = await place(1, network);
    const port = await world.client.create('port', { network_id: network, 'binding:host_id': 'h1' });
    const address = Address.parse(port.fixed_ips[0]!.ip_address!);
    const { switchDatabase: database, namespace } = world.hostOn(machines[0]!);
    await using lab = Lab.open();
    const wrong = await lab.instance('wrong');
    {
      const bare = await SwitchConnection.open({ database, namespace, bridge: 'br-int' }, silent);
      const device = await lab.plug(
        bare,
        { id: port.id, mac: Mac.parse(port.mac_address), mtu: 1400 },
        wrong,
        'eth0',
      );
      device.up();
      device.addAddress(address, 64);
      const reason = async () => String((await world.client.show('port', port.id)).status_reason);
      await eventually('its owner is told', async () => /past the guard/.test(await reason()));
      await place(0, network); // plugged in later, and works
      assert.equal(
        (await ping(wrong, two.address, { device: 'eth0', count: 3, patienceMs: 200 })).received,
        0,
      );
      assert.notEqual((await world.client.show('port', port.id)).status, 'ACTIVE');
      await lab.unplug(port.id);
      await bare.close();
    }
    const right = await labs[0]!.instance('right');
    const device = await labs[0]!.plug(port, right, 'eth0', world.client);
    device.up();
    device.addAddress(address, 64);
    await eventually(
      'it reaches the other',
      async () => (await ping(right, two.address, { device: 'eth0' })).received > 0,
    );
    assert.equal((await world.client.show('port', port.id)).status_reason, null);
  });

  it('writes what security groups drop on any of its hosts where it writes its own', async () => {
    const network = await makeNetwork('fd00:8::/64');
    const group = await world.client.create('security_group', { name: 'closed' });
    const log = await world.client.create('log', {
      ...{ resource_type: 'security_group', event: 'DROP', resource_id: group.id },
    });
    const one = await place(0, network);
    const two = await place(1, network, { security_groups: [group.id] });
    const records = () =>
      readFileSync(world.service.host!.securityGroupLog, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    await eventually('what is dropped on h2 is there', async () => {
      await ping(one.instance, two.address, { device: 'eth0', patienceMs: 100 });
      return records().some(
        ({ log_id, port_id, host, verdict }) =>
          log_id === log.id && port_id === two.port.id && host === 'h2' && verdict === 'DROP',
      );
    });
  });

  it('goes on forwarding while its hosts are cut from the service, and follows when that is back', async () => {
    const network = await makeNetwork('fd00:5::/64');
    const [one, two] = [await place(1, network), await place(2, network)];
    await eventually('they reach each other', reaches(one, two));
    world.fabric.hide();
    const status = async () => {
      const answers = await Promise.all(
        [machines[1]!, machines[2]!].map((machine) => southboundStatus(world, machine)),
      );
      return answers.every((answer) => answer === 'not connected');
    };
    await eventually('the controllers notice', status);
    const result = await ping(one.instance, two.address, { device: 'eth0', count: 5 });
    assert.equal(result.received, 5);
    world.fabric.show();
    const three = await place(1, network);
    await eventually('what is new works', reaches(three, two));
  });

  it('has a host whose switch was killed back in its place', async () => {
    const network = await makeNetwork('fd00:6::/64');
    const [one, two] = [await place(1, network), await place(2, network)];
    await eventually('they reach each other', reaches(one, two));
    const run = world.rundirOf(machines[2]!);
    const pidOf = () => processesOf(run).find(({ name }) => name === 'ovs-vswitchd')?.pid;
    const killed = pidOf()!;
    process.kill(killed, 'SIGKILL');
    await eventually('there is another', () => ![undefined, killed].includes(pidOf()));
    await eventually('they reach each other again', reaches(one, two));
  });

  describeMovingInstance(() => ({ world, machines }));
  describeMovingOutside(() => ({ world, machines }));
  describeRestartedParts(() => ({ world, machines }));

  it('has a host that was removed out at once, and the others without tunnels to it', async () => {
    const [h1, h2, h3] = machines as [LabMachine, LabMachine, LabMachine];
    const network = await makeNetwork('fd00:7::/64');
    const [one, two] = [await place(0, network), await place(1, network)];
    await eventually('they reach each other', reaches(one, two));
    const tunnelsOf = async (machine: LabMachine) => {
      const rows = await machine.run([
        ...['ovs-vsctl', `--db=unix:${world.rundirOf(machine)}/db.sock`, '--bare', '--columns=options'],
        ...['find', 'Interface', 'type=geneve'],
      ]);
      return rows.includes(`remote_ip=${h3.address}`) || rows.includes(`remote_ip="${h3.address}"`);
    };
    assert.ok(await tunnelsOf(h1));
    const seen = onSouthbound(h3, 'get', 'Chassis', 'h3', 'name');
    assert.match(await seen, /h3/);
    const { id } = (await world.client.list('agent', { host: 'h3' }))[0]!;
    await world.client.delete('agent', id);
    await eventually(
      'its controller is out',
      async () => (await southboundStatus(world, h3)) === 'not connected',
    );
    await assert.rejects(onSouthbound(h3, 'list', 'Chassis'), /database connection failed/);
    assert.match(await ask(world, h3, '/self', one.port.id), /^401 /);
    for (const machine of [h1, h2])
      await eventually('the others end their tunnels', async () => !(await tunnelsOf(machine)));
    for (const machine of [h1, h2])
      await eventually(
        'the others are connected',
        async () => (await southboundStatus(world, machine)) === 'connected',
      );
    const result = await ping(one.instance, two.address, { device: 'eth0', count: 5 });
    assert.equal(result.received, 5);
    const three = await place(0, network);
    await eventually('what is new works', reaches(three, two));

    await world.joinAs(h3, await makeToken(world));
    await eventually('it is in again', async () => (await southboundStatus(world, h3)) === 'connected');
  });

  it('gives the machine its addresses back when it is a host no more', async () => {
    const [, , machine] = machines as [LabMachine, LabMachine, LabMachine];
    const has = () => {
      using socket = new NetlinkSocket(machine.namespace);
      const device = findLink(socket, machine.underlay)!.index;
      const addresses = kernelAddresses(machine.namespace);
      return addresses.some((one) => one.device === device && one.address.equals(machine.address));
    };
    assert.ok(!has(), 'the bridge has them');
    await world.leave(machine);
    assert.ok(has());
  });
});
