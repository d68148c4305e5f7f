/** Real virtual machines as instances, plugged in by hand and by libvirt: QEMU in software, a kernel of Debian's. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { Address } from '../../src/addressing/index.ts';
import { startPrivateService } from '../../src/cli/private-service.ts';
import { type Answered, NeutronClient } from '../../src/client/index.ts';
import { HostLab } from '../../src/gap/index.ts';
import { httpProbe, INSTANCE_BRIDGE, type LabInstance, tcpProbe } from '../../src/lab/index.ts';
import { eventually } from '../support/eventually.ts';
import { silent } from './support.ts';

const execute = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const SEXTANT = join(root, 'bin/sextant');
/** Of a machine without hardware to help it, on a busy one. */
const BOOT_SECONDS = 300;

/** What a machine is told of the kernel that it boots. */
const KERNEL_WORDS = 'console=ttyS0 quiet panic=-1 mitigations=off nokaslr';

const modes = <Mode extends 'slaac' | 'dhcpv6-stateful'>(mode: Mode) =>
  ({ ip_version: 6, ipv6_ra_mode: mode, ipv6_address_mode: mode }) as const;

describe('a real virtual machine', () => {
  let service: Awaited<ReturnType<typeof startPrivateService>>;
  let client: NeutronClient;
  let network: Answered<'network'>;
  let group: Answered<'security_group'>;
  /** Directory of the kernel and the root file system that machines boot. */
  let image: string;
  /** Another instance on the network. */
  let neighbour: LabInstance;
  const ended = new AsyncDisposableStack();

  before(async () => {
    image = (await execute(join(root, 'scripts/machine/prepare.sh'))).stdout.trim();
    service = await startPrivateService(silent);
    ended.defer(() => service.stop());
    client = NeutronClient.at(service.endpoint);
    network = await client.create('network', { name: 'net' });
    const { id } = await client.create('router', {});
    const subnets = [
      { cidr: 'fd00:a1::/64', ...modes('slaac') },
      { cidr: 'fd00:a2::/64', ...modes('dhcpv6-stateful') },
      { ip_version: 4, cidr: '10.161.0.0/24' },
    ] as const;
    for (const subnet of subnets) {
      const made = await client.create('subnet', { network_id: network.id, ...subnet });
      await client.addRouterInterface(id, { subnet_id: made.id });
    }
    group = await client.create('security_group', {});
    await client.create('security_group_rule', {
      ...{ security_group_id: group.id, direction: 'ingress', ethertype: 'IPv6' },
      ...{ protocol: 'tcp', port_range_min: 80, port_range_max: 80 },
    });
    const lab = ended.use(new HostLab({ ...service.host!, instanceBridge: INSTANCE_BRIDGE }, silent));
    neighbour = await lab.instance('neighbour');
    const port = await client.create('port', { network_id: network.id });
    (await lab.plug(port, neighbour, 'eth0', client)).up();
  });
  after(() => ended.disposeAsync());

  /** Runs `sextant`, and answers what it prints. */
  const sextant = async (...words: string[]): Promise<string> =>
    (await execute(SEXTANT, [...words, '--endpoint', service.endpoint])).stdout.trim();

  /** What a machine's console says of itself once it has everything; by word, all that it said. */
  async function whatItSays(console: () => string | Promise<string>): Promise<Map<string, string[]>> {
    let said = new Map<string, string[]>();
    await eventually(
      'the machine is ready',
      async () => {
        said = new Map();
        for (const [, word, rest] of (await console()).matchAll(/^machine: (\S+) ?(.*?)\s*$/gm))
          said.set(word!, [...(said.get(word!) ?? []), rest!]);
        return said.has('ready');
      },
      BOOT_SECONDS,
    );
    return said;
  }

  /** It has what the API says that its port has, and is reached as its group has it. */
  async function isAnInstance(
    port: Answered<'port'>,
    said: ReadonlyMap<string, readonly string[]>,
  ): Promise<void> {
    const addressIn = (prefix: string): string =>
      port.fixed_ips.map(({ ip_address }) => ip_address!).find((address) => address.startsWith(prefix))!;
    const [slaac, stateful, legacy] = ['fd00:a1:', 'fd00:a2:', '10.161.'].map(addressIn) as [
      string,
      string,
      string,
    ];
    assert.deepEqual(said.get('slaac'), [`${slaac}/64`]);
    assert.deepEqual(said.get('dhcpv6'), [stateful]);
    assert.deepEqual(said.get('dhcpv4'), [legacy]);
    assert.deepEqual(said.get('metadata'), [port.id]);
    assert.deepEqual(said.get('mtu'), [`${network.mtu}`]);
    assert.equal((await client.show('port', port.id)).status, 'ACTIVE');
    const address = Address.parse(slaac);
    const page = await httpProbe(neighbour, { to: address, device: 'eth0', path: '/' });
    assert.deepEqual(page, { outcome: 'answered', status: 200, body: 'a real machine\n' });
    assert.equal((await tcpProbe(neighbour, address, 81)).outcome, 'silence');
  }

  it('plugged in by `sextant attach` is an instance like any other, until it is detached', async (t) => {
    const port = await client.create('port', {
      network_id: network.id,
      name: 'by-hand',
      security_groups: [group.id],
    });
    const words = (await sextant('attach', 'by-hand')).split(' ');
    assert.deepEqual((await sextant('attach', 'by-hand')).split(' '), words);
    const machine = spawn(
      'ip',
      [
        ...['netns', 'exec', service.host!.namespace!, 'qemu-system-x86_64'],
        ...[
          '-accel',
          'tcg',
          '-cpu',
          'max',
          '-m',
          '192',
          '-nodefaults',
          '-no-user-config',
          '-display',
          'none',
        ],
        ...[
          '-no-reboot',
          '-serial',
          'stdio',
          '-kernel',
          `${image}/linux`,
          '-initrd',
          `${image}/initramfs.gz`,
        ],
        ...['-append', KERNEL_WORDS, ...words],
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    t.after(() => end(machine));
    let console = '';
    machine.stdout.setEncoding('utf8').on('data', (text: string) => {
      console += text;
    });
    await isAnInstance(port, await whatItSays(() => console));
    await end(machine);
    await sextant('detach', 'by-hand');
    await eventually('its port is down', async () => (await client.show('port', port.id)).status === 'DOWN');
  });

  it('that libvirt plugs in, as Nova has it do, is one as well', async (t) => {
    const port = await client.create('port', {
      network_id: network.id,
      name: 'by-libvirt',
      security_groups: [group.id],
    });
    const directory = await mkdtemp(join(tmpdir(), 'sextant-libvirt-'));
    t.after(() => rm(directory, { recursive: true }));
    const console = join(directory, 'console');
    await mkdir(join(directory, 'etc'));
    await writeFile(console, '');
    await writeFile(
      join(directory, 'etc/qemu.conf'),
      'user = "root"\ngroup = "root"\nsecurity_driver = "none"\nstdio_handler = "file"\ncgroup_controllers = []\nnamespaces = []\n',
    );
    await writeFile(
      join(directory, 'domain.xml'),
      `<domain type='qemu'>
  <name>sextant-test</name>
  <memory unit='MiB'>192</memory>
  <os>
    <type arch='x86_64' machine='pc'>hvm</type>
    <kernel>${image}/linux</kernel>
    <initrd>${image}/initramfs.gz</initrd>
    <cmdline>${KERNEL_WORDS}</cmdline>
  </os>
  <features><acpi/></features>
  <devices>
    ${await sextant('attach', '--libvirt', 'by-libvirt')}
    <serial type='file'><source path='${console}'/></serial>
  </devices>
</domain>
`,
    );
    const { namespace, switchDatabase } = service.host!;
    // libvirt's QEMU driver in a process of its own: no libvirtd is needed.
    const driver = spawn(
      'ip',
      [...['netns', 'exec', namespace!, 'virt-qemu-run', '--root', directory], join(directory, 'domain.xml')],
      {
        stdio: 'inherit',
        env: { ...process.env, OVS_RUNDIR: dirname(switchDatabase.replace(/^unix:/, '')) },
      },
    );
    t.after(() => end(driver));
    await isAnInstance(port, await whatItSays(() => readFile(console, 'utf8')));
    await end(driver);
    await eventually('its port is down', async () => (await client.show('port', port.id)).status === 'DOWN');
  });
});

async function end(machine: ChildProcess): Promise<void> {
  if (machine.exitCode !== null || machine.signalCode !== null) return;
  const exit = once(machine, 'exit');
  machine.kill();
  await exit;
}
