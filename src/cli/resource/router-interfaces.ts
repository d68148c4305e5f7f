/** `router add subnet`, `router remove port` and so on. */

import type { Command } from 'commander';
import type { ResourceName } from '../../resources/index.ts';
import type { Terminal } from '../terminal.ts';
import { commandAt } from './command-at.ts';
import { act } from './session.ts';

const DIRECTIONS = [
  {
    verb: 'add',
    method: 'addRouterInterface',
    subnet: 'Attach a subnet to a router.',
    port: 'Attach a port to a router.',
  },
  {
    verb: 'remove',
    method: 'removeRouterInterface',
    subnet: 'Detach a subnet from a router.',
    port: 'Detach a port from a router, and delete the port.',
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
  }
}
