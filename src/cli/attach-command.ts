/** `sextant attach` and `sextant detach`: a virtual machine's device on a port. */
import type { Command } from 'commander';
import type { AttachFlags, SwitchFlags } from './attach.ts';
import { addConnectionFlags, connectionFlags } from './connection.ts';
import type { Terminal } from './terminal.ts';

const withSwitch = (command: Command): Command =>
  command
    .argument('<port>', 'the port, by name or id')
    .option('--switch <remote>', 'OVSDB remote of the switch; that of a Sextant here is known')
    .option('--switch-namespace <name>', "network namespace of that switch; the machine's when left out");

export function addAttachCommands(program: Command, terminal: Terminal): void {
  const attach = withSwitch(program.command('attach'))
    .description(
      'Make a tap device for a virtual machine on this host, plug it in as the port, and say what QEMU is to be told. ' +
        'Again, nothing changes.',
    )
    .option(
      '--libvirt',
      'make nothing: say what is to stand in a libvirt domain, which plugs it in by itself',
    )
    .addHelpText('after', '\nExample:\n  sextant attach web');
  addConnectionFlags(attach).action(async (port: string, flags: AttachFlags) => {
    const { attachMachine } = await import('./attach.ts');
    await attachMachine(port, { ...flags, ...connectionFlags(attach) }, terminal);
  });
  const detach = withSwitch(program.command('detach'))
    .description('Unplug the device of a virtual machine, and remove it.')
    .addHelpText('after', '\nExample:\n  sextant detach web');
  addConnectionFlags(detach).action(async (port: string, flags: SwitchFlags) => {
    const { detachMachine } = await import('./attach.ts');
    await detachMachine(port, { ...flags, ...connectionFlags(detach) }, terminal);
  });
}
