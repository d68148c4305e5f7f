/** `router add subnet`, `router remove port`, `router add gateway` and so on. */

import type { Command } from 'commander';
import type { ResourceName } from '../../resources/index.ts';
import type { Terminal } from '../terminal.ts';
import { commandAt } from './command-at.ts';
import { act } from './session.ts';
import { fixedIpKeys } from './special-flags.ts';

const DIRECTIONS = [
  {
    verb: 'add',
    method: 'addRouterInterface',
    subnet: 'Attach a subnet to a router.',
    port: 'Attach a port to a router.',
    gateway: 'Give a router one more external gateway.',
  },
  {
    verb: 'remove',
    method: 'removeRouterInterface',
    subnet: 'Detach a subnet from a router.',
    port: 'Detach a port from a router, and delete the port.',
    gateway: 'Take an external gateway from a router; of several on the network, the one with an address.',
  },
] as const;

const things = [
  { name: 'subnet', key: 'subnet_id' },
  { name: 'port', key: 'port_id' },
] as const satisfies readonly { name: ResourceName; key: string }[];

/** Hangs the commands on `router`. */
export function addRouterInterfaceCommands(program: Command, terminal: Terminal): void {
  const router = commandAt(program, ['router']);
  for (const direction of DIRECTIONS) {
    const parent = router.command(direction.verb).description(`${direction.subnet} Or a port.`);
    for (const { name, key } of things) {
      const command = parent
        .command(name)
        .description(direction[name])
        .argument('<router>')
        .argument(`<${name}>`)
        .addHelpText('after', `\nExample:\n  sextant router ${direction.verb} ${name} edge blue-v6`);
      act(terminal, command, async ({ client, lookup }, [routerText = '', text = '']) => {
        const routerId = await lookup.idOf('router', routerText);
        const id = await lookup.idOf(name, text);
        await client[direction.method](routerId, key === 'subnet_id' ? { subnet_id: id } : { port_id: id });
      });
    }
    addGatewayCommand(parent, terminal, direction);
  }
}

function addGatewayCommand(
  parent: Command,
  terminal: Terminal,
  { verb, gateway }: (typeof DIRECTIONS)[number],
): void {
  const command = parent
    .command('gateway')
    .description(gateway)
    .argument('<router>')
    .argument('<network>')
    .option('--fixed-ip <subnet=…,ip-address=…>', 'An address on the external network.')
    .addHelpText('after', `\nExample:\n  sextant router ${verb} gateway edge internet`);
  act(terminal, command, async ({ client, lookup }, [routerText = '', text = '']) => {
    const routerId = await lookup.idOf('router', routerText);
    const { fixedIp } = command.opts<{ fixedIp?: string }>();
    const wish = {
      network_id: await lookup.idOf('network', text),
      ...(fixedIp !== undefined && {
        external_fixed_ips: [await fixedIpKeys('fixed-ip', fixedIp, lookup)],
      }),
    };
    const body = { router: { external_gateways: [wish] } };
    await client.act('router', routerId, `${verb}_external_gateways`, body);
  });
}
