/**
 * strongSwan of the distribution, as one end of a tunnel of IPsec (RFC 4301, RFC 7296) in an instance. ESP is its own,
 * in user space and in UDP (RFC 3948): no kernel has to have it.
 */
import type { Address } from '../../addressing/index.ts';
import type { LabInstance } from '../instance/instance.ts';
import { waitUntil } from '../wait.ts';

/** One end of a tunnel. */
export interface TunnelEnd {
  readonly name: string;
  /** That the other end is reached by. */
  readonly outer: Address;
  /** That goes through the tunnel. */
  readonly inner: Address;
}

const DAEMON = '/usr/lib/ipsec/charon';
const SOCKET = '/run/charon.vici';
const FILES = { daemon: '/run/strongswan.conf', tunnel: '/run/swanctl.conf' } as const;
const PLUGINS =
  'random nonce aes sha1 sha2 hmac kdf openssl kernel-libipsec kernel-netlink socket-default vici';
const STARTING_MS = 20_000;

export class Strongswan {
  readonly #instance: LabInstance;

  private constructor(instance: LabInstance) {
    this.#instance = instance;
  }

  /** Whether it is installed. */
  static async isInstalled(instance: LabInstance): Promise<boolean> {
    const { status } = await instance.tryRun(['sh', '-c', `test -x ${DAEMON} && command -v swanctl`]);
    return status === 0;
  }

  /**
   * Starts it as `own` end of a tunnel, and waits until it takes commands. The inner address is put on the loopback device.
   * @param secret that both ends know
   */
  static async start(
    instance: LabInstance,
    own: TunnelEnd,
    other: TunnelEnd,
    secret: string,
  ): Promise<Strongswan> {
    instance.writeFile(FILES.daemon, daemonSettings());
    instance.writeFile(FILES.tunnel, tunnelSettings(own, other, secret));
    await instance.run('ip', 'address', 'add', `${own.inner}/128`, 'dev', 'lo');
    instance.spawn(['env', `STRONGSWAN_CONF=${FILES.daemon}`, DAEMON]);
    const strongswan = new Strongswan(instance);
    await waitUntil(() => strongswan.#does('--load-all', '--file', FILES.tunnel, '--noprompt'), STARTING_MS);
    return strongswan;
  }

  /** Brings the tunnel up; false when that cannot be done in time. */
  connect(seconds: number): Promise<boolean> {
    return this.#does('--initiate', '--child', 'inner', '--timeout', String(seconds));
  }

  /** Gives the tunnel new keys, which it goes on with. */
  rekey(): Promise<boolean> {
    return this.#does('--rekey', '--child', 'inner');
  }

  async #does(...words: readonly string[]): Promise<boolean> {
    const command = ['env', `STRONGSWAN_CONF=${FILES.daemon}`, 'swanctl', ...words];
    return (await this.#instance.tryRun([...command, '--uri', `unix://${SOCKET}`])).status === 0;
  }
}

const daemonSettings = (): string => `charon {
  load = ${PLUGINS}
  retransmit_tries = 3
  retransmit_timeout = 1
  plugins {
    vici {
      socket = unix://${SOCKET}
    }
  }
}
swanctl {
  load = random nonce openssl
}
`;

const tunnelSettings = (own: TunnelEnd, other: TunnelEnd, secret: string): string => `connections {
  tunnel {
    version = 2
    local_addrs = ${own.outer}
    remote_addrs = ${other.outer}
    encap = yes
    proposals = aes128-sha256-ecp256
    local {
      auth = psk
      id = ${own.name}
    }
    remote {
      auth = psk
      id = ${other.name}
    }
    children {
      inner {
        local_ts = ${own.inner}/128
        remote_ts = ${other.inner}/128
        esp_proposals = aes128-sha256
      }
    }
  }
}
secrets {
  ike {
    id-own = ${own.name}
    id-other = ${other.name}
    secret = ${secret}
  }
}
`;
