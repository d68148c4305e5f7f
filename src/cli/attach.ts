/** `sextant attach` and `sextant detach`: plugs virtual machines in, or says how that is done. */
import { dirname } from 'node:path';
import { Mac } from '../addressing/index.ts';
import type { Answered } from '../client/index.ts';
import { INSTANCE_BRIDGE, SwitchConnection, type SwitchFacts, tapName } from '../lab/index.ts';
import { findLocalService } from '../service/index.ts';
import { type Connection, type ConnectionFlags, connect } from './connection.ts';
import { CommandFailure } from './errors.ts';
import { libvirtInterface, qemuWords } from './hypervisor-words.ts';
import { openLog } from './log.ts';
import { ClientLookup } from './resource/lookup.ts';
import type { Terminal } from './terminal.ts';

/** Flags of both commands. */
export interface SwitchFlags {
  switch?: string;
  switchNamespace?: string;
}

/** Flags of `sextant attach`. */
export interface AttachFlags extends SwitchFlags {
  libvirt?: boolean;
}

/** Where the machine's own Open vSwitch has its sockets: nobody needs to be told. */
const SYSTEM_RUNDIR = '/run/openvswitch';
const NORMAL = 'normal';
const ANSWER_MS = 10_000;

/** @throws CommandFailure when there is no switch here, or no such port */
export async function attachMachine(
  name: string,
  flags: AttachFlags & ConnectionFlags,
  terminal: Terminal,
): Promise<void> {
  const connection = connect(flags, terminal);
  const port = await portNamed(name, connection);
  const { mtu } = await connection.client.show('network', port.network_id);
  const facts = switchOf(flags, connection);
  await using opened = await openSwitch(facts);
  const machine = {
    id: port.id,
    mac: port.mac_address,
    mtu,
    device: tapName(port.id),
    completesChecksums: opened.wantsChecksums,
  };
  if (flags.libvirt) {
    terminal.out(libvirtInterface(machine));
  } else {
    await opened.plugMachine({ ...machine, mac: Mac.parse(machine.mac) });
    terminal.out(`${qemuWords(machine)}\n`);
  }
  for (const line of surroundings(facts, flags.libvirt === true)) terminal.err(`${line}\n`);
}

/** @throws CommandFailure when there is no switch here, or no such port */
export async function detachMachine(
  name: string,
  flags: SwitchFlags & ConnectionFlags,
  terminal: Terminal,
): Promise<void> {
  const connection = connect(flags, terminal);
  const { id } = await portNamed(name, connection);
  await using opened = await openSwitch(switchOf(flags, connection));
  await opened.unplug(id);
}

async function portNamed(name: string, { client, projectId }: Connection): Promise<Answered<'port'>> {
  const port = await client.show('port', await new ClientLookup(client, projectId).idOf('port', name));
  const kind = port['binding:vnic_type'] ?? NORMAL;
  if (kind !== NORMAL)
    throw new CommandFailure(`Port ${name} is for hardware (binding:vnic_type ${kind}): no switch has it.`);
  return port;
}

/** The switch that is named, else that of the service's own machine. */
function switchOf(flags: SwitchFlags & ConnectionFlags, { target }: Connection): SwitchFacts {
  if (flags.switch !== undefined) {
    return { database: flags.switch, bridge: INSTANCE_BRIDGE, namespace: flags.switchNamespace ?? null };
  }
  const host = flags.cloud === undefined ? findLocalService(target)?.host : undefined;
  if (!host)
    throw new CommandFailure(
      `${target} is no Sextant with a switch on this machine. Name the switch, for instance by --switch unix:${SYSTEM_RUNDIR}/db.sock`,
    );
  return { database: host.switchDatabase, bridge: INSTANCE_BRIDGE, namespace: host.namespace };
}

/** What the hypervisor has to be started with, for the person who starts it: a line each. */
function surroundings({ database, namespace }: SwitchFacts, isLibvirt: boolean): string[] {
  const path = database.replace(/^unix:/, '');
  const rundir = dirname(path);
  const needsRundir =
    isLibvirt && database.startsWith('unix:') && rundir.replace(/^\/var\//, '/') !== SYSTEM_RUNDIR;
  return [
    ...(namespace === null
      ? []
      : [`Start it in the switch's network namespace: ip netns exec ${namespace} ...`]),
    ...(needsRundir
      ? [`Its ovs-vsctl has to find the switch: OVS_RUNDIR=${rundir} in libvirt's environment.`]
      : []),
  ];
}

/** @throws CommandFailure when nothing answers there */
async function openSwitch(facts: SwitchFacts): Promise<SwitchConnection & AsyncDisposable> {
  const signal = AbortSignal.timeout(ANSWER_MS);
  try {
    const opened = await SwitchConnection.open(facts, openLog('error'), signal);
    return Object.assign(opened, { [Symbol.asyncDispose]: () => opened.close() });
  } catch (cause) {
    if (!signal.aborted) throw cause;
    throw new CommandFailure(`No switch answers at ${facts.database}.`, { cause });
  }
}
