/** QoS policies on the wire: what an instance sends and gets is limited as its policy says, and marked. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import pino from 'pino';
import { Address } from '../../src/addressing/index.ts';
import { HostLab } from '../../src/gap/index.ts';
import type { Capture } from '../../src/lab/capture.ts';
import type { InstanceInterface } from '../../src/lab/instance/instance.ts';
import { type Frame, frame, ipv6, udp } from '../../src/packets/frame.ts';
import { findLocalService } from '../../src/service/local-services.ts';
import { eventually } from '../support/eventually.ts';
import { freePort, type Served, serve } from '../support/serve.ts';

/** As many as every queue on the way takes. */
const FRAMES = 80;
const OCTETS = 1_000;
/** With what Ethernet, IPv6 and UDP add. */
const KILOBITS = ((OCTETS + 14 + 40 + 8) * 8) / 1_000;
const LIMIT = { max_kbps: 50, max_burst_kbps: 50 } as const;
/** A bucket of the switch holds what comes in a second beside its burst; and clocks are not all alike. */
const most = (seconds: number): number =>
  1.25 * (LIMIT.max_kbps * (1 + seconds) + LIMIT.max_burst_kbps) + 2 * KILOBITS;
const MARK = 46;
const [FLOOD_RATE, FLOOD_SECONDS] = [8_000, 3];

interface Guest {
  readonly id: string;
  readonly device: InstanceInterface;
  readonly address: Address;
  readonly capture: Capture;
}

