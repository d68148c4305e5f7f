/** Networks with tunnels of their own, VXLAN and GRE, between hosts, on underlays of either family. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Address, type Family, Mac } from '../../src/addressing/index.ts';
import { LabHosts } from '../../src/cli/lab-hosts.ts';
import type { Answered } from '../../src/client/index.ts';
import { processesOf } from '../../src/engine/embedded/state-directory.ts';
import { HostLab } from '../../src/gap/index.ts';
import {
  type Capture,
  type InstanceInterface,
  type LabInstance,
  type LabMachine,
  ping,
} from '../../src/lab/index.ts';
import {
  ALL_NODES,
  BROADCAST_MAC,
  decodeTunnel,
  type Frame,
  frame,
  ipv6,
  type Tunnelled,
  udp,
} from '../../src/packets/index.ts';
import { eventually } from '../support/eventually.ts';
import { silent } from './support.ts';

interface Placed {
  readonly instance: LabInstance;
  readonly device: InstanceInterface;
  readonly port: Answered<'port'>;
  readonly address: Address;
}

/** By this port a frame that a test has sent is known again. */
const MARKED_PORT = 7_056;
const UNCHECKED = { port_security_enabled: false, security_groups: [] };
/** Nobody's, until an instance says that it has it. */
const STRANGE_MAC = Mac.parse('02:00:00:00:00:77');

const markedFrame = (to: Mac, from: Mac): Frame =>
  frame(
    from,
    to,
    ipv6(Address.parse('fe80::77'), ALL_NODES, udp(MARKED_PORT, MARKED_PORT, new Uint8Array(8))),
  );

const isMarked = ({ network }: Frame): boolean =>
  network.kind === 'ipv6' &&
  network.upper.kind === 'udp' &&
  network.upper.datagram.destinationPort === MARKED_PORT;

/** A service with hosts, and what is put on them. */
class World implements AsyncDisposable {
  readonly hosts: LabHosts;
  readonly machines: readonly LabMachine[];
  readonly #labs: readonly HostLab[];

  private constructor(hosts: LabHosts, machines: readonly LabMachine[]) {
    this.hosts = hosts;
    this.machines = machines;
    this.#labs = machines.map((machine) => new HostLab(hosts.hostOn(machine), silent));
  }

  static async open(family: Family, names: readonly string[]): Promise<World> {
    const hosts = await LabHosts.open(silent, family);
    return new World(hosts, await hosts.join(names));
  }

  network(type: 'vxlan' | 'gre' | 'geneve', wish: object = {}): Promise<Answered<'network'>> {
    return this.hosts.client.create('network', { name: type, 'provider:network_type': type, ...wish });
  }

  subnet({ id }: Answered<'network'>, cidr = 'fd00:1::/64'): Promise<Answered<'subnet'>> {
    return this.hosts.client.create('subnet', { network_id: id, ip_version: 6, cidr });
  }

  async place(at: number, { id }: Answered<'network'>, wish: object = {}): Promise<Placed> {
    return this.#plug(at, await this.hosts.client.create('port', { network_id: id, ...wish }));
  }

  /** Has a port's instance be on another machine. */
  async move({ port }: Placed, from: number, to: number): Promise<Placed> {
    await this.#labs[from]!.unplug(port.id);
    return this.#plug(to, port);
  }

  async #plug(at: number, port: Answered<'port'>): Promise<Placed> {
    const { client } = this.hosts;
    const lab = this.#labs[at]!;
    const instance = await lab.instance(`vm${at}`);
    const device = await lab.plug(port, instance, 'eth0', client);
    const address = Address.parse(port.fixed_ips[0]!.ip_address!);
    device.up();
    device.addAddress(address, 64);
    return { instance, device, port, address };
  }

  /** The switch's process on a machine. */
  switchOn(at: number): { readonly rundir: string; readonly pid: number } {
    const rundir = this.hosts.rundirOf(this.machines[at]!);
    return { rundir, pid: switchPid(rundir)! };
  }

  capture(at: number): Capture {
    return this.hosts.fabric.capture(this.machines[at]!);
  }

  /** Changes the switch's database on a machine. */
  onSwitch(at: number, ...words: string[]): Promise<string> {
    const machine = this.machines[at]!;
    return machine.run(['ovs-vsctl', `--db=unix:${this.hosts.rundirOf(machine)}/db.sock`, ...words]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const lab of this.#labs) await lab.close();
    await this.hosts[Symbol.asyncDispose]();
  }
}

const switchPid = (rundir: string): number | undefined =>
  processesOf(rundir).find(({ name }) => name === 'ovs-vswitchd')?.pid;

