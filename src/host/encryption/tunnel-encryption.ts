/**
 * Has what this host and others send each other by their tunnels encrypted, when the service orders it: from then on
 * nothing passes that is not, whatever becomes of the service, of this process, or of the daemon that agrees on keys.
 */
import { dirname, join } from 'node:path';
import type { Logger } from 'pino';
import { Address } from '../../addressing/index.ts';
import { Loop, Repeated } from '../../base/index.ts';
import { CAN_ENCRYPT, type EncryptionOrder, HOST_API } from '../../host-contract/index.ts';
import {
  admitTunnels,
  blockTunnels,
  hasStrongswan,
  hasXfrm,
  STRONGSWAN_PACKAGES,
  udpPortIsTaken,
  unblockTunnels,
} from '../../linux/index.ts';
import type { TlsFiles } from '../../ovsdb/index.ts';
import { INTEGRATION_BRIDGE, type SwitchDatabase } from '../../switch/index.ts';
import type { Places } from '../facts/index.ts';
import { othersOf } from '../overlay/index.ts';
import type { ServerChannel } from '../server-channel.ts';
import { IkeDaemon, type IkeDaemonOptions } from './ike-daemon.ts';
import type { IkePeer } from './ike-settings.ts';
import { recallOrder, rememberOrder } from './remembered-order.ts';

export interface TunnelEncryptionOptions {
  readonly database: Pick<SwitchDatabase, 'setting' | 'datapathOf' | 'onChange'>;
  readonly places: Pick<Places, 'hosts' | 'onMove'>;
  /** Directory of the switch's sockets, OVS_RUNDIR; what the daemon has is beside them. */
  readonly rundir: string;
  /** Network namespace of the switch; null is the process's own. */
  readonly switchNamespace: string | null;
  /** This host's name in OVN. */
  readonly host: string;
  /** This host's key and certificate; the order is kept beside them. */
  readonly tls: TlsFiles;
  readonly channel: Pick<ServerChannel, 'request'>;
  /** Whether the daemon goes on when this process ends. */
  readonly outlive: boolean;
  readonly log: Logger;
}

/** How often the service is asked, who else is a host and by what it is known. */
const EVERY_MS = 5_000;
const RETRY_MS = 2_000;
/** How long hosts have to change over, of which each hears when it asks. */
const CHANGE_OVER_MS = 30_000;
/** How often it is looked meanwhile whether there are keys for all. */
const LOOK_AGAIN_MS = 500;
/** By which hosts agree on keys (RFC 7296 section 2). */
const IKE_PORTS = [500, 4500];

/** Where tunnels are to be encrypted. */
export interface TunnelPlace {
  /** Of the switch: the kernel's is `system`. */
  readonly datapath: string | undefined;
  /** Network namespace in which tunnels end; null is the process's own. */
  readonly namespace: string | null;
  /** Directory of the switch's sockets, OVS_RUNDIR. */
  readonly rundir: string;
}

/**
 * Why tunnels that end at a place cannot be encrypted.
 * @returns undefined when they can
 */
export function whyNotEncrypted({ datapath, namespace, rundir }: TunnelPlace): string | undefined {
  if (datapath !== undefined && datapath !== 'system')
    return 'its switch has the datapath in userspace, of which the kernel’s IPsec sees nothing: it takes a kernel with Open vSwitch (modprobe openvswitch)';
  if (!hasStrongswan()) return `strongSwan is not installed: apt install ${STRONGSWAN_PACKAGES}`;
  if (!hasXfrm(namespace)) return 'its kernel has no IPsec (CONFIG_XFRM_USER, CONFIG_INET6_ESP)';
  const taken = IKE_PORTS.find((port) => udpPortIsTaken(namespace, port));
  if (taken === undefined || IkeDaemon.runsIn(daemonDirectory(rundir))) return undefined;
  return `another program has UDP port ${taken}, by which hosts agree on keys: end the machine’s own daemon of IKE (systemctl disable --now strongswan-starter strongswan)`;
}

/** Of what the daemon has. */
const daemonDirectory = (rundir: string): string => join(rundir, 'ipsec');

/** From one order to another, while other hosts may not have heard of it. */
interface ChangeOver {
  /** When it is over, whatever others have done: as `performance.now` tells the time. */
  readonly until: number;
  readonly before: EncryptionOrder;
}

export class TunnelEncryption {
  readonly #options: TunnelEncryptionOptions;
  readonly #directory: string;
  readonly #loop: Loop;
  readonly #asking: Repeated;
  readonly #unsubscribe: (() => void)[];
  #order: EncryptionOrder;
  #daemon: IkeDaemon | undefined;
  /** By what the service knows the order that it has given. */
  #known = '';
  #complaint = '';
  /** The address from and to which nothing passes unprotected. */
  #blocked: Address | undefined;
  /** Is over, too, once there are keys for all. */
  #changeOver: ChangeOver | undefined;
  #later: NodeJS.Timeout | undefined;
  /** Whether nothing of it is left, while it is not ordered. */
  #isUndone = false;

