/** Names of instances in DNS, asked for over IPv6 by the C library's resolver in an instance. */
import { type Address, SERVICE_ADDRESS } from '../../../addressing/index.ts';
import type { Answered } from '../../../client/index.ts';
import type { InstanceInterface, LabInstance } from '../../../lab/index.ts';
import { ipv6Of, type Trial } from '../../kit/index.ts';

/** A port with a name, and its instance. */
interface NamedGuest {
  readonly name: string;
  readonly domain: string;
  readonly port: Answered<'port'>;
  readonly unnamed: Answered<'port'>;
  readonly device: InstanceInterface;
}

/** @param stranger an instance on another network */
export async function tryNames(
  trial: Trial,
  { name, domain, port, unnamed, device }: NamedGuest,
  stranger: LabInstance,
): Promise<void> {
  const address = ipv6Of(port);
  const full = `${name}.${domain}`;
  for (const instance of [device.instance, stranger]) useServer(instance, SERVICE_ADDRESS);
  const looks = async (instance: LabInstance, ...query: string[]) =>
    (await instance.tryRun(['getent', ...query])).stdout.split(/\s+/)[0] || 'nothing';
  const show = async (what: string, instance: LabInstance, query: string[], expected: string) => {
    const seen = await looks(instance, ...query);
    trial.show({ what: `DNS over IPv6: ${what}`, expected, seen, ok: seen === expected });
  };
  await show(`address of ${full}`, device.instance, ['ahostsv6', full], `${address}`);
  await show(`address of ${name}`, device.instance, ['ahostsv6', name], `${address}`);
  const { stdout } = await device.instance.tryRun(['getent', 'hosts', `${address}`]);
  const seen = stdout.trim().split(/\s+/)[1] ?? 'nothing';
  trial.show({ what: `DNS over IPv6: name of ${address}`, expected: full, seen, ok: seen === full });
  for (const { fqdn, ip_address: expected } of trial.isSextant ? unnamed.dns_assignment : [])
    await show(
      `address of ${fqdn}, a port without a name`,
      device.instance,
      [`ahostsv${expected.includes(':') ? 6 : 4}`, fqdn.replace(/\.$/, '')],
      expected,
    );
  await show(`address of nobody.${domain}`, device.instance, ['ahostsv6', `nobody.${domain}`], 'nothing');
  await show(
    `address of ${full}, asked for on another tenant's network`,
    stranger,
    ['ahostsv6', full],
    'nothing',
  );
}

/** Has the resolver of an instance ask this server, once and not for long. */
function useServer(instance: LabInstance, server: Address): void {
  instance.writeFile('/etc/resolv.conf', `nameserver ${server}\noptions timeout:2 attempts:2\n`);
}
