/** NAT64 while what translates is killed, and while an instance opens more sessions than there are. */
import assert from 'node:assert/strict';
import { hash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { nat64 } from '../../bench/gateway/ways.ts';
import { type GatewayWorld, withGateway } from '../../bench/gateway/world.ts';
import { Workspace } from '../../bench/workspace.ts';
import { Address, Mac } from '../../src/addressing/index.ts';
import { processesOf } from '../../src/engine/embedded/state-directory.ts';
import { connectTcp, type LabInstance, TcpBeat, TcpEcho, tcpProbe } from '../../src/lab/index.ts';
import { findLocalService } from '../../src/service/local-services.ts';
import { afterwards } from '../support/afterwards.ts';
import { eventually } from '../support/eventually.ts';
import { freePort, type Served, serve } from '../support/serve.ts';

const [ECHO_PORT, BEAT_PORT] = [7064, 7065];
const PATIENCE_SECONDS = 60;
/** Sessions that one instance opens, by so many ports of its own to as many of a host. */
const [FLOOD_SOURCES, FLOOD_TARGETS] = [2, 50_000];

interface Rig extends GatewayWorld {
  readonly served: Served;
  readonly rundir: string;
  readonly target: Address;
}

/** A Sextant of its own, and an instance that reaches a host with IPv4. */
async function withNat64(t: TestContext, act: (rig: Rig) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'sextant-nat64-'));
  afterwards(t, () => rm(directory, { recursive: true }));
  const served = await serve(directory, await freePort());
  afterwards(t, () => served.stop());
  const host = findLocalService(served.endpoint)!.host!;
  const workspace = new Workspace(served.client);
  await withGateway({ workspace, host, signal: new AbortController().signal }, async (world) => {
    const { target } = await nat64(world);
    await TcpEcho.start(world.outside, ECHO_PORT);
    await act({ ...world, served, rundir: host.rundir, target });
  });
  await workspace.clean();
}

