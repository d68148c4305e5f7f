/** A translator in an instance that gives its programs IPv4 over IPv6 alone (CLAT, RFC 6877): tayga. */
import { Address, type Prefix } from '../../addressing/index.ts';
import type { InstanceInterface } from '../instance/instance.ts';

/** What programs have as their own (RFC 7335), and what tayga has. */
const [PROGRAMS, OWN] = [Address.parse('192.0.0.1'), Address.parse('192.0.0.4')];
/** A packet of IPv4 grows by 20 octets, or by 28 where it was fragmented. */
const GROWTH = 28;

/** What a CLAT has of IPv6. */
interface ClatOptions {
  /** Of the NAT64. */
  readonly prefix: Prefix;
  /** In the prefix of the instance's link; nobody else's: what programs send comes from there. */
  readonly address: Address;
  /** Likewise, of the translator itself. */
  readonly own: Address;
}

/**
 * Starts one behind a device that has IPv6: the instance has an IPv4 address and a default route then.
 * @throws CommandError
 */
export async function startClat(on: InstanceInterface, { prefix, address, own }: ClatOptions): Promise<void> {
  const { instance, device } = on;
  const settings = '/run/clat.conf';
  instance.writeFile(
    settings,
    `tun-device clat
prefix ${prefix}
ipv4-addr ${OWN}
ipv6-addr ${own}
map ${PROGRAMS} ${address}
`,
  );
  // A router hears of no other, unless it is told to.
  on.setIpv6('accept_ra', 2);
  instance.setSetting('ipv6/conf/all/forwarding', 1);
  instance.setSetting(`ipv6/conf/${device}/proxy_ndp`, 1);
  instance.setSetting('ipv4/conf/all/forwarding', 1);
  const mtu = String(on.ipv6Mtu() - GROWTH);
  await instance.run('tayga', '-c', settings, '--mktun');
  await instance.run('ip', 'link', 'set', 'clat', 'up');
  await instance.run('ip', 'address', 'add', `${PROGRAMS}/32`, 'dev', 'clat');
  await instance.run('ip', 'route', 'add', 'default', 'dev', 'clat', 'src', `${PROGRAMS}`, 'mtu', mtu);
  for (const one of [address, own]) {
    await instance.run('ip', '-6', 'route', 'add', `${one}/128`, 'dev', 'clat');
    await instance.run('ip', '-6', 'neighbour', 'add', 'proxy', `${one}`, 'dev', device);
  }
  instance.spawn(['tayga', '-c', settings, '--nodetach']);
}