const reaches = (from: Placed, to: Placed) => async () =>
  (await ping(from.instance, to.address, { device: 'eth0' })).received > 0;

/** What a capture has in tunnels of a kind with a key, and where each packet goes. */
async function tunnelled(
  capture: Capture,
  kind: string,
  key: number,
): Promise<(Tunnelled & { readonly to: string })[]> {
  await capture.settle();
  return capture.observations.flatMap(({ frame: { network }, frame: outer }) => {
    const packet = decodeTunnel(outer);
    return packet?.kind === kind && packet.key === key && 'destination' in network
      ? [{ ...packet, to: String(network.destination) }]
      : [];
  });
}

/** What crosses the underlay at a machine while something is done. */
async function during<T>(capture: Capture, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } finally {
    await capture.stop();
  }
}

function tryKind(open: () => World, kind: 'vxlan' | 'gre', family: Family, mtu: number): void {
  it(`${kind}: carries a network with its key over IPv${family}, and nothing of it bare`, async () => {
    const world = open();
    const network = await world.network(kind, { 'provider:segmentation_id': 5001 });
    await world.subnet(network);
    assert.equal(network.mtu, mtu);
    const capture = world.capture(0);
    await during(capture, async () => {
      const [one, two] = [await world.place(0, network), await world.place(1, network)];
      await eventually('they reach each other', reaches(one, two));
      const whole = { device: 'eth0', packetSize: mtu, unfragmented: true };
      assert.equal(
        (await ping(one.instance, two.address, whole)).received,
        1,
        'packets of the whole MTU pass',
      );
      const packets = await tunnelled(capture, kind, 5001);
      assert.ok(packets.length > 0);
      const outer = new Set(
        capture.observations
          .filter(({ frame }) => decodeTunnel(frame)?.kind === kind)
          .map(({ frame }) => frame.network.kind),
      );
      assert.deepEqual([...outer], [`ipv${family}`]);
      const bare = capture.observations.filter(
        ({ frame: { network: packet } }) => packet.kind === 'ipv6' && packet.source.equals(one.address),
      );
      assert.equal(bare.length, 0);
    });
  });

  it(`${kind}: keeps two tenants with the same addresses apart`, async () => {
    const world = open();
    const sides = await Promise.all(
      ['red', 'blue'].map(async (project) => {
        const network = await world.network(kind, { project_id: project });
        await world.subnet(network);
        const wish = (last: number) => ({
          project_id: project,
          mac_address: `fa:16:3e:07:00:0${last}`,
          ...UNCHECKED,
        });
        const one = await world.place(0, network, wish(1));
        const two = await world.place(1, network, wish(2));
        await eventually(`${project}'s reach each other`, reaches(one, two));
        return { key: network['provider:segmentation_id']!, one, heard: two.device.capture() };
      }),
    );
    const [red, blue] = sides as [(typeof sides)[0], (typeof sides)[0]];
    const capture = world.capture(1);
    await during(capture, async () => {
      red.one.device.send(markedFrame(BROADCAST_MAC, red.one.device.mac));
      assert.ok(await red.heard.waitFor(isMarked, 10_000), "red's other has heard it");
      const marked = (await tunnelled(capture, kind, red.key)).filter(({ inner }) => isMarked(inner));
      assert.equal(marked.length, 1, 'once, with red’s key');
      assert.equal(
        (await tunnelled(capture, kind, blue.key)).filter(({ inner }) => isMarked(inner)).length,
        0,
      );
    });
    await blue.heard.settle();
    assert.equal(blue.heard.received(isMarked).length, 0);
    assert.equal(red.heard.received(isMarked).length, 1, 'once');
  });
}

