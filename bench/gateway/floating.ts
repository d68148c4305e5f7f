/** From the request for a floating IP to the first answer to a ping6 of it, by an API and by OVN's own tools. */
import { execFile } from 'node:child_process';
import { randomInt, randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { Address, Mac, Prefix } from '../../src/addressing/index.ts';
import type { InstanceInterface } from '../../src/lab/index.ts';
import { type Frame, frame, icmpv6, ipv6, multicastMac, solicitedNode } from '../../src/packets/index.ts';
import { type Summary, summarise } from '../statistics.ts';
import {
  type GatewayOptions,
  type GatewayWorld,
  OUTER_PHYSICAL_NETWORK,
  OUTER6,
  withGateway,
} from './world.ts';

/** Milliseconds between two packets: the measurement is as fine as this. */
const INTERVAL_MS = 2;
const PATIENCE_MS = 30_000;
/** Floating IPs that are asked for have the external network's addresses from here on. */
const FIRST_FLOATING = 0x100n;

const execute = promisify(execFile);

/** A way to have an address outside stand for an instance. */
interface FloatingMaker {
  add(floating: Address): Promise<() => Promise<unknown>>;
}

/** By the API. */
export const floatingByApi = (options: GatewayOptions, repeats: number): Promise<Summary> =>
  withGateway(options, (world) =>
    measured(world, repeats, {
      async add(floating) {
        const { client } = options.workspace;
        const { id } = await client.create('floatingip', {
          ...{ floating_network_id: world.networks.outer.id, floating_ip_address: `${floating}` },
          ...{ port_id: world.port.id, fixed_ip_address: `${world.addresses.routed}` },
        });
        return () => client.delete('floatingip', id);
      },
    }),
  );

/** By `ovn-nbctl`, for an instance behind a router of its own on the same external network. */
export const floatingByOvn = (
  options: GatewayOptions & { readonly host: { readonly northbound: string } },
  repeats: number,
): Promise<Summary> =>
  withGateway(options, async (world) => {
    const nbctl = async (...words: string[]): Promise<string> =>
      (await execute('ovn-nbctl', [`--db=${options.host.northbound}`, ...words])).stdout.trim();
    const { router, fixed, remove } = await makeByOvn(world, nbctl);
    try {
      return await measured(world, repeats, {
        async add(floating) {
          await nbctl('--stateless', 'lr-nat-add', router, 'dnat_and_snat', `${floating}`, `${fixed}`);
          return () => nbctl('lr-nat-del', router, 'dnat_and_snat', `${floating}`);
        },
      });
    } finally {
      await remove();
    }
  });

const [INNER_OVN, ROUTER_OVN] = [Prefix.parse('fd5e:c7a9:7e57:20::/64'), OUTER6.at(0x200n)];
const randomMac = (): Mac => Mac.of(0xfa163e000000n + BigInt(randomInt(2 ** 24)));

/** A router with a gateway on the host that has that of the API's router, and an instance behind it. */
async function makeByOvn(world: GatewayWorld, nbctl: (...words: string[]) => Promise<string>) {
  const name = `sextant-bench-${randomUUID()}`;
  const [outer, inner, vm] = ['outer', 'inner', 'vm'].map((part) => `${name}-${part}`) as [
    string,
    string,
    string,
  ];
  const chassis = (await nbctl('--bare', '--columns=chassis_name', 'list', 'Gateway_Chassis')).split(
    '\n',
  )[0]!;
  const [gateway, mac, fixed] = [INNER_OVN.at(1n), randomMac(), INNER_OVN.at(9n)];
  const vlan = String(world.networks.outer['provider:segmentation_id']);
  const remove = async () => {
    for (const one of [outer, inner]) await nbctl('--if-exists', 'ls-del', one);
    await nbctl('--if-exists', 'lr-del', name);
  };
  try {
    await nbctl('lr-add', name, '--', 'ls-add', outer, '--', 'ls-add', inner);
    await nbctl('lrp-add', name, `${outer}-r`, `${randomMac()}`, `${ROUTER_OVN}/64`);
    await nbctl('lrp-set-gateway-chassis', `${outer}-r`, chassis);
    await nbctl('lrp-add', name, `${inner}-r`, `${randomMac()}`, `${gateway}/64`);
    for (const one of [outer, inner]) {
      const port = ['lsp-add', one, `${one}-s`, '--', 'lsp-set-type', `${one}-s`, 'router'];
      const options = ['--', 'lsp-set-options', `${one}-s`, `router-port=${one}-r`];
      await nbctl(...port, ...options, '--', 'lsp-set-addresses', `${one}-s`, 'router');
    }
    const localnet = [
      'lsp-add',
      outer,
      `${outer}-n`,
      '',
      vlan,
      '--',
      'lsp-set-type',
      `${outer}-n`,
      'localnet',
    ];
    const told = ['lsp-set-options', `${outer}-n`, `network_name=${OUTER_PHYSICAL_NETWORK}`];
    await nbctl(...localnet, '--', ...told, '--', 'lsp-set-addresses', `${outer}-n`, 'unknown');
    await nbctl('lsp-add', inner, vm, '--', 'lsp-set-addresses', vm, `${mac} ${fixed}`);
    const instance = await world.lab.instance('by-ovn');
    const device = await world.plugUnguarded(
      instance,
      { id: vm, mac, mtu: world.networks.inner.mtu },
      'eth0',
    );
    device.addAddress(fixed, INNER_OVN.length);
    await instance.run('ip', '-6', 'route', 'add', 'default', 'via', `${gateway}`, 'dev', 'eth0');
  } catch (error) {
    await remove();
    throw error;
  }
  return { router: name, fixed, remove };
}

async function measured(
  { outside, outer, signal }: GatewayWorld,
  repeats: number,
  maker: FloatingMaker,
): Promise<Summary> {
  const samples: number[] = [];
  // The first is not counted: the instance's own port may still be on its way.
  for (let repeat = 0; repeat <= repeats; repeat++) {
    signal.throwIfAborted();
    const floating = Address.of(6, OUTER6.network.value + FIRST_FLOATING + BigInt(repeat));
    const started = performance.now();
    const remove = await maker.add(floating);
    await answered(outside.interface('eth0'), outer[6], floating);
    if (repeat > 0) samples.push(performance.now() - started);
    await remove();
  }
  return summarise(samples);
}

/**
 * Looks an address up and pings it, again and again: the kernel would wait for a second between two attempts.
 * @throws Error when there is no answer in 30 s
 */
async function answered(device: InstanceInterface, source: Address, target: Address): Promise<void> {
  const capture = device.capture();
  let mac: Mac | undefined;
  const end = capture.onReceived(
    (seen) => advertises(seen, target),
    ({ frame: seen }) => {
      mac = seen.source;
    },
  );
  const send = () =>
    device.send(mac === undefined ? lookUp(device, source, target) : echo(device, mac, source, target));
  send();
  const timer = setInterval(send, INTERVAL_MS);
  try {
    if ((await capture.waitFor((seen) => isReplyFrom(seen, target), PATIENCE_MS)) === undefined)
      throw new Error(`${target} does not answer.`);
  } finally {
    clearInterval(timer);
    end();
    await capture.stop();
  }
}

const lookUp = ({ mac }: InstanceInterface, source: Address, target: Address): Frame => {
  const group = solicitedNode(target);
  const options = [{ kind: 'source-link-layer-address', mac }] as const;
  const message = { kind: 'neighbour-solicitation', target, options } as const;
  return frame(mac, multicastMac(group), ipv6(source, group, icmpv6(message), { hopLimit: 255 }));
};

const echo = ({ mac }: InstanceInterface, to: Mac, source: Address, target: Address): Frame => {
  const message = { kind: 'echo-request', identifier: 2, sequence: 1, data: new Uint8Array(8) } as const;
  return frame(mac, to, ipv6(source, target, icmpv6(message)));
};

const advertises = ({ network }: Frame, target: Address): boolean =>
  network.kind === 'ipv6' &&
  network.upper.kind === 'icmpv6' &&
  network.upper.message.kind === 'neighbour-advertisement' &&
  network.upper.message.target.equals(target);

const isReplyFrom = ({ network }: Frame, target: Address): boolean =>
  network.kind === 'ipv6' &&
  network.source.equals(target) &&
  network.upper.kind === 'icmpv6' &&
  network.upper.message.kind === 'echo-reply';
