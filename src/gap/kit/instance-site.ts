/** Where a run has its instances, and how the ports of the cloud get to them. */
import type { Mac } from '../../addressing/index.ts';
import type { Answered, NeutronClient } from '../../client/index.ts';
import {
  type Cable,
  type Capture,
  type InstanceInterface,
  type LabInstance,
  waitUntil,
  withPatience,
} from '../../lab/index.ts';
import type { LabHost } from './lab-host.ts';

/** What use cases ask for, whatever stands behind it: a switch of this host, or servers of the cloud. */
export interface InstanceSite extends AsyncDisposable {
  /** The file with what security groups let through and drop, where there is one. */
  readonly securityGroupLog: string | undefined;
  /** A physical network that can be plugged into, if one is known. */
  readonly physicalNetwork: string | undefined;
  /** The hosts that instances can be on, where there is a choice. */
  readonly hosts: readonly LabHost[];
  /** Begins to capture what passes each host's cable, in the order of `hosts`; nothing where that cannot be seen. */
  captureCables(cable: Cable): Capture[];
  /**
   * Starts an instance without devices.
   * @param networkId of the first that it will have, where instances of a network are to be on different hosts
   * @param host one of `hosts` that it is to be on
   */
  instance(name: string, networkId?: string, host?: LabHost): Promise<LabInstance>;
  remove(instance: LabInstance): Promise<void>;
  /**
   * Gives an instance a device for a port, down, and waits until the port works, so that whatever the instance sends
   * first finds the network ready.
   * @param admin sees how the port is to be plugged in
   * @param past plugs it in behind what Sextant's hosts have in front of OVN
   * @throws NotWiredError
   * @throws UntriableError when it cannot be done here
   */
  plug(
    port: Answered<'port'>,
    instance: LabInstance,
    device: string,
    admin: NeutronClient,
    past?: 'past the guard',
  ): Promise<InstanceInterface>;
  /**
   * Plugs an instance that is outside of the VIM into a VLAN of a physical network. The device is down.
   * @throws UntriableError when it cannot be done here
   */
  plugOutside(
    port: OutsidePort,
    physicalNetwork: string,
    instance: LabInstance,
    device: string,
  ): Promise<InstanceInterface>;
  unplug(portId: string): Promise<void>;
  /** Whether devices of instances are those of servers that a compute service booted. */
  readonly hasServers: boolean;
  /** The server that has the device of a port which is plugged in. */
  serverOf(portId: string): BootedServer | undefined;
  /** Whether what instances were plugged into still does what it is told: else nothing arrives, whatever the cloud does. */
  answers(): Promise<boolean>;
}

/** A server that a compute service booted, as far as it is told of itself. */
export interface BootedServer {
  readonly id: string;
  readonly userData: string;
}

/** What an instance has outside of the VIM. */
export interface OutsidePort {
  readonly id: string;
  readonly mac: Mac;
  readonly mtu: number;
  readonly vlan: number;
}

/** A port was plugged in, and the API never said that it works. */
export class NotWiredError extends Error {
  override readonly name = 'NotWiredError';
}

/** How long a cloud may take to wire a port, and until the API has heard of it. */
const WIRING_MS = 180_000;

/**
 * Waits until the API says that a port works.
 * @param interval milliseconds between two questions; often when left out
 * @throws NotWiredError
 */
export async function untilActive(client: NeutronClient, portId: string, interval?: number): Promise<void> {
  const isActive = async () => (await client.show('port', portId)).status === 'ACTIVE';
  if (await waitUntil(isActive, WIRING_MS, interval)) return;
  throw new NotWiredError(
    `port ${portId} was plugged in, and is not ACTIVE after ${withPatience(WIRING_MS) / 1000} s`,
  );
}
