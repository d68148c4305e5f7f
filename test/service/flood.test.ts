/** One instance floods the services, and those of another tenant get what they ask for. */
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
import { linkLocalAddress } from '../../src/addressing/index.ts';
import { HostLab } from '../../src/gap/index.ts';
import { serviceMac } from '../../src/host-contract/service-port.ts';
import type { InstanceInterface } from '../../src/lab/instance/instance.ts';
import { encodeFrame, frame, ipv6, udp } from '../../src/packets/frame.ts';
import { findLocalService } from '../../src/service/local-services.ts';
import { askDns, dnsQuestion, SERVICE } from '../support/dns-question.ts';
import { eventually } from '../support/eventually.ts';
import { freePort, processesWith, type Served, serve } from '../support/serve.ts';

const flooder = fileURLToPath(new URL('../support/flood.ts', import.meta.url));
const RATE = 50_000;
const SECONDS = 6;
const QUESTIONS = 25;
/** What is lost never comes; what is late, on a busy machine, does. */
const PATIENCE_MS = 5_000;
/** Of the rate, what a busy machine sends at least. */
const LEAST = 1 / 25;
/** Of the host process, in MiB, over what it had. */
const MEMORY = 64;

interface Guest {
  readonly device: InstanceInterface;
  readonly networkId: string;
}

describe('a flood to the services', () => {
  let directory: string;
  let served: Served;
  let lab: HostLab;
  let attacker: Guest;
  let victim: Guest;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sextant-flood-'));
    served = await serve(directory, await freePort());
    const { switchDatabase, namespace } = findLocalService(served.endpoint)!.host!;
    lab = new HostLab({ switchDatabase, namespace }, pino({ level: 'silent' }));
    const [red, blue] = [
      await served.client.create('network', {}),
      await served.client.create('network', {}),
    ];
    const plug = async (networkId: string, past?: 'past the guard'): Promise<Guest> => {
      const port = await served.client.create('port', { network_id: networkId });
      const instance = await lab.instance('guest');
      const device = await lab.plug(port, instance, 'eth0', served.client, past);
      device.up();
      return { device, networkId };
    };
    // The guard has limits of its own: the services must do without them. It is by the other that they are there.
    const bystander = await plug(red.id);
    attacker = await plug(red.id, 'past the guard');
    victim = await plug(blue.id);
    for (const { device, networkId } of [bystander, victim])
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

  /** How the victim's questions fare: those without an answer, and the middle of the others' times. */
  async function ask() {
    const times: number[] = [];
    for (let number = 0; number < QUESTIONS; number++) {
      const answer = await askDns(victim.device, victim.networkId, 'nobody', 100 + number, PATIENCE_MS);
      if (answer !== undefined) times.push(answer.ms);
      await pause(50);
    }
    times.sort((a, b) => a - b);
    return { lost: QUESTIONS - times.length, median: Math.round(times[Math.floor(times.length / 2)] ?? 0) };
  }

  async function flooded(t: TestContext, octets: Uint8Array): Promise<void> {
    const quiet = await ask();
    const before = await memory();
    const { instance, device } = attacker.device;
    const words = [String(RATE), String(SECONDS), Buffer.from(octets).toString('hex')];
    const child = instance.spawn([process.execPath, flooder, device, ...words]);
    const sent = text(child.stdout!);
    await pause(1_500); // until it is at it
    const during = await ask();
    const count = Number(await sent);
    const grown = Math.round((await memory()) - before);
    t.diagnostic(
      `${Math.round(count / SECONDS)} a second; quiet ${JSON.stringify(quiet)}, flooded ${JSON.stringify(during)}; ${grown} MiB more`,
    );
    assert(count > RATE * SECONDS * LEAST, `it was a flood: ${count}`);
    assert(quiet.lost === 0, 'the control');
    assert(during.lost <= 1, `${during.lost} of ${QUESTIONS} questions were lost`);
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
});
