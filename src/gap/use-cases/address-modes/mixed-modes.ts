/** SLAAC, DHCPv6 stateless and stateful on one network, each with a prefix of its own. */
import { Prefix } from '../../../addressing/index.ts';
import type { Answered } from '../../../client/index.ts';
import { DhcpClient, type LabInstance, waitUntil } from '../../../lab/index.ts';
import {
  addressesOfPort,
  advertisementIn,
  describeAddresses,
  type Evidence,
  isAdvertisement,
  optionsOf,
  pingPasses,
  type Trial,
} from '../../kit/index.ts';

const SUBNETS = [
  { mode: 'slaac', prefix: 'fd09:11::/64' },
  { mode: 'dhcpv6-stateless', prefix: 'fd09:12::/64' },
  { mode: 'dhcpv6-stateful', prefix: 'fd09:13::/64' },
] as const;
const PATIENCE_MS = 25_000;

interface Guest {
  readonly instance: LabInstance;
  readonly port: Answered<'port'>;
}

/**
 * One advertisement tells each prefix with its own flags, and instances get one address of each. Beside each mode by
 * itself, which the use case is about, it is a refinement.
 */
export async function tryMixedModes(trial: Trial): Promise<void> {
  const where = 'three modes on one network';
  const tenant = trial.tenant('mixed');
  const network = await tenant.network('mixed');
  const subnets: Answered<'subnet'>[] = [];
  for (const { mode, prefix } of SUBNETS) subnets.push(await tenant.subnet6(network, prefix, mode));
  await tenant.router('router', subnets);
  const boot = async (name: string): Promise<Guest> => {
    const port = await tenant.port(network);
    return { instance: await trial.bareInstance(name, port), port };
  };
  const [kernel, dhcpcd] = await Promise.all([boot('kernel'), boot('dhcpcd')]);
  const capture = trial.capture(kernel.instance.interface('eth0'));
  for (const { instance } of [kernel, dhcpcd]) instance.interface('eth0').up();
  await DhcpClient.dhclient(kernel.instance.interface('eth0'), 'stateful');
  DhcpClient.dhcpcd(dhcpcd.instance.interface('eth0'));

  const advertised = await capture.waitFor(isAdvertisement, PATIENCE_MS);
  const advertisement = advertised && advertisementIn(advertised.frame);
  const expected = 'M=1 O=1, fd09:11::/64 A=1, fd09:12::/64 A=1, fd09:13::/64 A=0';
  const seen =
    advertisement &&
    [
      `M=${Number(advertisement.managed)} O=${Number(advertisement.otherConfig)}`,
      ...optionsOf(advertisement, 'prefix-information')
        .map(({ prefix, autonomous }) => `${prefix} A=${Number(autonomous)}`)
        .toSorted(),
    ].join(', ');
  trial.show(
    await trial.proven(
      { what: `${where}: router advertisement`, expected, seen: seen ?? 'none', ok: seen === expected },
      capture,
      'three-modes',
      ({ frame }) => isAdvertisement(frame),
    ),
  );
  trial.show(await hasAll(`${where}: addresses by Linux's SLAAC and dhclient`, kernel));
  trial.show(await hasAll(`${where}: addresses by dhcpcd`, dhcpcd));
  for (const address of addressesOfPort(kernel.port)) {
    const what = `${where}: ${address} is reached`;
    trial.show(await pingPasses({ what }, dhcpcd.instance, address));
  }
}

/** The port's addresses, one of each prefix, and no other. */
async function hasAll(what: string, { instance, port }: Guest): Promise<Evidence> {
  const device = instance.interface('eth0');
  const wanted = addressesOfPort(port).map(String).toSorted().join(' ');
  const configured = () => device.usable(6).map(String).toSorted().join(' ');
  const ok = await waitUntil(() => configured() === wanted, PATIENCE_MS);
  const ofEach = SUBNETS.every(({ prefix }) =>
    addressesOfPort(port).some((address) => Prefix.parse(prefix).contains(address)),
  );
  return { what, expected: wanted, seen: describeAddresses(device), ok: ok === true && ofEach };
}
