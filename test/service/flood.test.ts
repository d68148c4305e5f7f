/**
 * One instance floods the services: those of another tenant get what they ask for, whatever it sends; its neighbours do
 * as well, since its port has a limit.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pino from 'pino';
import { Address, linkLocalAddress, SERVICE_ADDRESS_V4 } from '../../src/addressing/index.ts';
import type { Create } from '../../src/client/index.ts';
import { HostLab } from '../../src/gap/index.ts';
import { serviceMac } from '../../src/host-contract/service-port.ts';
import type { InstanceInterface } from '../../src/lab/instance/instance.ts';
import { encodeFrame, frame, ipv4, ipv6, type NetworkLayer, tcpSyn, udp } from '../../src/packets/frame.ts';
import type { UpperLayer } from '../../src/packets/upper-layer.ts';
import { findLocalService } from '../../src/service/local-services.ts';
import { askDns, dnsQuestion, SERVICE } from '../support/dns-question.ts';
import { eventually } from '../support/eventually.ts';
import { freePort, processesWith, type Served, serve } from '../support/serve.ts';
import { framesForServices } from '../support/service-frames.ts';

const flooder = fileURLToPath(new URL('../support/flood.ts', import.meta.url));
const RATE = 50_000;
const SECONDS = 6;
const QUESTIONS = 25;
/** What is lost never comes; what is late, on a busy machine, does. */
const PATIENCE_MS = 5_000;
/** Of the rate, what a busy machine sends at least. */
const LEAST = 1 / 25;
/** Of the host process, in MiB, over what it had. */
const MEMORY = 128;

/** What a port may send to the services: a second, and at once (`docs/reference/attacks.md`). */
const LIMIT = { rate: 1_000, burst: 500 } as const;

interface Guest {
  readonly device: InstanceInterface;
  readonly addresses: readonly Address[];
  readonly networkId: string;
}