describe('QoS policies', () => {
  let directory: string;
  let served: Served;
  let lab: HostLab;
  let one: Guest;
  let other: Guest;
  let nextPort = 7_200;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sextant-qos-'));
    served = await serve(directory, await freePort());
    const { switchDatabase, namespace } = findLocalService(served.endpoint)!.host!;
    lab = new HostLab({ switchDatabase, namespace }, pino({ level: 'silent' }));
    const network = await served.client.create('network', {});
    const modes = { ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' } as const;
    const place = { network_id: network.id, ip_version: 6, cidr: 'fd00:77::/64' } as const;
    await served.client.create('subnet', { ...place, ...modes });
    const plug = async (): Promise<Guest> => {
      const port = await served.client.create('port', { network_id: network.id });
      const instance = await lab.instance('guest');
      const device = await lab.plug(port, instance, 'eth0', served.client);
      device.up();
      const address = Address.parse(port.fixed_ips[0]!.ip_address!);
      return { id: port.id, device, address, capture: device.capture() };
    };
    one = await plug();
    other = await plug();
    const hello = datagram(nextPort++);
    await eventually('instances hear each other', async () => {
      one.device.send(hello);
      return (await arrived(hello)) > 0;
    });
  });
  after(async () => {
    await lab?.close();
    await served?.stop();
    await rm(directory, { recursive: true });
  });

  const datagram = (port: number, octets = OCTETS): Frame =>
    frame(
      one.device.mac,
      other.device.mac,
      ipv6(one.address, other.address, udp(port, port, new Uint8Array(octets))),
    );

  const portOf = ({ network }: Frame): number | undefined =>
    network.kind === 'ipv6' && network.upper.kind === 'udp'
      ? network.upper.datagram.destinationPort
      : undefined;

  async function arrived(sent: Frame): Promise<number> {
    await other.capture.settle();
    return other.capture.received((seen) => portOf(seen) === portOf(sent)).length;
  }

  /** Sends many frames at once. What follows them and arrives shows that all have been decided upon. */
  async function send(t: TestContext): Promise<{ kilobits: number; seconds: number; count: number }> {
    const [many, last] = [datagram(nextPort++), datagram(nextPort++)];
    const begin = performance.now();
    one.device.send(...Array.from({ length: FRAMES }, () => many));
    await eventually('the last one arrives', async () => {
      one.device.send(last);
      return (await arrived(last)) > 0;
    });
    const seconds = (performance.now() - begin) / 1_000;
    const count = await arrived(many);
    const kilobits = count * KILOBITS;
    t.diagnostic(`${count} of ${FRAMES} frames, ${Math.round(kilobits)} kbit, in ${seconds.toFixed(2)} s`);
    return { kilobits, seconds, count };
  }

  /** Sends until it shows that the policy holds, or does not. */
  async function until(t: TestContext, what: string, holds: (seen: number) => boolean): Promise<void> {
    await eventually(what, async () => {
      const { kilobits, seconds, count } = await send(t);
      return holds(count) && (count === FRAMES || (kilobits <= most(seconds) && count < FRAMES / 2));
    });
  }
  /** What came before may have left nothing in the bucket: none of them is limited, too, as the last one arrives. */
  const isLimited = (count: number) => count < FRAMES;
  const isWhole = (count: number) => count === FRAMES;

  /** How many packets the other's device has had. */
  async function heard(): Promise<number> {
    const told = await other.device.instance.run('ip', '-s', '-j', 'link', 'show', other.device.device);
    const [link] = JSON.parse(told) as { stats64: { rx: { packets: number } } }[];
    return link!.stats64.rx.packets;
  }

  /** Floods until it shows that packets are limited, or are not. */
  async function untilPackets(
    t: TestContext,
    what: string,
    holds: (seen: number, seconds: number) => boolean,
  ): Promise<void> {
    await eventually(what, async () => {
      const before = await heard();
      const { sent, seconds } = await flood(datagram(nextPort++, 10));
      const seen = (await heard()) - before;
      t.diagnostic(`${seen} of ${sent} packets in ${seconds.toFixed(2)} s`);
      return holds(seen, seconds);
    });
  }

  /** Sends a frame over and over, no more at once than every queue on the way takes. */
  async function flood(packet: Frame): Promise<{ sent: number; seconds: number }> {
    const [begin, batch] = [performance.now(), Array.from({ length: FRAMES }, () => packet)];
    const elapsed = () => (performance.now() - begin) / 1_000;
    let sent = 0;
    while (elapsed() < FLOOD_SECONDS) {
      if (sent < elapsed() * FLOOD_RATE) {
        one.device.send(...batch);
        sent += batch.length;
      }
      await pause(1);
    }
    return { sent, seconds: elapsed() };
  }
  /** 1,000 a second, after a burst of 1,000; clocks are not all alike. */
  const isFew = (seen: number, seconds: number): boolean => seen <= 1.25 * 1_000 * (1 + seconds);
  const isMost = (seen: number, seconds: number): boolean => !isFew(seen, seconds);

  const policyWith = async (rule: object, kind = 'bandwidth_limit'): Promise<string> => {
    const { id } = await served.client.create('policy', { name: 'limits' });
    await request('POST', `qos/policies/${id}/${kind}_rules`, { [`${kind}_rule`]: rule });
    return id;
  };

  async function request(method: string, path: string, body: object): Promise<void> {
    const answer = await fetch(`${served.endpoint}/v2.0/${path}`, {
      method,
      body: JSON.stringify(body),
    });
    assert.ok(answer.ok, await answer.text());
  }

  it('limit what an instance sends, and what it gets', async (t) => {
    await until(t, 'all arrives without a policy', isWhole);
    const sends = await policyWith({ ...LIMIT, direction: 'egress' });
    await served.client.update('port', one.id, { qos_policy_id: sends });
    await until(t, 'what it sends is limited', isLimited);
    await served.client.update('port', one.id, { qos_policy_id: null });
    await until(t, 'all arrives again', isWhole);
    const gets = await policyWith({ ...LIMIT, direction: 'ingress' });
    await served.client.update('port', other.id, { qos_policy_id: gets });
    await until(t, 'what the other gets is limited', isLimited);
    await served.client.update('port', other.id, { qos_policy_id: null });
    await until(t, 'all arrives in the end', isWhole);
  });

  it('limit how many packets an instance sends, and how many it gets', async (t) => {
    const rule = { max_kpps: 1, max_burst_kpps: 1 };
    await untilPackets(t, 'all arrive without a policy', isMost);
    const sends = await policyWith({ ...rule, direction: 'egress' }, 'packet_rate_limit');
    await served.client.update('port', one.id, { qos_policy_id: sends });
    await untilPackets(t, 'what it sends is limited', isFew);
    await served.client.update('port', one.id, { qos_policy_id: null });
    await untilPackets(t, 'all arrive again', isMost);
    const gets = await policyWith({ ...rule, direction: 'ingress' }, 'packet_rate_limit');
    await served.client.update('port', other.id, { qos_policy_id: gets });
    await untilPackets(t, 'what the other gets is limited', isFew);
    await served.client.update('port', other.id, { qos_policy_id: null });
    await untilPackets(t, 'all arrive in the end', isMost);
  });

  it('mark what an instance sends, by the policy of its network', async () => {
    const { id } = await served.client.create('policy', { name: 'marks' });
    await request('POST', `qos/policies/${id}/dscp_marking_rules`, {
      dscp_marking_rule: { dscp_mark: MARK },
    });
    const { network_id } = await served.client.show('port', one.id);
    const marked = async (): Promise<number | undefined> => {
      const sent = datagram(nextPort++);
      one.device.send(sent);
      await eventually('it arrives', async () => (await arrived(sent)) > 0);
      const [seen] = other.capture.received((each) => portOf(each) === portOf(sent));
      const { network } = seen!.frame;
      return network.kind === 'ipv6' ? network.trafficClass >> 2 : undefined;
    };
    assert.equal(await marked(), 0);
    await served.client.update('network', network_id, { qos_policy_id: id });
    await eventually('it is marked', async () => (await marked()) === MARK);
  });
});
