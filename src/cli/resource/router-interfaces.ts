/** `router add subnet`, `router remove port`, `router add gateway`, `router add route` and so on. */

import { type Command, Option } from 'commander';
import type { ResourceName } from '../../resources/index.ts';
import { UsageError } from '../errors.ts';
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
    route: 'Add static routes to a router, and leave the others.',
  },
  {
    verb: 'remove',
    method: 'removeRouterInterface',
    subnet: 'Detach a subnet from a router.',
    port: 'Detach a port from a router, and delete the port.',
    gateway: 'Take an external gateway from a router; of several on the network, the one with an address.',
    route: 'Take static routes from a router, and leave the others.',
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
    addRouteCommand(parent, terminal, direction);
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

function addRouteCommand(
  parent: Command,
  terminal: Terminal,
  { verb, route }: (typeof DIRECTIONS)[number],
): void {
  const command = parent
    .command('route')
    .description(route)
    .argument('<router>')
    .addOption(
      new Option('--route <destination=…,gateway=…>', 'A prefix, and where it leads. Repeatable.')
        .makeOptionMandatory()
        .argParser((text: string, before: object[] = []) => [...before, routeIn(text)]),
    )
    .addHelpText(
      'after',
      `\nExample:\n  sextant router ${verb} route --route destination=2001:db8:2::/48,gateway=2001:db8:0:1::2 edge`,
    );
  act(terminal, command, async ({ client, lookup }, [routerText = '']) => {
    const id = await lookup.idOf('router', routerText);
    const { route: routes } = command.opts<{ route: object[] }>();
    await client.act('router', id, `${verb}_extraroutes`, { router: { routes } });
  });
}

/** @throws UsageError for what is no route */
function routeIn(text: string): { destination: string; nexthop: string } {
  const pairs = new Map(
    text.split(',').map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
  const [destination, nexthop] = [pairs.get('destination'), pairs.get('gateway')];
  if (pairs.size !== 2 || !destination || !nexthop)
    throw new UsageError(`--route ${text}: it must be destination=PREFIX,gateway=ADDRESS.`);
  return { destination, nexthop };
}
