/**
 * Tunnels of two switches on the kernel's datapath, encrypted as hosts have theirs, on underlays of either family: what
 * is seen on the cable between them, and what gets through. It takes a kernel with Open vSwitch and IPsec.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import type { Family } from '../../src/addressing/index.ts';
import { IkeDaemon } from '../../src/host/encryption/ike-daemon.ts';
import type { IkePeer } from '../../src/host/encryption/ike-settings.ts';
import { TunnelEncryption } from '../../src/host/encryption/index.ts';
import type { EncryptionOrder } from '../../src/host-contract/index.ts';
import { type Capture, Fabric, Lab, type LabMachine } from '../../src/lab/index.ts';
import {
  blockTunnels,
  charonMark,
  processesWithArgument,
  swanctlCommand,
  swanctlEnvironment,
  unblockTunnels,
} from '../../src/linux/index.ts';
import { decodeTunnel, type Frame, IP_PROTOCOL } from '../../src/packets/index.ts';
import { Authority, makeKey, requestFor } from '../../src/pki/index.ts';
import { overheadOf } from '../../src/resources/index.ts';
import { eventually } from '../support/eventually.ts';
import { silent } from './support.ts';

const execute = promisify(execFile);
const KINDS = ['geneve', 'vxlan', 'gre'] as const;
type Kind = (typeof KINDS)[number];
const UNDERLAY_MTU = 1500;
/** What is sent begins with it again and again. */
const MARK = Buffer.from('SEXTANT!');
const PATIENCE_S = 240;
/** Seconds that TCP is sent for, for a figure. */
const TRANSFER_S = 6;

/** A machine with a bridge for each kind of tunnel, on which it has an address itself. */
class Host {
  readonly machine: LabMachine;
  readonly name: string;
  readonly directory: string;
  daemon: IkeDaemon | undefined;

  constructor(machine: LabMachine, parent: string) {
    this.machine = machine;
    this.name = machine.name;
    this.directory = join(parent, machine.name);
    mkdirSync(this.directory);
  }

  get tls() {
    const file = (name: string) => join(this.directory, name);
    return { privateKey: file('key'), certificate: file('pem'), caCertificate: file('ca') };
  }

  async certify(authority: Authority): Promise<void> {
    makeKey(this.tls.privateKey);
    const candidate = await authority.candidate(await requestFor(this.tls.privateKey, this.name), this.name);
    authority.admit(candidate);
    writeFileSync(this.tls.certificate, candidate.certificate);
  }

  async startSwitch(last: number): Promise<void> {
    const { directory, machine } = this;
    const at = (file: string) => join(directory, file);
    const schema = '/usr/share/openvswitch/vswitch.ovsschema';
    await machine.run(['ovsdb-tool', 'create', at('conf.db'), schema]);
    const daemon = ['--detach', '--no-chdir', '--log-file=/dev/null'];
    const start = async (name: string, ...words: string[]) => {
      await machine.run([name, ...daemon, `--pidfile=${at(`${name}.pid`)}`, ...words], this.#environment);
      machine.atStop(async () => void (await machine.run(['pkill', '-F', at(`${name}.pid`)])));
    };
    await start('ovsdb-server', `--remote=punix:${at('db.sock')}`, at('conf.db'));
    await this.#vsctl('--no-wait', 'init');
    await start('ovs-vswitchd', `unix:${at('db.sock')}`);
    for (const [index, kind] of KINDS.entries()) {
      const bridge = `br-${kind}`;
      await this.#vsctl('add-br', bridge);
      await machine.run(['ip', 'address', 'add', `fd00:${index + 1}::${last}/64`, 'dev', bridge, 'nodad']);
      await machine.run(['ip', 'link', 'set', bridge, 'up']);
    }
  }

  async tunnelTo({ machine: { address } }: Host): Promise<void> {
    for (const kind of KINDS) {
      const type = kind === 'gre' && address.family === 6 ? 'ip6gre' : kind;
      const options = [`options:remote_ip="${address}"`, 'options:key=7'];
      const port = `t-${kind}`;
      await this.#vsctl(
        'add-port',
        `br-${kind}`,
        port,
        '--',
        'set',
        'interface',
        port,
        `type=${type}`,
        ...options,
      );
      const mtu = UNDERLAY_MTU - overheadOf(kind, address.family, true);
      await this.#vsctl('set', 'interface', `br-${kind}`, `mtu_request=${mtu}`);
    }
  }

