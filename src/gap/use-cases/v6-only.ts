/** IPv6 and nothing else: in a network, between networks, and with packets that are too big. */
import type { Address } from '../../addressing/index.ts';
import type { Answered } from '../../client/index.ts';
import type { Capture, LabInstance } from '../../lab/index.ts';
import {
  configured,
  defineUseCase,
  describeAddresses,
  type Evidence,
  ipv6Of,
  packetTooBig,
  pingFails,
  pingPasses,
  segmentationOffload,
  type Tenant,
  type Trial,
  tcpPasses,
  UntriableError,
  udpPasses,
} from '../kit/index.ts';

const ECHO_PORT = 7006;
const BULK = 200_000;
/** Less than the other networks', more than IPv6 must have. */
const SMALL_MTU = 1300;
const BIG_PACKET = 1400;

export const v6OnlyUseCase = defineUseCase({
  id: 'v6-only',
  title: 'Instances with IPv6 alone: switching in a network, routing between networks of a tenant',
  claim: 'partial',
  missing: [
    "Between a larger and a smaller MTU, TCP passes without segmentation offload only, unless the switch is the kernel's.",
  ],
  gather,
});

interface Guest {
  readonly instance: LabInstance;
  readonly address: Address;
  /** From before the device was up. */
  readonly capture: Capture;
}

/** Two instances in a tenant network and two in a VLAN with a small MTU; one more in each of two other networks. */
async function gather(trial: Trial): Promise<void> {
  const tenant = trial.tenant('red');
  const [overlay, other, apart] = [
    await tenant.network('overlay'),
    await tenant.network('other'),
    await tenant.network('apart'),
  ];
  const { network: vlan, kind } = await smallNetwork(trial, tenant);
  await tenant.router('router', [
    await tenant.subnet6(overlay, 'fd06:1::/64', 'slaac'),
    await tenant.subnet6(other, 'fd06:2::/64', 'slaac'),
    await tenant.subnet6(vlan, 'fd06:3::/64', 'slaac'),
  ]);
  await tenant.router('router-apart', [await tenant.subnet6(apart, 'fd06:4::/64', 'slaac')]);
  const start = async (name: string, network: Answered<'network'>): Promise<Guest> => {
    const port = await tenant.port(network);
    const instance = await trial.bareInstance(name, port);
    const device = instance.interface('eth0');
    const capture = trial.capture(device);
    device.up();
    await configured([device, ipv6Of(port)]);
    return { instance, address: ipv6Of(port), capture };
  };
  const guests = await Promise.all([
    start('one', overlay),
    start('two', overlay),
    start('three', vlan),
    start('four', vlan),
    start('five', other),
    start('six', apart),
  ]);
  const [one, two, three, four, five, six] = guests;
  for (const { instance } of [three, five]) {
    await trial.tcpEcho(instance, ECHO_PORT);
    trial.udpEcho(instance, ECHO_PORT);
  }

  const core = true;
  trial.show(await pingPasses({ what: 'ping in a tenant network', core }, one.instance, two.address));
  trial.show(await pingPasses({ what: `ping in a ${kind} network`, core }, three.instance, four.address));
  trial.show(await pingPasses({ what: 'ping through the router', core }, one.instance, five.address));
  trial.show(
    await tcpPasses({ what: 'TCP through the router', core }, one.instance, five.address, ECHO_PORT, BULK),
  );
  trial.show(
    await udpPasses({ what: 'UDP through the router', core }, one.instance, five.address, ECHO_PORT, 1000),
  );
  trial.show(
    await pingPasses({ what: `ping from a ${kind} to a tenant network`, core }, four.instance, one.address),
  );
  trial.show(
    await pingFails({ what: 'ping to a network that the router does not know' }, one.instance, six.address),
  );
  await tryPathMtu(trial, two, three);
  const addresses = one.instance.interface('eth0');
  trial.show({
    what: 'addresses of an instance',
    expected: `${one.address} alone`,
    seen: describeAddresses(addresses),
    ok: addresses.usable(4).length === 0 && addresses.usable(6).length === 1,
  });
  trial.show(await noIpv4(guests));
}

/** A network with a small MTU: a VLAN or, where none is to be had, another one of the tenant's. */
async function smallNetwork(
  trial: Trial,
  tenant: Tenant,
): Promise<{ readonly network: Answered<'network'>; readonly kind: string }> {
  const wish = { mtu: SMALL_MTU };
  try {
    return { network: await tenant.network('vlan', 'vlan', wish), kind: 'VLAN' };
  } catch (error) {
    if (!(error instanceof UntriableError)) throw error;
    trial.couldNotTry(`VLANs: ${error.message}`);
    return { network: await tenant.network('small', 'tenant', wish), kind: 'small-MTU' };
  }
}

/** From a network with a larger MTU into one with a smaller. */
async function tryPathMtu(trial: Trial, from: Guest, to: Guest): Promise<void> {
  const fitting = `a packet of ${SMALL_MTU} octets into a network with an MTU of ${SMALL_MTU}`;
  trial.show(
    await pingPasses({ what: fitting }, from.instance, to.address, {
      packetSize: SMALL_MTU,
      unfragmented: true,
    }),
  );
  const tooBig = `a packet of ${BIG_PACKET} octets into that network`;
  const size = { packetSize: BIG_PACKET, mtu: SMALL_MTU };
  const evidence = await packetTooBig({ what: tooBig }, from.instance, to.address, size);
  trial.show({ ...evidence, ...(await trial.pcap(from.capture, 'path-mtu')) });
  for (const { instance } of [from, to]) await segmentationOffload(instance, 'off');
  const what = 'TCP into that network and back, without segmentation offload';
  trial.show(await tcpPasses({ what }, from.instance, to.address, ECHO_PORT, BULK));
}

/** Nothing but IPv6 was seen on any device from its start on. */
async function noIpv4(guests: readonly Guest[]): Promise<Evidence> {
  await Promise.all(guests.map(({ capture }) => capture.settle()));
  const frames = guests.flatMap(({ capture }) => capture.observations.map(({ frame }) => frame));
  const others = frames.filter(({ network }) => network.kind !== 'ipv6').length;
  return {
    what: 'frames captured on all devices meanwhile',
    expected: 'IPv6 alone',
    seen: `${frames.length - others} of IPv6, ${others} of anything else`,
    ok: frames.length > 0 && others === 0,
  };
}
