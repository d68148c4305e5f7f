/**
 * Multicast on one link, which every network has to carry (RFC 4291 section 2.7): members of a group hear it, another
 * project does not. Who else on the link hears it, and what routers pass on, is each network's own affair.
 */
import { Address, linkLocalAddress } from '../../../addressing/index.ts';
import { type Capture, GroupMember, type InstanceInterface } from '../../../lab/index.ts';
import { frame, ipv6, multicastMac, udp } from '../../../packets/index.ts';
import { arrivals, type Carrier, type Tenant, type Trial } from '../../kit/index.ts';

const GROUP = Address.parse('ff02::5e7');
const PORT = 5007;

interface Guest {
  readonly device: InstanceInterface;
  readonly capture: Capture;
}

export async function tryMulticastOnLink(trial: Trial, carrier: Carrier): Promise<void> {
  const where = carrier === 'vlan' ? 'VLAN' : 'tenant network';
  const boot = async (name: string, owner: Tenant, network: Awaited<ReturnType<Tenant['network']>>) => {
    const instance = await trial.instance(name, await owner.port(network));
    const device = instance.interface('eth0');
    return { device, capture: trial.capture(device) } satisfies Guest;
  };
  const [near, foreign] = await Promise.all(
    ['near', 'foreign'].map(async (name) => {
      const tenant = trial.tenant(`multicast-${carrier}-${name}`);
      const network = await tenant.network(name, carrier);
      await tenant.subnet6(network, 'fd11:1::/64', 'slaac');
      return { tenant, network };
    }),
  );
  const [sender, member, stranger] = await Promise.all([
    boot('sender', near!.tenant, near!.network),
    boot('member', near!.tenant, near!.network),
    boot('stranger', foreign!.tenant, foreign!.network),
  ]);
  const joined = await Promise.all([member, stranger].map(({ device }) => GroupMember.join(device, GROUP)));
  const packet = ipv6(linkLocalAddress(sender.device.mac), GROUP, udp(PORT, PORT, new Uint8Array(8)));
  const to = (guest: Guest) => ({
    from: sender.device,
    frame: frame(sender.device.mac, multicastMac(GROUP), packet),
    to: guest.capture,
  });
  const [wanted, unwanted] = [to(member), to(stranger)];
  const arrived = await arrivals([wanted], [unwanted]);
  const say = (shipment: typeof wanted): string => (arrived.has(shipment) ? 'hears it' : 'does not');
  const evidence = {
    what: `multicast, ${where}: a packet to a group, with a member on the link and one in another project`,
    expected: 'the first hears it, the second does not',
    seen: `the first ${say(wanted)}, the second ${say(unwanted)}`,
    ok: arrived.has(wanted) && !arrived.has(unwanted),
    core: true,
  };
  const culprit = arrived.has(unwanted) ? stranger : sender;
  trial.show(await trial.proven(evidence, culprit.capture, `multicast-${carrier}`));
  for (const one of joined) one.leave();
}
