/** Multicast: who gets what is sent to a group, with snooping and without, across a router too. */

import { Address, linkLocalAddress } from '../../../addressing/index.ts';
import {
  type Capture,
  DhcpClient,
  GroupMember,
  type InstanceInterface,
  type LabInstance,
  waitUntil,
} from '../../../lab/index.ts';
import { addressOctets, type Frame, frame, icmpv6, ipv6, multicastMac, udp } from '../../../packets/index.ts';
import {
  addressAppears,
  type Carrier,
  configured,
  type Evidence,
  ipv6Of,
  pingPasses,
  type Trial,
} from '../../kit/index.ts';

/** Site-local scope: routers pass it on (RFC 4291 section 2.7). */
const GROUP = Address.parse('ff05::5e7');
const ALL_NODES = Address.parse('ff02::1');
const PORT = 5007;
const HOP_LIMIT = 16;
const LISTENER_QUERY = 130;

/** Rounds that must be heard: what else is on its way has had a whole round to arrive as well. */
const ROUNDS = 2;
const ROUND_MS = 250;
/** In which the switch follows what members say. */
const SETTLING_MS = 15_000;
const QUERY_MS = 10_000;

interface Guest {
  readonly name: string;
  readonly instance: LabInstance;
  readonly device: InstanceInterface;
  readonly address: Address;
  readonly capture: Capture;
}

interface Setting {
  readonly where: string;
  readonly sender: Guest;
  readonly member: Guest;
  readonly bystander: Guest;
  /** Behind the router, on a network of DHCPv6. */
  readonly farMember: Guest;
  readonly farBystander: Guest;
  /** A member of the group in another project. */
  readonly stranger: Guest;
  /** Has the near network snooped. */
  snoop(): Promise<void>;
}

/** Tries it on a network of this kind, and on a tenant network behind a router. */
export async function tryMulticast(trial: Trial, carrier: Carrier): Promise<void> {
  const setting = await start(trial, carrier);
  const { where, member, bystander, farMember, stranger } = setting;
  const [near, far] = await Promise.all([
    GroupMember.join(member.device, GROUP),
    GroupMember.join(farMember.device, GROUP),
    GroupMember.join(stranger.device, GROUP),
  ]);
  trial.show(
    await delivery(`${where}: without snooping, a group's packets`, setting, [member, bystander, farMember]),
  );
  await setting.snoop();
  trial.show(await query(`${where}: snooping is switched on`, member));
  trial.show({
    ...(await delivery(`${where}: with snooping, a group's packets`, setting, [member, farMember])),
    core: true,
  });
  trial.show(hops(`${where}: hop limit of what the router passed on`, farMember));
  await tryDiscovery(trial, setting);
  bystander.device.send(...farewells(bystander, member));
  trial.show({
    ...(await delivery(`${where}: another instance says that the member leaves`, setting, [
      member,
      farMember,
    ])),
    core: true,
  });
  near.leave();
  trial.show({
    ...(await delivery(`${where}: the member leaves the group`, setting, [farMember])),
    core: true,
  });
  far.leave();
  trial.show(await silence(`${where}: the last member leaves the group`, setting));
}

