/** A port whose instance is meant to be a router: it advertises itself and forwards, in no other name. */

import { type Address, linkLocalAddress, type Mac, Prefix } from '../../../addressing/index.ts';
import type { Answered } from '../../../client/index.ts';
import { type Capture, type InstanceInterface, waitUntil } from '../../../lab/index.ts';
import {
  ALL_NODES,
  type Frame,
  fragmentIpv6,
  frame,
  icmpv6,
  ipv6,
  multicastMac,
  udp,
} from '../../../packets/index.ts';
import {
  arrivalEvidence,
  arrivals,
  describeAddresses,
  type NamedShipment,
  type Tenant,
  type Trial,
} from '../../kit/index.ts';
import { prefixAdvertisement } from './rogue-advertisements.ts';

/** What the instance advertises, and a source beyond it. */
const ADVERTISED = Prefix.parse('fd17::/64');
const BEYOND = Prefix.parse('fd18::/64').at(1n);
const CHANGE_MS = 5_000;
const DHCPV6 = { client: 546, server: 547 } as const;

/** Where the router is to be. */
export interface RouterPortSetting {
  readonly where: string;
  readonly tenant: Tenant;
  readonly network: Answered<'network'>;
  /** A security group that lets all through. */
  readonly group: string;
  /** Link-local address of the legitimate router. */
  readonly router: Address;
  readonly victim: { readonly device: InstanceInterface; readonly address: Address };
  /** At the victim. */
  readonly capture: Capture;
}

/** Starts such an instance, and shows what of it reaches the victim; and nothing does when the port is a host's again. */
export async function tryRouterPort(trial: Trial, setting: RouterPortSetting): Promise<void> {
  const { where, tenant, network, group, victim, capture } = setting;
  // Under the policy `prefix` it might take the link-local address of a router that the VIM does not know.
  const wish = { device_role: 'router', address_policy: 'strict' } as const;
  const port = await tenant.port(network, { security_groups: [group], ...wish });
  const device = (await trial.instance('vnf', port)).interface('eth0');
  const ship = (frames: Readonly<Record<string, Frame>>): NamedShipment[] =>
    Object.entries(frames).map(([what, sent]) => ({ what, frame: sent, from: device, to: capture }));
  const own = ship(ofRouter(device.mac, victim));
  const others = ship(ofOthers(device.mac, setting));
  const arrived = await arrivals(own, others);
  const what = `${where}: from a port whose device_role is router`;
  trial.show(arrivalEvidence(`${what}: its advertisement, and what it forwards`, own, arrived, 'all'));
  trial.show(arrivalEvidence(`${what}: in other names, in fragments, and DHCPv6`, others, arrived, 'none'));
  const rightOnes = () => victim.device.usable(6).filter((address) => ADVERTISED.contains(address));
  await waitUntil(() => rightOnes().length > 0, CHANGE_MS);
  trial.show({
    what: `${where}: and what the victim makes of it`,
    expected: `an address of ${ADVERTISED}`,
    seen: describeAddresses(victim.device),
    ok: rightOnes().length > 0,
    core: true,
  });
  await tenant.client.update('port', port.id, { device_role: 'host' });
  const host = ship({ 'its link-local address': toVictim(device.mac, linkLocalAddress(device.mac), victim) });
  const attempt = () => arrivals(host, own);
  const last =
    (await waitUntil(async () => {
      const these = await attempt();
      return !own.some((shipment) => these.has(shipment)) && these;
    }, CHANGE_MS)) ?? (await attempt());
  trial.show(arrivalEvidence(`${where}: the same when its device_role is host again`, own, last, 'none'));
}

type Victim = RouterPortSetting['victim'];

const toVictim = (mac: Mac, source: Address, { device, address }: Victim): Frame =>
  frame(mac, device.mac, ipv6(source, address, udp(7017, 7017, new Uint8Array(8))));

const ofRouter = (mac: Mac, victim: Victim): Record<string, Frame> => ({
  advertisement: prefixAdvertisement(mac, linkLocalAddress(mac), ADVERTISED),
  'a forwarded datagram': toVictim(mac, BEYOND, victim),
});

function ofOthers(mac: Mac, { victim, router }: RouterPortSetting): Record<string, Frame> {
  const own = linkLocalAddress(mac);
  const neighbour = {
    kind: 'neighbour-advertisement',
    router: true,
    solicited: false,
    override: true,
    target: router,
    options: [{ kind: 'target-link-layer-address', mac }],
  } as const;
  const claim = ipv6(own, ALL_NODES, icmpv6(neighbour), { hopLimit: 255 });
  const advertised = prefixAdvertisement(mac, own, ADVERTISED).network;
  const [fragment] =
    advertised.kind === 'ipv6' ? fragmentIpv6(advertised, [16], { identification: 0x17 }) : [];
  const serve = ipv6(
    own,
    linkLocalAddress(victim.device.mac),
    udp(DHCPV6.server, DHCPV6.client, new Uint8Array(8)),
  );
  return {
    "advertisement from the router's address": prefixAdvertisement(mac, router, ADVERTISED),
    "advertisement from the victim's": prefixAdvertisement(
      mac,
      linkLocalAddress(victim.device.mac),
      ADVERTISED,
    ),
    "neighbour advertisement of the router's address": frame(mac, multicastMac(ALL_NODES), claim),
    'the first fragment of an advertisement': frame(mac, multicastMac(ALL_NODES), fragment!),
    'a DHCPv6 reply': frame(mac, victim.device.mac, serve),
  };
}
