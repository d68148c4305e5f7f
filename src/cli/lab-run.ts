/** `sextant lab run`: an instance for as long as a command takes. */

import { once } from 'node:events';
import { Address, interfaceIdentifier, macOfEui64 } from '../addressing/index.ts';
import type { Answered, NeutronClient } from '../client/index.ts';
import { HostLab } from '../gap/index.ts';
import { DhcpClient, type DhcpMode, INSTANCE_BRIDGE } from '../lab/index.ts';
import { findLocalService } from '../service/index.ts';
import { type ConnectionFlags, connect } from './connection.ts';
import { CommandFailure } from './errors.ts';
import { interruptible } from './interruptible.ts';
import { openLog } from './log.ts';
import { ClientLookup } from './resource/lookup.ts';
import type { Terminal } from './terminal.ts';

/** Milliseconds that the network may take to give an address. */
const PATIENCE_MS = 20_000;

/** @returns the command's exit status */
export async function runInInstance(
  portName: string,
  command: readonly string[],
  flags: ConnectionFlags,
  terminal: Terminal,
): Promise<number> {
  const { client, target, projectId } = connect(flags, terminal);
  const host = flags.cloud === undefined ? findLocalService(target)?.host : undefined;
  if (!host)
    throw new CommandFailure(`${target} is no Sextant with a switch on this machine: instances need one.`);
  const port = await client.show('port', await new ClientLookup(client, projectId).idOf('port', portName));
  return interruptible(async (signal) => {
    await using lab = new HostLab({ ...host, instanceBridge: INSTANCE_BRIDGE }, openLog('warn'));
    const instance = await lab.instance(/^[a-z0-9-]{1,20}$/i.test(port.name) ? port.name : 'instance');
    const device = await Promise.race([lab.plug(port, instance, 'eth0', client), interruption(signal)]);
    device.up();
    const subnets = await subnetsOf(client, port);
    for (const mode of dhcpModes(subnets)) await DhcpClient.dhclient(device, mode);
    for (const { subnet_id, ip_address } of port.fixed_ips) {
      const address = Address.parse(ip_address ?? '');
      const subnet = subnets.find(({ id }) => id === subnet_id);
      if (subnet && needsToken(subnet, address, port))
        terminal.err(`${address} needs a token: ${tokenCommand(address)}\n`);
      else if (await device.has(address, PATIENCE_MS)) terminal.err(`eth0 has ${address}\n`);
      else terminal.err(`eth0 did not get ${address} from the network\n`);
    }
    const child = instance.spawnInTerminal(command.length > 0 ? command : ['bash']);
    signal.addEventListener('abort', () => child.kill(), { once: true });
    const [status] = await once(child, 'exit');
    return typeof status === 'number' ? status : 1;
  });
}

/** Fails when the command is to end. */
const interruption = async (signal: AbortSignal): Promise<never> => {
  if (!signal.aborted) await once(signal, 'abort');
  throw signal.reason;
};

type AnsweredSubnet = Answered<'subnet'>;

async function subnetsOf(client: NeutronClient, port: Answered<'port'>): Promise<AnsweredSubnet[]> {
  const ids = new Set(port.fixed_ips.map(({ subnet_id }) => subnet_id ?? ''));
  return Promise.all([...ids].map((id) => client.show('subnet', id)));
}

/** Whether the instance's kernel would form another address than the one that was asked for. */
const needsToken = (subnet: AnsweredSubnet, address: Address, port: Answered<'port'>): boolean =>
  (subnet.ipv6_address_mode === 'slaac' || subnet.ipv6_address_mode === 'dhcpv6-stateless') &&
  macOfEui64(address)?.toString() !== port.mac_address;

const tokenCommand = (address: Address): string =>
  `ip token set ${Address.of(6, interfaceIdentifier(address))} dev eth0`;

/** What the subnets want clients to do. */
function dhcpModes(subnets: readonly AnsweredSubnet[]): DhcpMode[] {
  const served = subnets.filter(({ enable_dhcp }) => enable_dhcp);
  const modes: DhcpMode[] = [];
  if (served.some(({ ip_version }) => ip_version === 4)) modes.push('ipv4');
  const ofIpv6 = served
    .filter(({ ip_version }) => ip_version === 6)
    .map((subnet) => subnet.ipv6_address_mode);
  if (ofIpv6.some((mode) => mode === null || mode === 'dhcpv6-stateful')) modes.push('stateful');
  else if (ofIpv6.includes('dhcpv6-stateless')) modes.push('stateless');
  return modes;
}
