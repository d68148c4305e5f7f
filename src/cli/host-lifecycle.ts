/** `sextant host drain`, `undrain` and `remove`: a host's way out, and back. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Answered, NeutronClient } from '../client/index.ts';
import { CommandFailure } from './errors.ts';
import { cellText } from './output/cell.ts';
import { drawTable } from './output/table.ts';
import { act } from './resource/session.ts';
import type { Terminal } from './terminal.ts';

/** How often it is looked at what is left. Hosts tell of themselves every ten seconds. */
const LOOK_MS = 1_000;

/** What is left on a host. */
interface Left {
  /** Ports that are bound to it. */
  readonly ports: readonly Answered<'port'>[];
  /** Devices of instances that it says are plugged in, of ports that are bound to no host, too; 0 when it is gone. */
  readonly devices: number;
}

/** Hangs the commands on `sextant host`. */
export function addHostLifecycle(parent: Command, terminal: Terminal): void {
  addDrain(parent, terminal);
  addUndrain(parent, terminal);
  addRemove(parent, terminal);
}

function addDrain(parent: Command, terminal: Terminal): void {
  const command = parent
    .command('drain')
    .description(
      'Have a host take nothing new, and say what is left on it. What it has goes on: its instances are to be moved, or ended, by whoever runs them.',
    )
    .argument('<host>')
    .option('--wait', 'return when nothing is left')
    .addHelpText('after', '\nExample:\n  sextant host drain h2 --wait');
  act(terminal, command, async ({ client, lookup }, [name = '']) => {
    const { id } = await lookup.find('agent', name);
    const host = await client.update('agent', id, { admin_state_up: false });
    const left = await leftOn(client, host);
    terminal.out(`Host ${host.host} takes nothing new. ${inWords(left)}\n`);
    if (left.ports.length > 0) terminal.out(tableOf(left.ports));
    if (command.opts<{ wait?: boolean }>().wait) await untilEmpty(client, id, left, terminal);
  });
}

function addUndrain(parent: Command, terminal: Terminal): void {
  const command = parent
    .command('undrain')
    .description('Have a host that was drained take ports again, those that it refused meanwhile, too.')
    .argument('<host>')
    .addHelpText('after', '\nExample:\n  sextant host undrain h2');
  act(terminal, command, async ({ client, lookup }, [name = '']) => {
    const { id } = await lookup.find('agent', name);
    const { host } = await client.update('agent', id, { admin_state_up: true });
    terminal.out(`Host ${host} takes ports again.\n`);
  });
}

function addRemove(parent: Command, terminal: Terminal): void {
  const command = parent
    .command('remove')
    .description(
      'Have a host be one no more: it is answered no longer, its certificate counts no more, and tunnels to it end.',
    )
    .argument('<host>')
    .option('--force', 'whatever is left on it')
    .addHelpText('after', '\nExample:\n  sextant host remove h2');
  act(terminal, command, async ({ client, lookup }, [name = '']) => {
    const { id } = await lookup.find('agent', name);
    const host = await client.show('agent', id);
    const left = await leftOn(client, host);
    if (!isEmpty(left) && !command.opts<{ force?: boolean }>().force) {
      throw new CommandFailure(
        `${inWords(left)}\nHave it drained first ("sextant host drain ${host.host} --wait"), or remove it with --force.`,
      );
    }
    await client.delete('agent', id);
    terminal.out(
      `Host ${host.host} is one no more. "sextant stop --state DIRECTORY" there ends what runs on it.\n`,
    );
  });
}

async function leftOn(
  client: NeutronClient,
  { host, alive, configurations }: Answered<'agent'>,
): Promise<Left> {
  const names = new Set([host, configurations.chassis].filter((name) => typeof name === 'string'));
  const ports = await client.list('port', { 'binding:host_id': [...names] });
  const { devices } = configurations;
  return { ports, devices: alive && typeof devices === 'number' ? devices : 0 };
}

const isEmpty = ({ ports, devices }: Left): boolean => ports.length === 0 && devices === 0;

function inWords(left: Left): string {
  if (isEmpty(left)) return 'Nothing is left on it.';
  const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;
  return `Bound to it: ${counted(left.ports.length, 'port')}. Plugged in there: ${counted(left.devices, 'device')}.`;
}

const tableOf = (ports: readonly Answered<'port'>[]): string =>
  drawTable(
    ['ID', 'Name', 'Device Owner', 'Device', 'Fixed IP Addresses'],
    ports.map(({ id, name, device_owner, device_id, fixed_ips }) => [
      id,
      cellText(name),
      cellText(device_owner),
      cellText(device_id),
      fixed_ips.map(({ ip_address }) => ip_address).join(', '),
    ]),
  );

/** Says whenever there is less, or more. */
async function untilEmpty(
  client: NeutronClient,
  id: string,
  before: Left,
  terminal: Terminal,
): Promise<void> {
  for (let told = inWords(before), left = before; !isEmpty(left); ) {
    await pause(LOOK_MS);
    left = await leftOn(client, await client.show('agent', id));
    if (inWords(left) === told) continue;
    told = inWords(left);
    terminal.err(`${told}\n`);
  }
}
