/** A DHCP client of the distribution, running in an instance. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { InstanceInterface } from '../instance/instance.ts';

/** What a client is to ask for. */
export type DhcpMode =
  /** An IPv4 address and what goes with it. */
  | 'ipv4'
  /** An IPv6 address by DHCPv6 (IA_NA), DNS servers and search list. */
  | 'stateful'
  /** DNS servers and search list by DHCPv6, no address. */
  | 'stateless';

/** Milliseconds that duplicate address detection may take. */
const LINK_PATIENCE_MS = 5_000;

export class DhcpClient {
  readonly #process: ChildProcess;
  #output = '';

  private constructor(process: ChildProcess) {
    this.#process = process;
    for (const stream of [process.stdout!, process.stderr!]) {
      stream.on('data', (data) => {
        this.#output += data;
      });
    }
  }

  /**
   * Starts ISC's dhclient, for IPv6 once the link-local address is there that it needs. The device must be up.
   * @param options further ones: `-P` for a prefix, `-N` for each of several associations, `-r` to give a lease back
   */
  static async dhclient(
    on: InstanceInterface,
    mode: DhcpMode,
    options: readonly string[] = [],
  ): Promise<DhcpClient> {
    if (mode !== 'ipv4')
      await on.waitForAddress(({ isLinkLocal, family }) => isLinkLocal && family === 6, LINK_PATIENCE_MS);
    const modes = { ipv4: ['-4'], stateful: ['-6'], stateless: ['-6', '-S'] };
    const files = `/run/dhclient-${mode}-${on.device}`;
    return new DhcpClient(
      on.instance.spawn([
        'dhclient',
        ...modes[mode],
        ...options,
        ...['-d', '-v', '-lf', `${files}.leases`, '-pf', `${files}.pid`],
        on.device,
      ]),
    );
  }

  /**
   * Starts dhcpcd, which takes router advertisements over from the kernel and does what their M and O flags say.
   * The interface identifier comes from the MAC.
   * @param lines more of its settings for the device: `ia_na 1` for an association
   */
  static dhcpcd(
    on: InstanceInterface,
    families: readonly (4 | 6)[] = [6],
    lines: readonly string[] = [],
  ): DhcpClient {
    const settings = `/run/dhcpcd-${on.device}.conf`;
    on.instance.writeFile(
      settings,
      `duid ll
slaac hwaddr
noarp
option domain_name_servers, domain_name, domain_search, interface_mtu, classless_static_routes
require dhcp_server_identifier
${families.includes(4) ? '' : 'noipv4'}
${families.includes(6) ? '' : 'noipv6'}
interface ${on.device}
${lines.join('\n')}
`,
    );
    return new DhcpClient(on.instance.spawn(['dhcpcd', '-B', '-d', '-f', settings, on.device]));
  }

  /**
   * Starts dhcpcd as the client of a delegated prefix: it asks for an address and a /56, and puts the /64 of number 1
   * of what it gets on another device, with the first address of it.
   */
  static prefixClient(on: InstanceInterface, inner: InstanceInterface): DhcpClient {
    const settings = `/run/dhcpcd-${on.device}-pd.conf`;
    on.instance.writeFile(
      settings,
      `duid ll
nodev
slaac hwaddr
noipv4
noipv6rs
interface ${on.device}
  ipv6rs
  ia_na 1
  ia_pd 2/::/56 ${inner.device}/1/64
`,
    );
    return new DhcpClient(on.instance.spawn(['dhcpcd', '-B', '-d', '-f', settings, on.device, inner.device]));
  }

  /**
   * Starts systemd-networkd, which does SLAAC itself and what the M and O flags say. It finds its device without udev,
   * as in a container: there /sys cannot be written to.
   */
  static networkd(on: InstanceInterface): DhcpClient {
    const script = `
mount --bind /sys /sys && mount -o remount,bind,ro /sys
mkdir -p /run/systemd/network /run/systemd/netif
chown systemd-network /run/systemd/netif
printf '[Match]\\nName=${on.device}\\n[Network]\\nDHCP=ipv6\\nIPv6AcceptRA=yes\\n' > /run/systemd/network/10.network
SYSTEMD_LOG_LEVEL=debug SYSTEMD_LOG_TARGET=console exec /lib/systemd/systemd-networkd`;
    return new DhcpClient(on.instance.spawn(['sh', '-c', script]));
  }

  /** What the client said so far. */
  get output(): string {
    return this.#output;
  }

  /** Ends the client at once; it releases nothing. */
  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
  }
}
