/**
 * From the request for a port to the first answer to a ping6 of its instance, by an API and by OVN's own tools. Both
 * take the same way into the switch.
 */
import { execFile } from 'node:child_process';
import { randomInt, randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { Address, eui64Address, Mac, Prefix } from '../src/addressing/index.ts';
import { firstAnswer, Lab, type LabInstance, SwitchConnection } from '../src/lab/index.ts';
import { INTEGRATION_BRIDGE } from '../src/switch/index.ts';
import { type Summary, summarise } from './statistics.ts';
import type { Workspace } from './workspace.ts';

/** A host that instances can be plugged in on. */
export interface PluggableHost {
  /** OVSDB remote of the switch's database. */
  readonly switchDatabase: string;
  /** Network namespace of the switch; null is the machine's. */
  readonly namespace: string | null;
}

/** The host that a target's instances run on. */
export interface TargetHost extends PluggableHost {
  /** Directory of the switch's sockets, OVS_RUNDIR. */
  readonly rundir: string;
  /** OVSDB remote of the northbound database. */
  readonly northbound: string;
}

/** What a measurement needs beside a way to make ports. */
export interface FirstPingOptions<Host extends PluggableHost = PluggableHost> {
  readonly host: Host;
  /** Where the instance is that pings; the same host when left out. */
  readonly neighbourHost?: PluggableHost;
  readonly repeats: number;
  readonly signal: AbortSignal;
}

interface MadePort {
  readonly id: string;
  readonly address: Address;
}

/** A way to make ports on one network. */
interface PortMaker {
  /** The bridge that its instances are plugged into. */
  readonly bridge: string;
  add(mac: Mac): Promise<MadePort>;
  remove(portId: string): Promise<void>;
}

/** Octets; any that fits will do. */
const MTU = 1400;
const PREFIX = Prefix.parse('fd5e:c7a9:7e57:2::/64');

const execute = promisify(execFile);

/** By the API: POST, plug in, first answer. */
export async function firstPingByApi(workspace: Workspace, setting: FirstPingOptions): Promise<Summary> {
  const { client } = workspace;
  const networkId = await workspace.network('slaac');
  const security_groups = [await workspace.openGroup()];
  const create = (mac: Mac) =>
    client.create('port', { ...workspace.port(networkId), mac_address: mac.toString(), security_groups });
  const { id, 'binding:vif_details': details } = await create(randomMac());
  await client.delete('port', id);
  return measureFirstPings(setting, {
    bridge: typeof details?.bridge_name === 'string' ? details.bridge_name : INTEGRATION_BRIDGE,
    async add(mac) {
      const port = await create(mac);
      return { id: port.id, address: Address.parse(port.fixed_ips[0]?.ip_address ?? '') };
    },
    remove: (portId) => client.delete('port', portId),
  });
}

/** By `ovn-nbctl`, with the anti-spoofing that every cloud asks for. */
export async function firstPingByOvn(setting: FirstPingOptions<TargetHost>): Promise<Summary> {
  const network = `sextant-bench-${randomUUID()}`;
  const nbctl = async (...words: string[]) => {
    await execute('ovn-nbctl', [`--db=${setting.host.northbound}`, ...words]);
  };
  await nbctl('ls-add', network);
  try {
    return await measureFirstPings(setting, {
      bridge: INTEGRATION_BRIDGE,
      async add(mac) {
        const id = randomUUID();
        const address = eui64Address(PREFIX, mac);
        const addresses = `${mac} ${address}`;
        const port = ['lsp-add', network, id, '--', 'lsp-set-addresses', id, addresses];
        await nbctl(...port, '--', 'lsp-set-port-security', id, addresses);
        return { id, address };
      },
      remove: (portId) => nbctl('lsp-del', portId),
    });
  } finally {
    await nbctl('ls-del', network);
  }
}

async function measureFirstPings(
  { host, neighbourHost = host, repeats, signal }: FirstPingOptions,
  maker: PortMaker,
): Promise<Summary> {
  const open = ({ switchDatabase: database, namespace }: PluggableHost) =>
    SwitchConnection.open({ database, namespace, bridge: maker.bridge }, pino({ level: 'silent' }), signal);
  await using connections = new AsyncDisposableStack();
  const here = connections.adopt(await open(host), (made) => made.close());
  const there = connections.adopt(await open(neighbourHost), (made) => made.close());
  await using lab = Lab.open();
  const makeOn = async (instance: LabInstance, connection: SwitchConnection) => {
    const mac = randomMac();
    const { id, address } = await maker.add(mac);
    const port = { id, mac, mtu: MTU, isUnguarded: maker.bridge === INTEGRATION_BRIDGE };
    return { id, address, device: await lab.plug(connection, port, instance, 'eth0') };
  };
  const samples: number[] = [];
  const neighbour = await makeOn(await lab.instance('neighbour'), there);
  neighbour.device.up();
  neighbour.device.addAddress(neighbour.address, PREFIX.length);
  // The first is not counted: the neighbour's own port may still be on its way.
  for (let repeat = 0; repeat <= repeats; repeat++) {
    signal.throwIfAborted();
    const instance = await lab.instance('new');
    let id = '';
    const { answered } = await firstAnswer(neighbour, async () => {
      const made = await makeOn(instance, here);
      id = made.id;
      return made;
    });
    if (repeat > 0) samples.push(answered);
    await lab.unplug(id);
    await lab.remove(instance);
    await maker.remove(id);
  }
  await lab.unplug(neighbour.id);
  await maker.remove(neighbour.id);
  return summarise(samples);
}

const randomMac = (): Mac => Mac.of(0xfa163e000000n + BigInt(randomInt(2 ** 24)));
