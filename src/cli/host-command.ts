/** `sextant host` as commander knows it; what it does is loaded when it is called. */
import type { Command } from 'commander';
import { HOST_SOCKET } from '../host-contract/index.ts';
import type { HostFlags } from './host.ts';

export function addHostCommand(program: Command): void {
  program
    .command('host')
    .description(
      'Run what every hypervisor needs: guard the ports of instances, and serve them with DHCPv6, metadata and DNS.',
    )
    .option('--config <file>', 'configuration, YAML')
    .option(
      '--switch-database <remote>',
      "OVSDB remote of the switch's database",
      'unix:/run/openvswitch/db.sock',
    )
    .option('--switch-rundir <directory>', "directory of the switch's sockets", '/run/openvswitch')
    .option('--switch-namespace <name>', "network namespace of the switch; the machine's when left out")
    .option(
      '--southbound <remotes>',
      "OVSDB remotes of OVN's southbound database; those that the switch's database names when left out",
    )
    .option('--service-namespace <name>', 'network namespace for the services', 'sextant-services')
    .option('--server <socket>', 'unix socket on which the service answers its hosts', HOST_SOCKET)
    .option('--control <socket>', 'unix socket on which it says that it is ready, once it is')
    .option('--log-level <level>', 'fatal, error, warn, info, debug or trace (default: info)')
    .addHelpText(
      'after',
      '\n"sextant serve" starts it on its own machine when the engine is embedded.\n\nExample:\n  sextant host --southbound tcp:[2001:db8::1]:6642',
    )
    .action(async (flags: HostFlags) => {
      const { host } = await import('./host.ts');
      await host(flags);
    });
}
