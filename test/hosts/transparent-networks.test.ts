/** Networks that carry frames with tags of their instances' own, on one host and from one to another. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Address, Mac, Prefix } from '../../src/addressing/index.ts';
import { LabHosts } from '../../src/cli/lab-hosts.ts';
import { HostLab } from '../../src/gap/index.ts';
import { prefixAdvertisement } from '../../src/gap/use-cases/first-hop/rogue-advertisements.ts';
import {
  falseClaims,
  type SenderClaim,
  type Station,
  trueClaims,
} from '../../src/gap/use-cases/first-hop/spoofed-frames.ts';
import type { Capture, InstanceInterface } from '../../src/lab/index.ts';
import { ETHER_TYPE, encodeFrame, type Frame, frame, ipv6, udp, vlanTags } from '../../src/packets/index.ts';
import { eventually } from '../support/eventually.ts';
import { silent } from './support.ts';

const VLAN = 9;
const MARK = 7_209;
const UDP_OVER_IPV6 = 48;
const UNCHECKED = { port_security_enabled: false, security_groups: [] };

interface Placed extends Station {
  readonly id: string;
  readonly device: InstanceInterface;
  readonly capture: Capture;
}

/** A tag around that: of VLAN 0 receivers make none. */
const outer = [{ protocol: ETHER_TYPE.vlan, priority: 0, dropEligible: false, id: 0 }];

/** As an instance's device for the VLAN would send it. */
const tagged = (plain: Frame, around: Frame['vlans'] = []): Frame => ({
  ...plain,
  vlans: [...around, ...vlanTags(VLAN)],
});