  /**
   * Starts it. When this returns, nothing passes unprotected if the service has ordered so before.
   * @throws SystemCallError when the kernel is to, and does not have it
   */
  constructor(options: TunnelEncryptionOptions) {
    this.#options = options;
    const { database, places, rundir, log } = options;
    this.#directory = daemonDirectory(rundir);
    this.#order = recallOrder(this.#identity);
    this.#block();
    this.#loop = new Loop(
      () => this.#pass(),
      RETRY_MS,
      (error) => log.error({ err: error }, 'tunnels are not encrypted as they should be, trying again'),
    );
    this.#unsubscribe = [
      database.onChange(() => this.#loop.wake()),
      places.onMove(({ hosts }) => {
        if (hosts) this.#asking.soon();
      }),
    ];
    this.#asking = new Repeated(
      // Its own certificate may have been renewed, and the daemon started anew, whatever the service says.
      () => this.#ask().finally(() => this.#loop.wake()),
      EVERY_MS,
      (error) => log.debug({ err: error }, 'the service did not say what is to be encrypted, going on'),
    );
    this.#loop.wake();
  }

  /** What administrators are shown: `none`, `ipsec`, or why it is to be and is not. While it is changed, what was before. */
  get state(): string {
    const { encryption } = this.#changeOver?.before ?? this.#order;
    return encryption === 'none' ? encryption : (this.#why() ?? encryption);
  }

  /** What the service is told of whether it could be. */
  get capability(): string {
    return this.#why() ?? CAN_ENCRYPT;
  }

  /** Ends it: what is encrypted stays so if the daemon outlives this process. */
  async stop(): Promise<void> {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    clearTimeout(this.#later);
    await this.#asking.stop();
    await this.#loop.stop();
    clearTimeout(this.#later);
    await this.#daemon?.leave();
  }

  get #identity(): string {
    return dirname(this.#options.tls.certificate);
  }

  #why(): string | undefined {
    const { database, switchNamespace: namespace, rundir } = this.#options;
    return whyNotEncrypted({ datapath: database.datapathOf(INTEGRATION_BRIDGE), namespace, rundir });
  }

  async #ask(): Promise<void> {
    const { status, headers, body } = await this.#options.channel.request({
      method: 'GET',
      path: HOST_API.encryption,
      headers: { 'if-none-match': this.#known },
    });
    if (status !== 200 && status !== 304) throw new Error(`${status} ${body.toString()}`);
    if (status === 200) {
      const order = JSON.parse(body.toString()) as EncryptionOrder;
      rememberOrder(this.#identity, order);
      if (order.encryption !== this.#order.encryption)
        this.#changeOver = { until: performance.now() + CHANGE_OVER_MS, before: this.#order };
      this.#order = order;
      this.#known = String(headers.etag);
    }
  }

  get #end(): Address | undefined {
    return Address.tryParse(this.#options.database.setting('ovn-encap-ip') ?? '');
  }

  #block(): void {
    const end = this.#end;
    const { switchNamespace: namespace } = this.#options;
    if (this.#order.encryption === 'none' || end === undefined || this.#blocked?.equals(end)) return;
    // Also where nothing can be encrypted: then nothing is to pass.
    if (!hasXfrm(namespace)) return;
    blockTunnels(namespace, end);
    this.#blocked = end;
  }

  async #pass(): Promise<void> {
    clearTimeout(this.#later);
    if (this.#order.encryption === 'none') return this.#undo();
    this.#isUndone = false;
    const why = this.#why();
    if (why !== undefined) {
      this.#changeOver = undefined;
      this.#block();
      if (why !== this.#complaint)
        this.#options.log.error({ why }, 'tunnels are to be encrypted, and cannot be');
      this.#complaint = why;
      return;
    }
    this.#complaint = '';
    if (!this.#isChangingOver) this.#block();
    const end = this.#end;
    if (end === undefined) return;
    this.#daemon ??= await IkeDaemon.start(this.#daemonOptions);
    const peers = this.#peers(end, this.#order);
    const isChangingOver = this.#isChangingOver && !this.#daemon.hasKeysFor(peers);
    await this.#daemon.tell({ host: this.#options.host, end, peers, isChangingOver });
    if (isChangingOver) return this.#lookAgain();
    this.#changeOver = undefined;
    this.#block();
  }

  get #isChangingOver(): boolean {
    return this.#changeOver !== undefined && performance.now() < this.#changeOver.until;
  }

  #lookAgain(): void {
    clearTimeout(this.#later);
    this.#later = setTimeout(() => this.#loop.wake(), LOOK_AGAIN_MS);
  }

  /** Ends what there is of it, also of a process before this one: once others have heard that they are to take what is not. */
  async #undo(): Promise<void> {
    if (this.#isUndone) return;
    const { host, switchNamespace } = this.#options;
    if (this.#daemon === undefined && IkeDaemon.runsIn(this.#directory))
      this.#daemon = await IkeDaemon.start(this.#daemonOptions);
    const end = this.#end;
    if (this.#daemon && this.#changeOver && this.#isChangingOver && end) {
      admitTunnels(switchNamespace);
      this.#blocked = undefined;
      const peers = this.#peers(end, this.#changeOver.before);
      await this.#daemon.tell({ host, end, peers, isChangingOver: true });
      return this.#lookAgain();
    }
    await this.#daemon?.stop();
    this.#daemon = undefined;
    unblockTunnels(switchNamespace);
    this.#blocked = undefined;
    this.#changeOver = undefined;
    this.#isUndone = true;
  }

  get #daemonOptions(): IkeDaemonOptions {
    const { switchNamespace: namespace, tls, outlive, log } = this.#options;
    return { directory: this.#directory, namespace, tls, outlive, log };
  }

  /** The other hosts of which it is known by what they are. With one of which it is not, nothing is agreed on. */
  #peers(end: Address, order: EncryptionOrder): IkePeer[] {
    const { host, places } = this.#options;
    const authorities = new Map(order.authorities.map((one) => [one.host, one.certificate]));
    return Array.from(othersOf(places, { host, end }))
      .flatMap(([other, otherEnd]) => {
        const authority = authorities.get(other);
        return authority === undefined ? [] : [{ host: other, end: otherEnd, authority }];
      })
      .sort((one, other) => (one.host < other.host ? -1 : 1));
  }
}