async function start(trial: Trial, carrier: Carrier): Promise<Setting> {
  const tenant = trial.tenant(`multicast-${carrier}`);
  const network = await tenant.network('near', carrier);
  const farNetwork = await tenant.network('far', 'tenant', { multicast_snooping: true });
  const subnet = await tenant.subnet6(network, 'fd11:1::/64', 'slaac');
  const farSubnet = await tenant.subnet6(farNetwork, 'fd11:2::/64', 'dhcpv6-stateful');
  const router = await tenant.make('router', { name: 'router', multicast_relay: true });
  for (const one of [subnet, farSubnet]) await tenant.attach(router, one);
  const other = trial.tenant(`multicast-${carrier}-other`);
  const foreignNetwork = await other.network('foreign', carrier);
  await other.router('router', [await other.subnet6(foreignNetwork, 'fd11:1::/64', 'slaac')]);
  const boot = async (
    name: string,
    on: typeof network,
    owner = tenant,
    way: 'slaac' | 'dhcpv6' = 'slaac',
  ): Promise<Guest> => {
    const port = await owner.port(on);
    const instance = await trial.instance(name, port);
    const device = instance.interface('eth0');
    const address = ipv6Of(port);
    const capture = trial.capture(device);
    if (way === 'dhcpv6') await DhcpClient.dhclient(device, 'stateful');
    await configured([device, address]);
    return { name, instance, device, address, capture };
  };
  const [sender, member, bystander, farMember, farBystander, stranger] = await Promise.all([
    boot('sender', network),
    boot('member', network),
    boot('bystander', network),
    boot('far-member', farNetwork, tenant, 'dhcpv6'),
    boot('far-bystander', farNetwork, tenant, 'dhcpv6'),
    boot('stranger', foreignNetwork, other),
  ]);
  const where = carrier === 'vlan' ? 'VLAN' : 'tenant network';
  return {
    ...{ where, sender, member, bystander, farMember, farBystander, stranger },
    async snoop() {
      await tenant.client.update('network', network.id, { multicast_snooping: true });
    },
  };
}

/** Who hears what the sender sends to the group: those who should, and nobody else. */
async function delivery(what: string, setting: Setting, wanted: readonly Guest[]): Promise<Evidence> {
  const all = listeners(setting);
  const heard = await hearers(setting, wanted);
  const seen = all.filter((one) => heard.has(one));
  return {
    what,
    expected: `${names(wanted)}; nobody else`,
    seen: names(seen) || 'nobody',
    ok: seen.length === wanted.length && wanted.every((one) => heard.has(one)),
  };
}

const listeners = ({ member, bystander, farMember, farBystander, stranger }: Setting): Guest[] => [
  member,
  bystander,
  farMember,
  farBystander,
  stranger,
];

const names = (list: readonly Guest[]): string => list.map(({ name }) => name).join(', ');

/**
 * Sends to the group until, for some rounds in a row, those who should hear it do and those who should not do not.
 * @returns who heard the last of them
 */
async function hearers(setting: Setting, wanted: readonly Guest[]): Promise<ReadonlySet<Guest>> {
  const all = listeners(setting);
  let heard = new Set<Guest>();
  let inARow: string[] = [];
  await waitUntil(async () => {
    const marker = send(setting.sender);
    inARow.push(marker);
    const isHeard = (one: Guest) => hears(one, marker);
    await waitUntil(() => (wanted.length > 0 ? wanted.every(isHeard) : all.some(isHeard)), ROUND_MS);
    await Promise.all(all.map(({ capture }) => capture.settle()));
    heard = new Set(all.filter((one) => inARow.some((each) => hears(one, each))));
    if (heard.size !== wanted.length || !wanted.every(isHeard)) inARow = [];
    return inARow.length >= ROUNDS;
  }, SETTLING_MS);
  return heard;
}

let sent = 0;

/** Sends one packet to the group. Returns what tells it from the others. */
function send({ device, address }: Guest): string {
  sent += 1;
  const marker = `${device.mac} ${sent}`;
  const datagram = udp(PORT, PORT, Buffer.from(marker));
  device.send(
    frame(device.mac, multicastMac(GROUP), ipv6(address, GROUP, datagram, { hopLimit: HOP_LIMIT })),
  );
  return marker;
}

const hears = ({ capture }: Guest, marker: string): boolean =>
  capture.received((one) => markerOf(one) === marker).length > 0;

function markerOf({ network }: Frame): string | undefined {
  if (network.kind !== 'ipv6' || !network.destination.equals(GROUP)) return undefined;
  return network.upper.kind === 'udp' ? Buffer.from(network.upper.datagram.data).toString() : undefined;
}

