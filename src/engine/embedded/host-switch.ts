/** Which switch a machine is to have as a host, and whether it works. */
import { existsSync } from 'node:fs';
import { Address } from '../../addressing/index.ts';
import { HOST_IS_READY } from '../../host-contract/index.ts';
import { kernelAddresses, listLinks, NetlinkSocket, unblockTunnels } from '../../linux/index.ts';
import { jsonRpcCall } from '../../ovsdb/index.ts';
import { UNDERLAY_BRIDGE } from '../../switch/index.ts';
import type { MachineSwitch } from './daemon-definitions.ts';
import { controlOf } from './daemon-names.ts';
import { switchDaemonHere, usableDatapath } from './datapath.ts';
import { makeStateDirectory, processesOf } from './state-directory.ts';
import { moveFromBridge, type Underlay, underlayOn } from './underlay.ts';

/** The switch that a host is to have: the machine's own, or one for itself with the device that it needs. */
export interface HostSwitch {
  readonly machineSwitch?: MachineSwitch | undefined;
  readonly underlay?: Underlay | undefined;
}

export interface HostSwitchWish {
  /** A switch of the machine's that was named. */
  readonly named: MachineSwitch | undefined;
  /** Address on which tunnels are to end. */
  readonly tunnelAddress: string;
  /** The device that leads to the other hosts, if it was named. */
  readonly device: string | undefined;
}

const USUAL_SWITCH: MachineSwitch = { database: '/run/openvswitch/db.sock', rundir: '/run/openvswitch' };
const PATIENCE_MS = 2_000;

/**
 * Finds out which switch a host is to have. A machine that runs one keeps it. The kernel's datapath ends tunnels
 * wherever the machine has the address; the userspace one has to have the device.
 */
export async function hostSwitchFor({ named, tunnelAddress, device }: HostSwitchWish): Promise<HostSwitch> {
  if (named !== undefined) return { machineSwitch: named };
  if (switchDaemonHere() !== undefined && existsSync(USUAL_SWITCH.database)) {
    return { machineSwitch: USUAL_SWITCH };
  }
  if ((await usableDatapath(null, '/usr')) === 'system') return {};
  const leads = device ?? deviceOf(tunnelAddress);
  return { underlay: leads === undefined || leads === UNDERLAY_BRIDGE ? undefined : underlayOn(leads) };
}

/** Gives the machine back what a host has had of it, once all that ran there has ended. */
export function giveMachineBack({ underlay }: Pick<HostSwitch, 'underlay'>): void {
  if (underlay) moveFromBridge(underlay);
  unblockTunnels(null);
}

/** The device that has an address; undefined when none has. */
function deviceOf(text: string): string | undefined {
  const wanted = Address.parse(text);
  const found = kernelAddresses(null).find(({ address }) => address.equals(wanted));
  using socket = new NetlinkSocket(null);
  return listLinks(socket).find(({ index }) => index === found?.device)?.name;
}

/**
 * Whether a host does its work: its controller has the southbound database, and it guards and serves what is plugged in.
 * @returns what does not yet, in words; undefined when all does
 */
export async function hostReadiness(stateDir: string): Promise<string | undefined> {
  const { run } = makeStateDirectory(stateDir);
  const answerOf = async (name: string, method: string): Promise<string> => {
    const pid = processesOf(run).find((one) => one.name === name)?.pid;
    if (pid === undefined) return '';
    const call = jsonRpcCall(controlOf(run, name)(pid), method, [], AbortSignal.timeout(PATIENCE_MS));
    return String(await call.catch(() => '')).trim();
  };
  if ((await answerOf('ovn-controller', 'connection-status')) !== 'connected') {
    return "OVN's controller has not reached the southbound database";
  }
  if ((await answerOf('host', 'status')) !== HOST_IS_READY)
    return 'The host process does not guard and serve yet';
  return undefined;
}
