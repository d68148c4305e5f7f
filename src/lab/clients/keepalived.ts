/** keepalived of the distribution, as one router of a VRRP group (RFC 9568) in an instance. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Address, Prefix } from '../../addressing/index.ts';
import type { InstanceInterface } from '../instance/instance.ts';

/** What a router of the group is to do. */
interface VirtualRouter {
  /** 1 to 255. */
  readonly id: number;
  /** 1 to 254: who has more is master. */
  readonly priority: number;
  /** Link-local: IPv6 wants one (RFC 9568 section 5.2.9). */
  readonly linkLocal: Address;
  readonly address: Address;
  /** Of `address` on the link. */
  readonly prefix: Prefix;
  /** Whether the virtual MAC address is used, or the master's own. */
  readonly virtualMac: boolean;
}

type State = 'MASTER' | 'BACKUP' | 'FAULT';

/** The device with the virtual MAC address. */
const VIRTUAL_DEVICE = 'vrrp';
const SETTINGS = '/run/keepalived.conf';
/** Between advertisements; a backup waits three times as long, and a little. */
const ADVERTISEMENT_SECONDS = 0.5;

export class Keepalived {
  readonly #device: InstanceInterface;
  readonly #process: ChildProcess;
  #output = '';

  private constructor(device: InstanceInterface, process: ChildProcess) {
    this.#device = device;
    this.#process = process;
    for (const stream of [process.stdout!, process.stderr!]) {
      stream.on('data', (data) => {
        this.#output += data;
      });
    }
  }

  /** Whether it is installed. */
  static async isInstalled({ instance }: InstanceInterface): Promise<boolean> {
    return (await instance.tryRun(['sh', '-c', 'command -v keepalived'])).status === 0;
  }

  static start(on: InstanceInterface, router: VirtualRouter): Keepalived {
    const { id, priority, linkLocal, address, prefix, virtualMac } = router;
    on.instance.writeFile(
      SETTINGS,
      `vrrp_instance group {
  state BACKUP
  interface ${on.device}
  virtual_router_id ${id}
  priority ${priority}
  advert_int ${ADVERTISEMENT_SECONDS}
  version 3
  native_ipv6
  ${virtualMac ? `use_vmac ${VIRTUAL_DEVICE}` : ''}
  virtual_ipaddress {
    ${linkLocal}/64
    ${address}/${prefix.length}
  }
}
`,
    );
    const flags = ['--dont-fork', '--log-console', '--log-detail', '--vrrp', '--use-file', SETTINGS];
    return new Keepalived(on, on.instance.spawn(['keepalived', ...flags]));
  }

  /** What it said of its state last. */
  get state(): State | undefined {
    return [...this.#output.matchAll(/Entering (MASTER|BACKUP|FAULT) STATE/g)].at(-1)?.[1] as
      | State
      | undefined;
  }

  /** Ends it as a power failure would: nothing of it is heard any more, no farewell either. */
  async die(): Promise<void> {
    this.#device.down();
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
  }
}
