/** `sextant host` as commander knows it; what it does is loaded when it is called. */
import type { Command } from 'commander';
import { HOST_SOCKET } from '../host-contract/index.ts';
import { collect } from './flag-values.ts';
import type { HostFlags } from './host.ts';
import type { JoinFlags } from './host-join.ts';
import { addHostLifecycle } from './host-lifecycle.ts';
import type { HostRunFlags } from './host-run.ts';
import { HOST_STATE } from './host-state.ts';
import { commandAt } from './resource/command-at.ts';
import type { Terminal } from './terminal.ts';

export function addHostCommand(program: Command, terminal: Terminal): void {
  const command = commandAt(program, ['host']);
  addJoin(command, terminal);
  addRun(command);
  addHostLifecycle(command, terminal);
  command
    .description(
      'Run what every hypervisor needs: guard the ports of instances, and serve them with DHCPv6, metadata and DNS. And hosts: have machines join, list them.',
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
    .option(
      '--server <socket|url>',
      'unix socket on which the service answers the host on its machine, or https://ADDRESS:PORT',
      HOST_SOCKET,
    )
    .option(
      '--controller-log <file>',
      "log file of OVN's controller: what security groups decide is told the service, by https alone",
    )
    .option('--control <socket>', 'unix socket on which it says that it is ready, once it is')
    .option('--end-together', 'have what speaks BGP end with it, too')
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

function addJoin(parent: Command, terminal: Terminal): void {
  parent
    .command('join')
    .description(
      'Make this machine a host: what "sextant host token create" printed does all that is needed.',
    )
    .requiredOption('--server <url>', 'what the service has for hosts: https://[2001:db8::1]:9697')
    .requiredOption('--token <token>', 'leave to join, which also tells by what the service is known')
    .option('--name <name>', "the host's name (default: the machine's)")
    .option('--state <directory>', 'where key, certificates and the switch are kept', HOST_STATE)
    .option(
      '--tunnel-address <address>',
      'address on which tunnels end (default: the one on the way to the service)',
    )
    .option(
      '--underlay <device>',
      'where the kernel has no Open vSwitch: device that leads to the other hosts (default: the one with that address)',
    )
    .option(
      '--physical-network <network:device>',
      'a physical network, and the device that leads there. Repeatable.',
      collect,
      [],
    )
    .option(
      '--availability-zone <zone>',
      'a zone that the host is in, for hints of networks and routers. Repeatable.',
      collect,
      [],
    )
    .option(
      '--switch-database <socket>',
      "unix socket of the database of the machine's own Open vSwitch; one that runs is found, without one there is one for this alone",
    )
    .option('--switch-rundir <directory>', "directory of that switch's sockets", '/run/openvswitch')
    .option('--no-service', 'install no systemd unit: it runs until the machine ends')
    .addHelpText(
      'after',
      '\nExample:\n  sextant host join --server https://[2001:db8::1]:9697 --token 6f1c0d9e-2c51-4f0b-9df3-2d0f4f1d8e11.SECRET.FINGERPRINT',
    )
    .action(async (flags: JoinFlags) => {
      const { hostJoin } = await import('./host-join.ts');
      await hostJoin(flags, terminal);
    });
}

function addRun(parent: Command): void {
  parent
    .command('run')
    .description(
      'Run all that a machine that joined needs: its switch, OVN’s controller, and the host itself.',
    )
    .option('--state <directory>', 'where "sextant host join" kept its things', HOST_STATE)
    .option(
      '--end-together',
      'end all of it with this command; else it goes on, and the next start adopts it',
    )
    .option('--log-level <level>', 'fatal, error, warn, info, debug or trace (default: info)')
    .addHelpText('after', '\nExample:\n  sextant host run --state /var/lib/sextant-host')
    .action(async (flags: HostRunFlags) => {
      const { hostRun } = await import('./host-run.ts');
      await hostRun(flags);
    });
}