/** MLD by which the group is left (RFC 2710 section 3, RFC 3810 section 5.2.12): in one's own name, and the member's. */
function farewells({ device }: Guest, member: Guest): Frame[] {
  const group = addressOctets(GROUP);
  const changeToInclude = [3, 0, 0, 0, ...group];
  const done = { kind: 'other', type: 132, code: 0, body: Uint8Array.from([0, 0, 0, 0, ...group]) } as const;
  const body = Uint8Array.from([0, 0, 0, 1, ...changeToInclude]);
  const report = { kind: 'other', type: 143, code: 0, body } as const;
  const routerAlert = { kind: 'hop-by-hop', options: [{ type: 5, data: new Uint8Array(2) }] } as const;
  return [device.mac, member.device.mac].flatMap((mac) =>
    (
      [
        [done, 'ff02::2'],
        [report, 'ff02::16'],
      ] as const
    ).map(([message, to]) => {
      const destination = Address.parse(to);
      const options = { hopLimit: 1, extensions: [routerAlert] };
      const packet = ipv6(linkLocalAddress(mac), destination, icmpv6(message), options);
      return frame(mac, multicastMac(destination), packet);
    }),
  );
}

/** Nobody gets what nobody asked for. */
async function silence(what: string, setting: Setting): Promise<Evidence> {
  const heard = await hearers(setting, []);
  return {
    what,
    expected: 'nobody hears it',
    seen: names([...heard]) || 'nobody',
    ok: heard.size === 0,
    core: true,
  };
}

/** OVN asks for members as the network's service port: MLDv2, from its link-local address, for this link alone. */
async function query(what: string, { capture }: Guest): Promise<Evidence> {
  const isQuery = ({ network }: Frame): boolean =>
    network.kind === 'ipv6' &&
    network.upper.kind === 'icmpv6' &&
    network.upper.message.kind === 'other' &&
    network.upper.message.type === LISTENER_QUERY;
  const found = await capture.waitFor(isQuery, QUERY_MS);
  const packet = found?.frame.network.kind === 'ipv6' ? found.frame.network : undefined;
  const ok =
    packet?.source.equals(linkLocalAddress(found!.frame.source)) &&
    packet.destination.equals(ALL_NODES) &&
    packet.hopLimit === 1;
  return {
    what,
    expected: 'a general query to ff02::1 with hop limit 1, from a link-local address',
    seen: packet
      ? `from ${packet.source} to ${packet.destination}, hop limit ${packet.hopLimit}`
      : 'no query',
    ok: ok ?? false,
  };
}

function hops(what: string, { capture }: Guest): Evidence {
  const limits = new Set(
    capture
      .received((one) => markerOf(one) !== undefined)
      .map(({ frame: { network } }) => (network.kind === 'ipv6' ? network.hopLimit : 0)),
  );
  const expected = `${HOP_LIMIT - 1}`;
  const seen = [...limits].join(', ');
  return { what, expected, seen, ok: seen === expected };
}

/** Neighbour Discovery, advertisements and DHCPv6 are multicast too, and go on. */
async function tryDiscovery(trial: Trial, setting: Setting): Promise<void> {
  const { where, sender, bystander, farMember } = setting;
  trial.show(
    await pingPasses(
      { what: `${where}: with snooping, an instance finds another`, core: true },
      sender.instance,
      bystander.address,
    ),
  );
  bystander.device.down();
  bystander.device.up();
  const what = `${where}: with snooping, the address of an instance that starts`;
  trial.show(await addressAppears({ what, core: true }, bystander.device, bystander.address));
  trial.show(
    await pingPasses(
      { what: `${where}: with snooping, an instance finds one that has just started`, core: true },
      sender.instance,
      bystander.address,
    ),
  );
  trial.show(
    await addressAppears(
      { what: `${where}: with snooping, the address of an instance by DHCPv6`, core: true },
      farMember.device,
      farMember.address,
    ),
  );
}
