/**
 * The network namespace of a host's services: a device for each network that has instances on the host, behind which
 * the service port of the network is.
 *
 *     services ── svcHASH (service namespace) ══ svcHASH ─ br-int (iface-id=svc-NETWORK)
 */
import { hash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import {
  carriesIpv6,
  type NetworkFacts,
  SERVICE_ADDRESS,
  SERVICE_ADDRESS_V4,
  SERVICE_LINK_LOCAL,
  SERVICE_PREFIX,
  servicePortName,
} from '../../host-contract/index.ts';
import {
  addAddress,
  addOnLinkDefault,
  createNamespace,
  deleteLink,
  deleteNamespace,
  inNamespace,
  listLinks,
  NetlinkSocket,
  namespaceExists,
} from '../../linux/index.ts';
import { INTEGRATION_BRIDGE, type SwitchDatabase } from '../../switch/index.ts';
import { openPairedDevice } from '../paired-device.ts';

const DEVICE_PREFIX = 'svc';

/** The name of a network's device: the same whenever it is asked for. Devices have at most 15 characters. */
export const serviceDevice = (networkId: string): string =>
  `${DEVICE_PREFIX}${hash('sha256', networkId).slice(0, 12)}`;

export interface ServiceNamespaceOptions {
  readonly database: SwitchDatabase;
  /** Network namespace of the switch; null is the process's own. */
  readonly switchNamespace: string | null;
  /** Name of the services' namespace. */
  readonly namespace: string;
}

export class ServiceNamespace {
  readonly name: string;
  readonly #database: SwitchDatabase;
  readonly #switchNamespace: string | null;

  /** Makes the namespace, unless a predecessor left it: what is in there goes on. */
  constructor({ database, switchNamespace, namespace }: ServiceNamespaceOptions) {
    this.#database = database;
    this.#switchNamespace = switchNamespace;
    this.name = namespace;
    if (!namespaceExists(namespace)) createNamespace(namespace);
    inNamespace(namespace, () => Object.entries(SETTINGS).forEach(setSystemControl));
  }

  /** Makes a network's device, and plugs it in. What is there stays; doing it again puts right what differs. */
  async open(facts: NetworkFacts): Promise<void> {
    const name = serviceDevice(facts.id);
    const { mac, mtu } = facts;
    const pair = { outside: name, inside: name, namespace: this.name, mac, mtu };
    const index = openPairedDevice(this.#database, this.#switchNamespace, pair);
    addAddress(this.name, index, SERVICE_ADDRESS_V4, 32);
    addOnLinkDefault(this.name, index, 4);
    if (carriesIpv6(facts)) {
      addAddress(this.name, index, SERVICE_LINK_LOCAL, SERVICE_PREFIX.length);
      addAddress(this.name, index, SERVICE_ADDRESS, 128);
      addOnLinkDefault(this.name, index, 6);
    }
    await this.#database.change((transaction) =>
      this.#database.putPort(transaction, INTEGRATION_BRIDGE, name, {
        external_ids: { 'iface-id': servicePortName(facts.id), 'attached-mac': mac.toString() },
      }),
    );
  }

  /** Takes a network's device away. */
  async close(networkId: string): Promise<void> {
    await this.#remove(serviceDevice(networkId));
  }

  /** Takes away the devices of all networks but these: what a predecessor left. */
  async keepOnly(networkIds: Iterable<string>): Promise<void> {
    const wanted = new Set(Array.from(networkIds, serviceDevice));
    using inner = new NetlinkSocket(this.name);
    for (const { name } of listLinks(inner)) {
      if (name.startsWith(DEVICE_PREFIX) && !wanted.has(name)) await this.#remove(name);
    }
  }

  /** Ends the namespace, and all devices with it. */
  async remove(): Promise<void> {
    await this.keepOnly([]);
    deleteNamespace(this.name);
  }

  async #remove(device: string): Promise<void> {
    await this.#database.change((transaction) => this.#database.removePort(transaction, device));
    using outer = new NetlinkSocket(this.#switchNamespace);
    deleteLink(outer, device);
  }
}

/**
 * Devices take no configuration from advertisements (those of Sextant itself, and of whoever else is there), have no
 * address but those that they are given, and answer whatever way a request came. They hear what is for them alone when it
 * comes for their MAC address. Nothing is passed on from one network to another.
 */
const SETTINGS = {
  'ipv6/conf/default/accept_ra': '0',
  'ipv6/conf/default/accept_dad': '0',
  'ipv6/conf/default/addr_gen_mode': '1',
  'ipv6/conf/default/drop_unicast_in_l2_multicast': '1',
  'ipv4/conf/default/drop_unicast_in_l2_multicast': '1',
  'ipv6/conf/all/forwarding': '0',
  'ipv4/conf/all/rp_filter': '0',
  'ipv4/conf/default/rp_filter': '0',
  'ipv4/conf/default/arp_ignore': '1',
  'ipv4/ip_forward': '0',
};

function setSystemControl([name, value]: [string, string]): void {
  writeFileSync(`/proc/sys/net/${name}`, value);
}