describe('transparent networks, over two hosts', () => {
  let world: LabHosts;
  const labs: HostLab[] = [];
  let open: string;
  const captures: Capture[] = [];

  before(async () => {
    world = await LabHosts.open(silent);
    for (const machine of await world.join(['h1', 'h2']))
      labs.push(new HostLab(world.hostOn(machine), silent));
    const group = await world.client.create('security_group', {});
    for (const ethertype of ['IPv4', 'IPv6'] as const)
      await world.client.create('security_group_rule', {
        ...{ security_group_id: group.id, direction: 'ingress', ethertype },
      });
    open = group.id;
  });
  after(async () => {
    for (const capture of captures) await capture.stop();
    for (const lab of labs) await lab.close();
    await world?.[Symbol.asyncDispose]();
  });

  async function makeNetwork(type: 'geneve' | 'vxlan', wish: object): Promise<{ id: string; mtu: number }> {
    const network = await world.client.create('network', { 'provider:network_type': type, ...wish });
    for (const [ip_version, cidr] of [
      [4, '10.15.0.0/24'],
      [6, 'fd15::/64'],
    ] as const)
      await world.client.create('subnet', { network_id: network.id, ip_version, cidr });
    return network;
  }

  async function place(at: number, network_id: string, wish: object = {}): Promise<Placed> {
    const { client } = world;
    const port = await client.create('port', { network_id, security_groups: [open], ...wish });
    const lab = labs[at]!;
    const device = await lab.plug(port, await lab.instance(`vm${at}`), 'eth0', client);
    device.up();
    const capture = device.capture();
    captures.push(capture);
    const addresses = port.fixed_ips.map(({ ip_address }) => Address.parse(ip_address!));
    const of = (family: 4 | 6) => addresses.find((one) => one.family === family)!;
    return {
      ...{ id: port.id, device, capture },
      ...{ mac: Mac.parse(port.mac_address), address: of(6), address4: of(4) },
    };
  }

  const marked = (from: Placed, to: Placed, number: number, length = 8): Frame =>
    frame(from.mac, to.mac, ipv6(from.address, to.address, udp(MARK, MARK + number, new Uint8Array(length))));

  const isMarked =
    (number: number) =>
    ({ network, vlans }: Frame): boolean =>
      vlans.at(-1)?.id === VLAN &&
      network.kind === 'ipv6' &&
      network.upper.kind === 'udp' &&
      network.upper.datagram.destinationPort === MARK + number;

  const textOf = (one: Frame): string => Buffer.from(encodeFrame(one)).toString('hex');
  /** Whether a frame got there, octet for octet. */
  const got = ({ capture }: Placed, one: Frame): boolean =>
    capture.received((seen) => textOf(seen) === textOf(one)).length > 0;

  /** Sends a datagram that may get there until it does: what was sent before has got there by then, or never will. */
  let number = 0;
  async function settled(from: Placed, to: Placed): Promise<void> {
    const mark = ++number;
    await eventually('what may get there, with its tag, does', async () => {
      from.device.send(tagged(marked(from, to, mark)));
      return (await to.capture.waitFor(isMarked(mark), 200)) !== undefined;
    });
  }

  const rogue = ({ mac }: Station, source: Address): SenderClaim => ({
    what: 'a router advertisement',
    frame: prefixAdvertisement(mac, source, Prefix.parse('fd66::/64')),
  });

  for (const type of ['geneve', 'vxlan'] as const) {
    it(`${type}: tags arrive as they were sent, and what is within them is held to the same rules`, async () => {
      const network = await makeNetwork(type, { vlan_transparent: true });
      const sender = await place(0, network.id);
      const [near, far] = [await place(0, network.id), await place(1, network.id)];
      const exposed = await place(1, network.id, UNCHECKED);
      const closed = await place(1, network.id, { security_groups: [] });
      const router = { mac: near.mac, address: near.address };
      for (const receiver of [near, far]) {
        await settled(sender, receiver);
        for (const { what, frame: plain } of trueClaims(sender, receiver)) {
          const sent = tagged(plain);
          await eventually(what, () => {
            sender.device.send(sent);
            return got(receiver, sent);
          });
        }
      }
      // The network's MTU has room for the tag.
      const whole = tagged(marked(sender, far, 0, network.mtu - UDP_OVER_IPV6));
      await eventually('a frame as large as the network takes', () => {
        sender.device.send(whole);
        return got(far, whole);
      });

      const own = rogue(sender, Address.parse('fe80::1'));
      const lies = [...Object.values(falseClaims(sender, exposed, near, router)).flat(), own];
      const wrong = [[], outer].flatMap((around) =>
        lies.map(({ what, frame: plain }) => ({
          what: `${what}, in ${around.length + 1} tags`,
          sent: tagged(plain, around),
        })),
      );
      const thrice = tagged(marked(sender, exposed, 500), [...outer, ...outer]);
      for (const { sent } of [...wrong, { sent: thrice }]) sender.device.send(sent);
      const unwanted = tagged(marked(sender, closed, 502));
      sender.device.send(unwanted);
      await settled(sender, exposed);
      assert.equal(got(closed, unwanted), false, 'security groups look behind tags, too');
      for (const { what, sent } of wrong) assert.equal(got(exposed, sent), false, what);
      const twice = tagged(marked(sender, exposed, 501), outer);
      await eventually('what is true, in two tags', () => {
        sender.device.send(twice);
        return got(exposed, twice);
      });

      // The control: nothing but port security, and the role, keep them back.
      await world.client.update('port', sender.id, { ...UNCHECKED, device_role: 'router' });
      for (const { what, sent } of wrong)
        await eventually(`without port security: ${what}`, () => {
          sender.device.send(sent);
          return got(exposed, sent);
        });
      sender.device.send(thrice);
      await settled(sender, exposed);
      assert.equal(got(exposed, thrice), false, 'what is behind a third tag cannot be looked at');
    });
  }

  it('other networks carry none, whoever sends them', async () => {
    const network = await makeNetwork('geneve', {});
    const sender = await place(0, network.id, UNCHECKED);
    const [near, far] = [await place(0, network.id), await place(1, network.id)];
    for (const receiver of [near, far]) {
      const plain = marked(sender, receiver, 700);
      sender.device.send(tagged(plain));
      await eventually('what has no tag gets there', () => {
        sender.device.send(plain);
        return got(receiver, plain);
      });
      assert.equal(got(receiver, tagged(plain)), false);
    }
  });
});
