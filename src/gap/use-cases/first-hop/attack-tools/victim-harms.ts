/** What attacks do to an instance, as its kernel has it. */
import {
  type Address,
  LINK_LOCAL_SUBNET,
  linkLocalAddress,
  SERVICE_PREFIX,
} from '../../../../addressing/index.ts';
import { type KernelNeighbour, ping } from '../../../../lab/index.ts';
import { configured } from '../../../kit/index.ts';
import { BESIDE, STAGE_PREFIX, type Stage } from './attack-stage.ts';
import { DEVICE, type Party } from './attack-tool.ts';

/** What the victim is meant to reach on the link. */
const ON_LINK = [STAGE_PREFIX, BESIDE, SERVICE_PREFIX, LINK_LOCAL_SUBNET];

/** Has the victim know its neighbours, so that there is something to harm. */
export async function meet({ victim, bystander, router }: Stage): Promise<void> {
  for (const target of [bystander.address, router.address]) await ping(victim.instance, target);
  for (const { mac } of [bystander, router]) {
    await ping(victim.instance, linkLocalAddress(mac), { device: DEVICE });
  }
}

/** Has the victim start anew when it lost an address: without it, it could not be reached by the next attack. */
export async function recover({ victim }: Stage): Promise<void> {
  const usable = victim.device.addresses().filter(({ tentative, duplicate }) => !tentative && !duplicate);
  const isWhole = addressesOf(victim).every((own) => usable.some(({ address }) => address.equals(own)));
  if (isWhole) return;
  victim.device.down();
  victim.device.up();
  await configured([victim.device, victim.address]);
}

/** What is wrong with the victim's addresses, routers, routes, MTU and neighbours, in a few words each. */
export function harms(stage: Stage, mtu: number): string[] {
  const { device, instance } = stage.victim;
  const found = device.ipv6Mtu();
  return [
    ...addressHarms(stage),
    ...routeHarms(stage),
    ...(found === mtu ? [] : [`MTU ${found}`]),
    ...instance.neighbours().flatMap((neighbour) => neighbourHarm(neighbour, stage)),
  ];
}

function addressHarms({ victim }: Stage): string[] {
  const own = addressesOf(victim);
  const present = victim.device.addresses().filter(({ address }) => address.family === 6);
  return [
    ...own
      .filter((wanted) => !present.some(({ address }) => address.equals(wanted)))
      .map((wanted) => `no ${wanted}`),
    ...present.filter(({ duplicate }) => duplicate).map(({ address }) => `${address} a duplicate`),
    ...present.flatMap(({ address }) => (isIn(address, own) ? [] : [`an address ${address}`])),
  ];
}

function routeHarms({ victim, router }: Stage): string[] {
  const routes = victim.device.routes().filter(({ destination }) => destination.family === 6);
  const gateways = routes
    .filter(({ destination }) => destination.length === 0)
    .map(({ gateway }) => `${gateway}`);
  const right = `${linkLocalAddress(router.mac)}`;
  const others = routes.filter(
    ({ destination }) => destination.length > 0 && !ON_LINK.some((prefix) => prefix.equals(destination)),
  );
  return [
    ...(gateways.includes(right) ? [] : ['no default router']),
    ...gateways.filter((gateway) => gateway !== right).map((gateway) => `a default router ${gateway}`),
    ...others.map(
      ({ destination, gateway }) => `a route to ${destination}${gateway ? ` by ${gateway}` : ''}`,
    ),
  ];
}

/** Whoever is known has the MAC address that is its own. */
function neighbourHarm({ address, mac }: KernelNeighbour, stage: Stage): string[] {
  if (mac === undefined || address.family === 4 || address.isMulticast) return [];
  const parties = [stage.bystander, stage.witness, stage.router, ...stage.attackers];
  const owner = parties.find((party) => isIn(address, addressesOf(party)));
  const sender = parties.find((party) => party.mac.equals(mac));
  const known = stage.macs.some((one) => one.equals(mac));
  return owner === sender && known ? [] : [`${address} at ${mac}`];
}

const addressesOf = ({ mac, address }: Party): Address[] => [address, linkLocalAddress(mac)];
const isIn = (address: Address, list: readonly Address[]): boolean => list.some((one) => one.equals(address));