/** Octets without end to an echo server, and whether the same come back. */
class Transfer {
  readonly #socket: Socket;
  readonly #chunk = randomBytes(64 * 1024);
  readonly #sent: string;
  #awaited = Buffer.alloc(0);
  received = 0;
  wrong = 0;
  #isEnding = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#sent = hash('sha256', this.#chunk);
    socket.on('data', (data: Buffer) => this.#take(data));
    socket.on('drain', () => this.#send());
    socket.on('error', () => {}); // it shows as silence
    this.#send();
  }

  static async open(from: LabInstance, target: Address): Promise<Transfer> {
    const socket = connectTcp(from, target, ECHO_PORT);
    await once(socket, 'connect');
    return new Transfer(socket);
  }

  /** Waits until so many more octets have come back. */
  async getsMore(octets: number): Promise<void> {
    const enough = this.received + octets;
    await eventually('the transfer goes on', async () => this.received >= enough, PATIENCE_SECONDS);
  }

  /** Ends it, and waits for all that was sent. */
  async end(): Promise<void> {
    this.#isEnding = true;
    const ended = once(this.#socket, 'end', { signal: AbortSignal.timeout(PATIENCE_SECONDS * 1_000) });
    this.#socket.end();
    await ended;
    assert.equal(this.#awaited.length, 0);
  }

  #send(): void {
    while (!this.#isEnding && this.#socket.write(this.#chunk));
  }

  #take(data: Buffer): void {
    this.received += data.length;
    this.#awaited = Buffer.concat([this.#awaited, data]);
    for (
      ;
      this.#awaited.length >= this.#chunk.length;
      this.#awaited = this.#awaited.subarray(this.#chunk.length)
    )
      if (hash('sha256', this.#awaited.subarray(0, this.#chunk.length)) !== this.#sent) this.wrong++;
  }
}

const SOME = 2_000_000;

describe('NAT64', () => {
  it('goes on with a transfer by TCP while the host process that translates is killed, three times', async (t) => {
    await withNat64(t, async ({ guest, outside, target, rundir }) => {
      const transfer = await Transfer.open(guest, target);
      // Who only listens says nothing by which it could be known anew.
      TcpBeat.serve(outside, BEAT_PORT);
      const beat = await TcpBeat.start(guest, target, BEAT_PORT, true);
      const pidOf = () => processesOf(rundir).find(({ name }) => name === 'host')?.pid;
      for (let count = 0; count < 3; count++) {
        await transfer.getsMore(SOME);
        const before = pidOf()!;
        process.kill(before, 'SIGKILL');
        await eventually(
          'the host is back',
          async () => ![before, undefined].includes(pidOf()),
          PATIENCE_SECONDS,
        );
      }
      await transfer.getsMore(SOME);
      await transfer.end();
      assert.equal(transfer.wrong, 0);
      const { keptMs, heardMs } = await beat.result();
      assert.ok(keptMs !== undefined && heardMs !== undefined, `${keptMs}, ${heardMs}`);
    });
  });

  it('is lost to nobody when one instance opens 100,000 sessions', async (t) => {
    await withNat64(t, async (world) => {
      const { guest, target, served } = world;
      const neighbour = await anotherGuest(world);
      const transfer = await Transfer.open(neighbour, target);
      await transfer.getsMore(SOME);
      const flood = guest.spawn([
        'python3',
        '-c',
        FLOOD,
        `${target}`,
        String(FLOOD_SOURCES),
        String(FLOOD_TARGETS),
      ]);
      const ended = once(flood, 'exit');
      const [first] = await once(flood.stdout!, 'data');
      assert.match(String(first), /half/);
      const meanwhile = await tcpProbe(neighbour, target, ECHO_PORT, {
        patienceMs: PATIENCE_SECONDS * 1_000,
      });
      assert.equal(meanwhile.outcome, 'connected');
      await ended;
      const evicted = async (): Promise<number> => {
        const text = await (await fetch(`${served.endpoint}/metrics`)).text();
        return Number(/^sextant_nat64_evicted_total\S* (\d+)$/m.exec(text)?.[1] ?? 0);
      };
      await eventually(
        'sessions of the flood ended',
        async () => (await evicted()) > 10_000,
        PATIENCE_SECONDS,
      );
      for (const from of [neighbour, guest]) {
        const after = await tcpProbe(from, target, ECHO_PORT, { patienceMs: PATIENCE_SECONDS * 1_000 });
        assert.equal(after.outcome, 'connected', from.name);
      }
      await transfer.getsMore(SOME);
      await transfer.end();
      assert.equal(transfer.wrong, 0);
    });
  });
});

/** Sends a datagram to each of so many ports from each of so many of its own; says when half of it is done. */
const FLOOD = `
import socket, sys, time
host, sources, targets = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
for source in range(sources):
    sender = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    for port in range(10000, 10000 + targets):
        for attempt in range(50):
            try:
                sender.sendto(b'x', (host, port))
                break
            except OSError:
                time.sleep(0.001)
    if source == 0:
        print('half', flush=True)
`;

/** A second instance on the network of the first. */
async function anotherGuest({ workspace, networks, lab, plug, port }: GatewayWorld): Promise<LabInstance> {
  const { security_groups } = port;
  const made = await workspace.make('port', { network_id: networks.inner.id, security_groups });
  const instance = await lab.instance('neighbour');
  const plugged = { id: made.id, mac: Mac.parse(made.mac_address), mtu: networks.inner.mtu };
  const device = await plug(instance, plugged, 'eth0');
  for (const { ip_address } of made.fixed_ips) device.addAddress(Address.parse(ip_address!), 64);
  const { gateway_ip } = await workspace.client.show('subnet', made.fixed_ips[0]!.subnet_id!);
  await instance.run('ip', '-6', 'route', 'add', 'default', 'via', gateway_ip!, 'dev', 'eth0');
  return instance;
}
