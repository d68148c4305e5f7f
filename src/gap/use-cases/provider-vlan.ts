/** A VLAN from outside, attached to an instance: a router that no VIM knows configures it, and leads beyond. */
import { type Address, eui64Address, linkLocalAddress, Mac, Prefix } from '../../addressing/index.ts';
import { type InstanceInterface, UpstreamRouter } from '../../lab/index.ts';
import {
  addressAppears,
  addressesOfPort,
  defineUseCase,
  describeAddresses,
  pingFails,
  pingPasses,
  type Trial,
  tcpPasses,
} from '../kit/index.ts';
import { tryOutside } from './first-hop/outside-attacked.ts';
import { ONE_HOST_AND_DATAPATH } from './first-hop/stations.ts';

/** On the VLAN, and on another one too, where nobody routes it. */
const LINK = Prefix.parse('fd31::/64');
const BEYOND = Prefix.parse('fd31:0:0:1::/64');
const LATER = Prefix.parse('fd31:0:0:2::/64');

const OUTER_MAC = Mac.parse('02:00:00:00:31:01');
const INNER_MAC = Mac.parse('02:00:00:00:31:02');
const FAR_MAC = Mac.parse('02:00:00:00:31:03');

const MTU = 1400;
const TCP_PORT = 5201;
/** Milliseconds in which an instance that is not to be configured would have been. */
const SILENCE_MS = 3_000;

const autonomous = (prefix: Prefix, preferredLifetime: number) =>
  ({
    kind: 'prefix-information',
    prefix,
    onLink: true,
    autonomous: true,
    prefersDelegation: false,
    validLifetime: 3600,
    preferredLifetime,
  }) as const;

export const providerVlanUseCase = defineUseCase({
  id: 'provider-vlan',
  title: 'External layer-2 VLAN attached to an instance',
  claim: 'yes',
  missing: [],
  limits: [...ONE_HOST_AND_DATAPATH, 'a router upstream that is not of this program.'],
  async gather(trial) {
    const tenant = trial.tenant('tenant');
    const fromOutside = { ipv6_address_mode: 'slaac' } as const;
    const [network, other] = [await tenant.network('vlan', 'vlan'), await tenant.network('other', 'vlan')];
    for (const on of [network, other]) await tenant.subnet6(on, LINK.toString(), undefined, fromOutside);
    await tenant.subnet6(network, LATER.toString(), undefined, fromOutside);
    const [port, otherPort] = [await tenant.port(network), await tenant.port(other)];

    const upstream = await trial.outsideInstance('upstream', OUTER_MAC, network);
    const beyond = await trial.instance('beyond');
    const [inner, far] = upstream.connect('eth1', INNER_MAC, {
      instance: beyond,
      device: 'eth0',
      mac: FAR_MAC,
    });
    far.up();
    const advertised = {
      routerLifetime: 1800,
      options: [autonomous(LINK, 1800), { kind: 'mtu', mtu: MTU } as const],
    };
    const router = UpstreamRouter.start([
      { device: upstream.interface('eth0'), prefixes: [LINK, LATER], advertised },
      {
        device: inner,
        prefixes: [BEYOND],
        advertised: { routerLifetime: 1800, options: [autonomous(BEYOND, 1800)] },
      },
    ]);

    const device = (await trial.instance('instance', port)).interface('eth0');
    const stranger = (await trial.instance('stranger', otherPort)).interface('eth0');
    const own = addressesOfPort(port).find((address) => LINK.contains(address))!;
    const what = 'an advertisement of the router upstream gives the instance its address';
    trial.show(await addressAppears({ what, core: true }, device, own));
    showDefaultRoute(trial, device);
    const host = eui64Address(BEYOND, FAR_MAC);
    await far.has(host, 20_000);
    trial.show(await pingPasses({ what: 'it reaches the router', core: true }, device.instance, LINK.at(1n)));
    trial.show(
      await pingPasses({ what: 'it reaches a host beyond the router', core: true }, device.instance, host),
    );
    trial.show(await pingPasses({ what: 'that host reaches it', core: true }, beyond, own));
    await trial.tcpEcho(beyond, TCP_PORT);
    trial.show(await tcpPasses({ what: 'TCP to the host beyond' }, device.instance, host, TCP_PORT, 100_000));

    trial.show(await notConfigured(stranger));
    trial.show(
      await pingFails(
        { what: 'the instance on another VLAN reaches the router by its link-local address' },
        stranger.instance,
        linkLocalAddress(OUTER_MAC),
        { device: 'eth0' },
      ),
    );

    if (trial.isSextant) {
      const isOnLink = (address: Address) => LINK.contains(address);
      const where = { tenant, network, router: OUTER_MAC, isOnLink, beyond: host, neighbour: device };
      await tryOutside(trial, where);
    } else {
      trial.leaveOut('an instance that attacks hosts outside: that is about the first hop.');
    }

    // Renumbering: the old prefix is not for new connections any more (RFC 4862 section 5.5.4).
    router.advertisers[0]!.change({
      ...advertised,
      options: [autonomous(LATER, 1800), autonomous(LINK, 0)],
    });
    const renumbered = eui64Address(LATER, device.mac);
    trial.show(await addressAppears({ what: 'the router advertises another prefix' }, device, renumbered));
    trial.show(await sourceTo(device, host, renumbered));
  },
});

function showDefaultRoute(trial: Trial, device: InstanceInterface): void {
  const via = device.routes().find(({ destination }) => destination.length === 0)?.gateway;
  trial.show({
    what: 'its default route, and its MTU',
    expected: `${linkLocalAddress(OUTER_MAC)}, ${MTU}`,
    seen: `${via ?? 'none'}, ${device.ipv6Mtu()}`,
    ok: via?.equals(linkLocalAddress(OUTER_MAC)) === true && device.ipv6Mtu() === MTU,
    core: true,
  });
}

async function notConfigured(stranger: InstanceInterface) {
  const address = await stranger.waitForAddress((one) => LINK.contains(one), SILENCE_MS);
  return {
    what: 'an instance on another VLAN, with a subnet of the same prefix',
    expected: 'no address',
    seen: address === undefined ? 'no address' : describeAddresses(stranger),
    ok: address === undefined,
  };
}

/** Which source the kernel takes for a new connection. */
async function sourceTo(device: InstanceInterface, target: Address, expected: Address) {
  const text = await device.instance.run('ip', '-6', 'route', 'get', target.toString());
  const seen = / src (\S+)/.exec(text)?.[1] ?? text.trim();
  return {
    what: 'new connections after that',
    expected: `from ${expected}`,
    seen: `from ${seen}`,
    ok: seen === expected.toString(),
  };
}