  #vsctl(...words: string[]): Promise<string> {
    return this.machine.run(['ovs-vsctl', `--db=unix:${join(this.directory, 'db.sock')}`, ...words]);
  }

  get #environment() {
    return { OVS_RUNDIR: this.directory };
  }

  get #place(): string {
    return join(this.directory, 'ike');
  }

  /** Has its tunnels encrypted, with a host that it believes an authority of. */
  async encrypt(peer: IkePeer): Promise<void> {
    const { namespace, address } = this.machine;
    blockTunnels(namespace, address);
    const options = { directory: this.#place, namespace, tls: this.tls, outlive: false, log: silent };
    this.daemon ??= await IkeDaemon.start(options);
    await this.daemon.tell({ host: this.name, end: address, peers: [peer] });
  }

  /** Has them as they were. */
  async decrypt(): Promise<void> {
    await this.daemon?.stop();
    this.daemon = undefined;
    unblockTunnels(this.machine.namespace);
  }

  /** Follows orders as hosts do, as if `peer` were the only other one. */
  follow(peer: IkePeer, order: () => EncryptionOrder): TunnelEncryption {
    const { namespace, address } = this.machine;
    const body = () => Buffer.from(JSON.stringify(order()));
    return new TunnelEncryption({
      database: {
        setting: () => `${address}`,
        datapathOf: () => 'system',
        onChange: () => () => {},
      },
      places: {
        hosts: () => [[peer.host, [peer.end]]],
        onMove: () => () => {},
      },
      channel: { request: () => Promise.resolve({ status: 200, headers: { etag: '' }, body: body() }) },
      ...{
        rundir: this.directory,
        switchNamespace: namespace,
        host: this.name,
        tls: this.tls,
        outlive: false,
      },
      log: silent,
    });
  }

  /** Megabits that TCP brings to another host in a second. */
  async rate(kind: Kind, other: Host): Promise<number> {
    const listener = other.machine.spawn(['iperf3', '--server', '--one-off', '--forceflush']);
    await new Promise((resolve) => listener.stdout!.once('data', resolve));
    const target = `fd00:${KINDS.indexOf(kind) + 1}::2`;
    // Segments that fit either way, so that packets are as many.
    const words = ['-c', target, '-t', String(TRANSFER_S), '-M', '1300', '--json'];
    const report = await this.machine.run(['iperf3', ...words]);
    return (JSON.parse(report).end.sum_received.bits_per_second as number) / 1e6;
  }

  async ike(...words: string[]): Promise<string> {
    const [program, ...args] = swanctlCommand(this.#place, ...words);
    return (await execute(program, args, { env: swanctlEnvironment(this.#place) })).stdout;
  }

  get charon(): number | undefined {
    return processesWithArgument((argument) => argument === charonMark(this.#place))[0];
  }

  /** How many of so many echo requests with the mark are answered. */
  async ping(kind: Kind, { last = 2, count = 3, every = 0.2, size = 56, wait = 5 } = {}): Promise<number> {
    const target = `fd00:${KINDS.indexOf(kind) + 1}::${last}`;
    const pattern = MARK.toString('hex');
    const times = ['-c', String(count), '-i', String(every), '-W', String(wait)];
    const words = ['ping', '-6', '-n', '-M', 'do', '-p', pattern, '-s', String(size), ...times, target];
    // That nothing comes back is a result.
    const output = await this.machine.run(['sh', '-c', '"$@" || true', 'sh', ...words]);
    return Number(/(\d+) received/.exec(output)?.[1] ?? 0);
  }
}

/** What of a capture says what was sent, what is in tunnels, and how much is ESP. */
async function seen(capture: Capture) {
  await capture.settle();
  const { observations } = capture;
  const isProtected = ({ network }: Frame) =>
    'upper' in network &&
    network.upper.kind === 'octets' &&
    network.upper.protocol === IP_PROTOCOL.encapsulation;
  return {
    marked: observations.filter(({ octets }) => Buffer.from(octets).includes(MARK)).length,
    tunnelled: observations.filter(({ frame }) => decodeTunnel(frame) !== undefined).length,
    protected: observations.filter(({ frame }) => isProtected(frame)).length,
    protectedFrom: ({ machine }: Host) =>
      observations.filter(
        ({ frame }) =>
          isProtected(frame) &&
          'source' in frame.network &&
          String(frame.network.source) === `${machine.address}`,
      ).length,
    longest: Math.max(0, ...observations.map(({ octets }) => octets.length)),
  };
}

function tryUnderlay(family: Family): void {
  // The kernel looks for a policy before GRE over IPv6 has a source.
  const encrypted: readonly Kind[] = family === 6 ? KINDS.filter((kind) => kind !== 'gre') : KINDS;
  describe(`tunnels over IPv${family}`, () => {
    const ended = new AsyncDisposableStack();
    let fabric: Fabric;
    let authority: Authority;
    let foreign: Authority;
    let one: Host;
    let two: Host;

    const peer = ({ name, machine }: Host, by = authority): IkePeer => ({
      ...{ host: name, end: machine.address, authority: by.hostAuthorities().get(name)! },
    });
    const encrypt = () => Promise.all([one.encrypt(peer(two)), two.encrypt(peer(one))]);
    const reached = (kind: Kind) =>
      eventually(
        `${kind} reaches the other`,
        async () => (await one.ping(kind, { count: 1 })) === 1,
        PATIENCE_S,
      );
    async function capturing<T>(act: (capture: Capture) => Promise<T>): Promise<T> {
      const capture = fabric.capture(one.machine);
      try {
        return await act(capture);
      } finally {
        await capture.stop();
      }
    }

    before(async () => {
      const directory = mkdtempSync(join(tmpdir(), 'sextant-encrypted-'));
      ended.defer(() => rmSync(directory, { recursive: true, force: true }));
      fabric = ended.use(Fabric.open(ended.use(Lab.open()), family));
      authority = await Authority.open(join(directory, 'pki'));
      foreign = await Authority.open(join(directory, 'foreign'));
      [one, two] = [new Host(fabric.machine('h1'), directory), new Host(fabric.machine('h2'), directory)];
      for (const [index, host] of [one, two].entries()) {
        await host.startSwitch(index + 1);
        await host.certify(authority);
        ended.defer(() => host.decrypt());
      }
      await one.tunnelTo(two);
      await two.tunnelTo(one);
    });
    after(() => ended.disposeAsync());

    for (const kind of KINDS)
      it(`${kind}: without, all is read on the cable`, async () => {
        await reached(kind);
        await capturing(async (capture) => {
          assert.equal(await one.ping(kind), 3);
          const { marked, tunnelled, protected: esp } = await seen(capture);
          assert.ok(marked >= 6 && tunnelled >= 6, `${marked}, ${tunnelled}`);
          assert.equal(esp, 0);
        });
      });

    it('change over to it and back while hosts talk, some of which hear of it later', async (t) => {
      const peers = [peer(two), peer(one)] as const;
      const ipsec: EncryptionOrder = {
        encryption: 'ipsec',
        authorities: peers.map(({ host, authority: certificate }) => ({ host, certificate })),
      };
      let order: EncryptionOrder = { encryption: 'none', authorities: [] };
      const following = [one.follow(peers[0], () => order), two.follow(peers[1], () => order)];
      t.after(() => Promise.all(following.map((each) => each.stop())));
      const plain = await one.rate('geneve', two);
      const turn = async (to: EncryptionOrder, isOver: () => boolean | Promise<boolean>) => {
        const lasting = one.ping('geneve', { count: 1_200, every: 0.05 });
        order = to;
        await eventually('all have changed over', isOver, PATIENCE_S);
        return 1_200 - (await lasting);
      };
      const lostByOn = await turn(ipsec, () => following.every(({ state }) => state === 'ipsec'));
      await capturing(async (capture) => {
        assert.equal(await one.ping('geneve'), 3);
        const { marked, tunnelled, protected: esp } = await seen(capture);
        assert.deepEqual([marked, tunnelled], [0, 0]);
        assert.ok(esp >= 6);
      });
      const encrypted = await one.rate('geneve', two);
      const lostByOff = await turn({ encryption: 'none', authorities: [] }, async () => {
        const policies = await Promise.all(
          [one, two].map(({ machine }) => machine.run(['ip', 'xfrm', 'policy'])),
        );
        return policies.join('') === '';
      });
      await capturing(async (capture) => {
        assert.equal(await one.ping('geneve'), 3);
        assert.equal((await seen(capture)).protected, 0);
      });
      const again = await one.rate('geneve', two);
      t.diagnostic(
        `of requests every 50 ms ${lostByOn} lost by switching it on, ${lostByOff} by switching it off`,
      );
      const rates = [plain, encrypted, again].map((each) => each.toFixed(0)).join(', ');
      t.diagnostic(`TCP in Geneve, as it is, encrypted, and as it is again: ${rates} Mbit/s`);
    });

    it('are encrypted', async () => void (await encrypt()));

    for (const kind of encrypted)
      it(`${kind}: nothing is read, and packets of the whole MTU fit`, async () => {
        await capturing(async (capture) => {
          await reached(kind);
          assert.equal(await one.ping(kind), 3);
          const mtu = UNDERLAY_MTU - overheadOf(kind, family, true);
          assert.equal(await one.ping(kind, { size: mtu - 48 }), 3);
          const { marked, tunnelled, protected: esp, longest } = await seen(capture);
          assert.deepEqual([marked, tunnelled], [0, 0]);
          assert.ok(esp >= 12, `${esp} packets of ESP`);
          assert.ok(longest <= UNDERLAY_MTU + 14 && longest > UNDERLAY_MTU - 10, `${longest} octets`);
        });
      });

    for (const kind of KINDS.filter((one) => !encrypted.includes(one)))
      it(`${kind}: cannot be encrypted, and does not pass`, async () => {
        await capturing(async (capture) => {
          assert.equal(await one.ping(kind, { wait: 2 }), 0);
          const { marked, tunnelled } = await seen(capture);
          assert.deepEqual([marked, tunnelled], [0, 0]);
        });
      });

    it('lose nothing while keys are renewed', async () => {
      const [count, every] = [500, 0.05];
      const lasting = Promise.all(encrypted.map((kind) => one.ping(kind, { count, every })));
      let rounds = 0;
      let isOver = false;
      const over = lasting.finally(() => {
        isOver = true;
      });
      while (!isOver) {
        for (const child of ['geneve-out', 'geneve-in', 'vxlan-out', 'vxlan-in'])
          await one.ike('--rekey', '--child', child);
        await two.ike('--rekey', '--ike', (await two.ike('--list-conns')).split(':')[0]!.trim());
        if (!isOver) rounds++;
      }
      assert.deepEqual(
        await over,
        encrypted.map(() => count),
      );
      assert.ok(rounds > 0, 'keys were renewed meanwhile');
    });

    it('lose nothing while the daemon is killed, and starts again', async () => {
      const before = one.charon!;
      const lasting = one.ping('geneve', { count: 200, every: 0.05 });
      process.kill(before, 'SIGKILL');
      await eventually('it runs again', () => ![undefined, before].includes(one.charon), PATIENCE_S);
      await eventually('it is told again', () => one.encrypt(peer(two)).then(() => true), PATIENCE_S);
      assert.equal(await lasting, 200);
      await reached('geneve');
    });

    it('take nothing from a host that does not encrypt, and give it nothing', async () => {
      await two.decrypt();
      for (const kind of KINDS) {
        const inside = await capturing(async (capture) => {
          assert.equal(await two.ping(kind, { last: 1, wait: 2 }), 0);
          return seen(capture);
        });
        // What it sends says who it looks for, even where it never learns it.
        assert.ok(inside.tunnelled > 0, 'it sent, and everybody could read that');
        const answered = await capturing(async (capture) => {
          assert.equal(await one.ping(kind, { wait: 2 }), 0);
          return seen(capture);
        });
        assert.equal(answered.marked, 0, 'nothing is sent to it that it could read');
      }
      await one.decrypt();
      for (const kind of KINDS) await reached(kind);
    });

    it('are none to a host whose certificate another authority signed', async () => {
      await two.certify(foreign);
      await encrypt();
      await capturing(async (capture) => {
        for (const kind of KINDS) assert.equal(await one.ping(kind, { wait: 2 }), 0);
        const { marked, tunnelled, protectedFrom } = await seen(capture);
        // That one believes the other, who may send something before it hears that it is not believed.
        assert.deepEqual([marked, tunnelled, protectedFrom(one)], [0, 0, 0]);
      });
      await two.certify(authority);
      await encrypt();
      for (const kind of encrypted) await reached(kind);
    });

    it('leave nothing behind', async () => {
      for (const host of [one, two]) {
        await host.decrypt();
        assert.equal(await host.machine.run(['ip', 'xfrm', 'policy']), '');
        // What was being agreed on ends by itself.
        await eventually(
          'no key is left',
          async () => (await host.machine.run(['ip', 'xfrm', 'state'])) === '',
        );
      }
      for (const kind of KINDS) await reached(kind);
    });
  });
}

for (const family of [6, 4] as const) tryUnderlay(family);
