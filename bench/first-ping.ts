/**
 * From the request for a port to the first answer that its instance gives to ping6, by an API and by OVN's own
 * tools. Both take the same way into the switch; nothing waits for SLAAC or duplicate address detection, which
 * take what the kernel gives them: the new instance is pinged by its link-local address.
 */
import { type ChildProcess, execFile } from 'node:child_process';
import { randomInt, randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { type Address, linkLocalAddress, Mac } from '../src/addressing/index.ts';
import { type Instance, Lab, SwitchConnection } from '../src/lab/index.ts';
import { type Summary, summarise } from './statistics.ts';
import type { Workspace } from './workspace.ts';

/** The host that a target's instances run on. */
export interface Host {
  /** OVSDB remote of the switch's database. */
  readonly switchDatabase: string;
  /** Network namespace of the switch; null is the machine's. */
  readonly namespace: string | null;
  /** OVSDB remote of the northbound database. */
  readonly northbound: string;
}

/** A way to make ports on one network. */
interface PortMaker {
  /** The bridge that its instances are plugged into. */
  readonly bridge: string;
  /** Returns the port's id. */
  add(mac: Mac): Promise<string>;
  remove(portId: string): Promise<void>;
}

/** Octets; any that fits will do. */
const MTU = 1400;
const DEVICE = 'eth0';
/** Seconds between echo requests: the resolution of what is measured. */
const PING_INTERVAL = '0.002';
/** Linux solicits a neighbour once a second, three times, and then lets it be for a while: here it goes on. */
const SOLICITING = { retrans_time_ms: 5, mcast_solicit: 10_000 };
/** Seconds after which a new instance will not answer any more. */
const PATIENCE = '30';

const execute = promisify(execFile);

/** What a measurement needs beside a way to make ports. */
export interface Setting {
  readonly host: Host;
  readonly repeats: number;
  readonly signal: AbortSignal;
}

/** By the API: POST, plug in, first answer. */
export async function firstPingByApi(workspace: Workspace, setting: Setting): Promise<Summary> {
  const { client } = workspace;
  const networkId = await workspace.network('slaac');
  const security_groups = [await workspace.openGroup()];
  const add = (mac: Mac) =>
    client.create('port', { ...workspace.port(networkId), mac_address: mac.toString(), security_groups });
  const { id, 'binding:vif_details': details } = await add(randomMac());
  await client.delete('port', id);
  return measureFirstPings(setting, {
    bridge: typeof details?.bridge_name === 'string' ? details.bridge_name : 'br-int',
    add: async (mac) => (await add(mac)).id,
    remove: (portId) => client.delete('port', portId),
  });
}

/** By `ovn-nbctl`, with the anti-spoofing that every cloud asks for. */
export async function firstPingByOvn(setting: Setting): Promise<Summary> {
  const network = `sextant-bench-${randomUUID()}`;
  const nbctl = async (...words: string[]) => {
    await execute('ovn-nbctl', [`--db=${setting.host.northbound}`, ...words]);
  };
  await nbctl('ls-add', network);
  try {
    return await measureFirstPings(setting, {
      bridge: 'br-int',
      async add(mac) {
        const id = randomUUID();
        const addresses = `${mac} ${linkLocalAddress(mac)}`;
        const port = ['lsp-add', network, id, '--', 'lsp-set-addresses', id, addresses];
        await nbctl(...port, '--', 'lsp-set-port-security', id, addresses);
        return id;
      },
      remove: (portId) => nbctl('lsp-del', portId),
    });
  } finally {
    await nbctl('ls-del', network);
  }
}

async function measureFirstPings({ host, repeats, signal }: Setting, maker: PortMaker): Promise<Summary> {
  const facts = { database: host.switchDatabase, namespace: host.namespace, bridge: maker.bridge };
  const connection = await SwitchConnection.open(facts, pino({ level: 'silent' }), signal);
  await using lab = Lab.open();
  const samples: number[] = [];
  try {
    const observer = await instanceIn(lab, 'observer');
    const observerMac = randomMac();
    const observerId = await maker.add(observerMac);
    const plug = async (id: string, mac: Mac, instance: Instance) => {
      const device = await lab.plug(connection, { id, mac, mtu: MTU }, instance, DEVICE);
      for (const [setting, value] of Object.entries(SOLICITING)) {
        instance.setSetting(`ipv6/neigh/${DEVICE}/${setting}`, value);
      }
      device.up();
    };
    await plug(observerId, observerMac, observer);

    // The first is not counted: the observer's own port may still be on its way.
    for (let repeat = 0; repeat <= repeats; repeat++) {
      signal.throwIfAborted();
      const instance = await instanceIn(lab, 'instance');
      const mac = randomMac();
      await using pinging = await Pinging.start(observer, linkLocalAddress(mac));
      const begun = Date.now();
      const id = await maker.add(mac);
      await plug(id, mac, instance);
      const answered = await pinging.firstAnswer;
      if (repeat > 0) samples.push(answered - begun);
      await lab.unplug(id);
      await lab.remove(instance);
      await maker.remove(id);
    }
    await lab.unplug(observerId);
    await maker.remove(observerId);
  } finally {
    await connection.close();
  }
  return summarise(samples);
}

/** An instance whose devices use their addresses at once*/
async function instanceIn(lab: Lab, name: string): Promise<Instance> {
  const instance = await lab.instance(name);
  instance.setSetting('ipv6/conf/default/accept_dad', 0);

  return instance;
}

/** Echo requests that go on until one is answered. */
class Pinging implements AsyncDisposable {
  /** When the first answer came, in milliseconds since the epoch. */
  readonly firstAnswer: Promise<number>;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, firstAnswer: Promise<number>) {
    this.#process = process;
    this.firstAnswer = firstAnswer;
  }

  /** Resolves when the requests are on their way. */
  static async start(from: Instance, target: Address): Promise<Pinging> {
    const command = ['ping', '-6', '-n', '-D', '-i', PING_INTERVAL, '-w', PATIENCE, `${target}%${DEVICE}`];
    const process = from.spawn(['stdbuf', '-oL', ...command]);
    const lines = createInterface(process.stdout!);
    const { promise: started, resolve: onStart, reject: onFail } = Promise.withResolvers<void>();
    const { promise: answered, resolve: onAnswer, reject: onSilence } = Promise.withResolvers<number>();
    lines.on('line', (line) => {
      onStart();
      const seconds = /^\[([\d.]+)\] \d+ bytes from /.exec(line)?.[1];
      if (seconds !== undefined) onAnswer(Number(seconds) * 1000);
    });
    process.once('exit', () => {
      const silence = new Error(`${target} did not answer within ${PATIENCE} s.`);
      onFail(silence);
      onSilence(silence);
    });
    // Whoever awaits it hears of the silence; when nobody does any more, it does not matter.
    answered.catch(() => {});
    await started;
    return new Pinging(process, answered);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGKILL');
  }
}

const randomMac = (): Mac => Mac.of(0xfa163e000000n + BigInt(randomInt(2 ** 24)));