describe('networks with tunnels of their own on an underlay of IPv6 alone', () => {
  let world: World;
  before(async () => {
    world = await World.open(6, ['h1', 'h2', 'h3']);
  });
  after(() => world?.[Symbol.asyncDispose]());

  tryKind(() => world, 'gre', 6, 1438);
  tryKind(() => world, 'vxlan', 6, 1430);

  it('floods to hosts that have ports of the network alone, and learns where others are', async () => {
    const network = await world.network('vxlan');
    await world.subnet(network);
    const key = network['provider:segmentation_id']!;
    const [one, two] = [await world.place(0, network, UNCHECKED), await world.place(1, network, UNCHECKED)];
    await eventually('they reach each other', reaches(one, two));
    const away = world.capture(2);
    // The underlay's bridge floods as well, what is for machines that it has not heard of for a while.
    const toThird = async () =>
      (await tunnelled(away, 'vxlan', key)).filter(({ to }) => to === String(world.machines[2]!.address));
    const heard = two.device.capture();
    one.device.send(markedFrame(BROADCAST_MAC, one.device.mac));
    assert.ok(await heard.waitFor(isMarked, 10_000));
    assert.deepEqual(await toThird(), [], 'nothing goes to a host without ports of it');
    const three = await world.place(2, network, UNCHECKED);
    await eventually('the third reaches the first', reaches(three, one));
    await eventually('the third reaches the second', reaches(three, two));
    // A station that is no port's speaks behind the second.
    const [atOne, atTwo] = [one.device.capture(), two.device.capture()];
    two.device.send(markedFrame(BROADCAST_MAC, STRANGE_MAC));
    assert.ok(await atOne.waitFor(isMarked, 10_000));
    const before = (await toThird()).length;
    one.device.send(markedFrame(STRANGE_MAC, one.device.mac));
    assert.ok(await atTwo.waitFor((seen) => isMarked(seen) && seen.destination.equals(STRANGE_MAC), 10_000));
    const since = (await toThird()).slice(before).filter(({ inner }) => isMarked(inner));
    assert.deepEqual(since, [], 'what is for it goes where it was heard alone');
    await away.stop();
  });

  it('routes between such a network and one of OVN’s own tunnels', async () => {
    const { client } = world.hosts;
    const [own, usual] = [await world.network('gre'), await world.network('geneve')];
    const subnets = [await world.subnet(own, 'fd00:2::/64'), await world.subnet(usual, 'fd00:3::/64')];
    const router = await client.create('router', { name: 'between' });
    for (const { id } of subnets) await client.addRouterInterface(router.id, { subnet_id: id });
    const [one, two] = [await world.place(0, own, UNCHECKED), await world.place(2, usual, UNCHECKED)];
    for (const [placed, { gateway_ip: gateway }] of [
      [one, subnets[0]!],
      [two, subnets[1]!],
    ] as const)
      await placed.instance.run('ip', 'route', 'add', 'default', 'via', gateway!, 'dev', 'eth0');
    await eventually('they reach each other', reaches(one, two));
  });

  it('has a port that moves reached where it is, and a host whose switch was killed carry it again', async () => {
    const network = await world.network('vxlan');
    await world.subnet(network);
    const [one, other] = [await world.place(0, network), await world.place(2, network)];
    const first = await world.place(1, network);
    await eventually('it is reached', reaches(one, first));
    const moved = await world.move(first, 1, 2);
    await eventually('it is reached where it has gone', reaches(one, moved));
    const { rundir, pid } = world.switchOn(2);
    process.kill(pid, 'SIGKILL');
    await eventually('there is another', () => ![undefined, pid].includes(switchPid(rundir)));
    for (const to of [moved, other]) await eventually('they are reached again', reaches(one, to));
  });

  it('follows a host whose encapsulation address changes, and loses nothing of the others', async () => {
    const network = await world.network('gre');
    await world.subnet(network);
    const [one, two, three] = [
      await world.place(0, network),
      await world.place(1, network),
      await world.place(2, network),
    ];
    for (const [from, to] of [
      [one, two],
      [one, three],
    ] as const)
      await eventually('they reach each other', reaches(from, to));
    const others = ping(one.instance, three.address, { device: 'eth0', count: 60 });
    const other = 'fd00:ee::99';
    await world.machines[1]!.run(['ip', 'addr', 'add', `${other}/64`, 'dev', 'br-underlay', 'nodad']);
    await world.onSwitch(1, 'set', 'open_vswitch', '.', `external_ids:ovn-encap-ip=${other}`);
    const capture = world.capture(1);
    const isFromOther = ({ network: packet }: Frame) =>
      packet.kind === 'ipv6' && String(packet.source) === other;
    await eventually('they reach each other by it', async () => {
      await reaches(one, two)();
      const packets = await tunnelled(capture, 'gre', network['provider:segmentation_id']!);
      return packets.length > 0 && capture.observations.some(({ frame }) => isFromOther(frame));
    });
    await eventually('and go on to', reaches(two, one));
    await capture.stop();
    const { sent, received } = await others;
    assert.equal(received, sent);
  });
});

describe('networks with tunnels of their own on an underlay of IPv4 alone', () => {
  let world: World;
  before(async () => {
    world = await World.open(4, ['h1', 'h2']);
  });
  after(() => world?.[Symbol.asyncDispose]());

  tryKind(() => world, 'vxlan', 4, 1450);
});
