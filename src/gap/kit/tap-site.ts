/** Instances on a host of Linux bridges: its agent finds their devices by name, and puts them into the right bridge. */
import { Mac } from '../../addressing/index.ts';
import type { Answered, NeutronClient } from '../../client/index.ts';
import { type InstanceInterface, Lab, type LabInstance, plugTap, unplugTap } from '../../lab/index.ts';
import { type InstanceSite, untilActive } from './instance-site.ts';
import { bindPort } from './port-binding.ts';
import { UntriableError } from './untriable-error.ts';

/** How such ports are to be plugged in, in the API's word. */
const PLUGGABLE = 'bridge';
const ASKING_MS = 500;

/** The host, and where its devices are. */
export interface TapHost {
  /** As the cloud knows it. */
  readonly name: string;
  /** Its network namespace; null is the machine's. */
  readonly namespace: string | null;
}

export class TapSite implements InstanceSite {
  readonly securityGroupLog = undefined;
  readonly physicalNetwork: string | undefined;
  readonly hasServers = false;
  readonly hosts = [];
  readonly #lab = Lab.open();
  readonly #host: TapHost;

  constructor(host: TapHost, physicalNetwork?: string) {
    this.#host = host;
    this.physicalNetwork = physicalNetwork;
  }

  captureCables(): [] {
    return [];
  }

  instance(name: string): Promise<LabInstance> {
    return this.#lab.instance(name);
  }

  remove(instance: LabInstance): Promise<void> {
    return this.#lab.remove(instance);
  }

  async plug(
    port: Answered<'port'>,
    instance: LabInstance,
    device: string,
    admin: NeutronClient,
  ): Promise<InstanceInterface> {
    const { name, namespace } = this.#host;
    await bindPort(admin, port.id, name, PLUGGABLE);
    const { mtu } = await admin.show('network', port.network_id);
    const plugged = plugTap(
      namespace,
      { id: port.id, mac: Mac.parse(port.mac_address), mtu },
      instance,
      device,
    );
    await untilActive(admin, port.id, ASKING_MS);
    return plugged;
  }

  plugOutside(): Promise<never> {
    throw new UntriableError(
      'What is outside of the cloud is beyond a device of the host: not reached from here.',
    );
  }

  serverOf(): undefined {
    return undefined;
  }

  async unplug(portId: string): Promise<void> {
    unplugTap(this.#host.namespace, portId);
  }

  async answers(): Promise<boolean> {
    return true;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#lab.close();
  }
}