describe('a flood to the services', () => {
  let directory: string;
  let served: Served;
  let lab: HostLab;
  let attacker: Guest;
  let victim: Guest;
  let guarded: Guest;
  let bystander: Guest;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sextant-flood-'));
    served = await serve(directory, await freePort());
    const { switchDatabase, namespace } = findLocalService(served.endpoint)!.host!;
    lab = new HostLab({ switchDatabase, namespace }, pino({ level: 'silent' }));
    const [red, blue] = [
      await served.client.create('network', {}),
      await served.client.create('network', {}),
    ];
    const v4 = { network_id: red.id, ip_version: 4, cidr: '10.0.0.0/24' } as const;
    await served.client.create('subnet', v4);
    const plug = async (
      networkId: string,
      past?: 'past the guard',
      wish: Partial<Create<'port'>> = {},
    ): Promise<Guest> => {
      const port = await served.client.create('port', { network_id: networkId, ...wish });
      const instance = await lab.instance('guest');
      const device = await lab.plug(port, instance, 'eth0', served.client, past);
      device.up();
      const addresses = port.fixed_ips.map(({ ip_address }) => Address.parse(ip_address!));
      return { device, networkId, addresses };
    };
    // The guard has limits of its own: the services must do without them. It is by the other that they are there.
    // Nothing but the guard limits what it sends.
    const unprotected = { port_security_enabled: false };
    bystander = await plug(red.id);
    guarded = await plug(red.id, undefined, unprotected);
    attacker = await plug(red.id, 'past the guard', unprotected);
    victim = await plug(blue.id);
    for (const { device, networkId } of [bystander, guarded, victim])
      await eventually(
        'DNS answers',
        async () => (await askDns(device, networkId, 'nobody', 1)) !== undefined,
      );
  });
  after(async () => {
    await lab?.close();
    await served?.stop();
    await rm(directory, { recursive: true });
  });

  async function memory(): Promise<number> {
    const [pid] = await processesWith('cli/main.ts host', findLocalService(served.endpoint)!.host!.rundir);
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
  }

  /** How questions fare: those without an answer, and the middle of the others' times. */
  async function ask({ device, networkId }: Guest) {
    const times: number[] = [];
    for (let number = 0; number < QUESTIONS; number++) {
      const answer = await askDns(device, networkId, 'nobody', 100 + number, PATIENCE_MS);
      if (answer !== undefined) times.push(answer.ms);
      await pause(50);
    }
    times.sort((a, b) => a - b);
    return { lost: QUESTIONS - times.length, median: Math.round(times[Math.floor(times.length / 2)] ?? 0) };
  }

  /** Sends a frame over and over, and does something meanwhile. */
  async function during<T>(
    { device: { instance, device } }: Guest,
    octets: Uint8Array,
    seconds: number,
    act: () => Promise<T>,
  ): Promise<{ count: number; result: T }> {
    const words = [String(RATE), String(seconds), Buffer.from(octets).toString('hex')];
    const child = instance.spawn([process.execPath, flooder, device, ...words]);
    const sent = text(child.stdout!);
    await pause(1_500); // until it is at it
    const result = await act();
    return { count: Number(await sent), result };
  }

  async function flooded(t: TestContext, octets: Uint8Array): Promise<void> {
    const quiet = await ask(victim);
    const before = await memory();
    const { count, result: asked } = await during(attacker, octets, SECONDS, () => ask(victim));
    const grown = Math.round((await memory()) - before);
    t.diagnostic(
      `${Math.round(count / SECONDS)} a second; quiet ${JSON.stringify(quiet)}, flooded ${JSON.stringify(asked)}; ${grown} MiB more`,
    );
    assert(count > RATE * SECONDS * LEAST, `it was a flood: ${count}`);
    assert(quiet.lost === 0, 'the control');
    assert(asked.lost <= 1, `${asked.lost} of ${QUESTIONS} questions were lost`);
    assert(grown < MEMORY, `${grown} MiB more`);
    assert.doesNotMatch(served.log(), /session lost/);
  }

  it('of a port that nothing listens on is nothing to others', (t) => {
    const { device, networkId } = attacker;
    const packet = ipv6(linkLocalAddress(device.mac), SERVICE, udp(40_000, 9, new Uint8Array(64)));
    return flooded(t, encodeFrame(frame(device.mac, serviceMac(networkId), packet)));
  });

  it('of questions is nothing to others', (t) => {
    return flooded(t, encodeFrame(dnsQuestion(attacker.device, attacker.networkId, 'nobody', 7)));
  });

  /** A flood from a guest of the network: what arrived of it at the service port, in how many seconds. */
  async function beside<T>(from: Guest, packet: (of: Guest) => NetworkLayer, act: () => Promise<T>) {
    const there = {
      namespace: findLocalService(served.endpoint)!.host!.namespace!,
      networkId: from.networkId,
    };
    const before = framesForServices(there);
    const began = performance.now();
    const octets = encodeFrame(frame(from.device.mac, serviceMac(from.networkId), packet(from)));
    const { count: sent, result } = await during(from, octets, 2, act);
    const seconds = (performance.now() - began) / 1_000;
    const arrived = framesForServices(there) - before;
    // Beside it, the questions of a neighbour and what goes with them.
    const allowed = LIMIT.rate * seconds + LIMIT.burst + 8 * QUESTIONS;
    assert(sent > 2 * RATE * LEAST, `it was a flood: ${sent}`);
    return { sent, arrived, allowed: Math.round(allowed), result };
  }

  const overV6 = (upper: UpperLayer) => (of: Guest) => ipv6(linkLocalAddress(of.device.mac), SERVICE, upper);
  const overV4 = (upper: UpperLayer) => (of: Guest) => ipv4(of.addresses[0]!, SERVICE_ADDRESS_V4, upper);
  for (const [what, packet] of [
    ['TCP to where probes come from', overV6(tcpSyn(80, 0x7000))],
    ['connections by IPv4', overV4(tcpSyn(40_000, 80))],
    ['questions by IPv4', overV4(udp(40_000, 53, new Uint8Array(20)))],
  ] as const) {
    it(`of ${what} has its limit at the port, and is nothing to neighbours`, async (t) => {
      const past = await beside(attacker, packet, async () => {});
      const through = await beside(guarded, packet, () => ask(bystander));
      t.diagnostic(`past the guard ${JSON.stringify(past)}, through it ${JSON.stringify(through)}`);
      assert(past.arrived > past.allowed, 'the control');
      assert(through.arrived <= through.allowed, `${through.arrived} arrived`);
      assert(through.arrived > LIMIT.burst, 'it had its share');
      assert(through.result.lost <= 1, `${through.result.lost} of ${QUESTIONS} questions were lost`);
    });
  }
});
