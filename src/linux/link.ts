/** Network devices: made, looked up, changed and removed by rtnetlink(7). */
import { closeSync, openSync } from 'node:fs';
import type { Mac } from '../addressing/index.ts';
import { SystemCallError } from './libc.ts';
import { namespacePath } from './namespace.ts';
import { CREATE, type NetlinkSocket } from './netlink.ts';
import {
  attribute32,
  attributeText,
  decodeAttributes,
  encodeAttribute,
  type NetlinkMessage,
  nest,
  textAttribute,
} from './netlink-message.ts';

const RTM_NEWLINK = 16;
const RTM_DELLINK = 17;
const RTM_GETLINK = 18;

const IFINFOMSG_LENGTH = 16;
const IFF_UP = 1;

const IFLA_ADDRESS = 1;
const IFLA_IFNAME = 3;
const IFLA_MTU = 4;
const IFLA_LINK = 5;
const IFLA_MASTER = 10;
const IFLA_LINKINFO = 18;
const IFLA_NET_NS_FD = 28;
const IFLA_INFO_KIND = 1;
const IFLA_INFO_DATA = 2;
const VETH_INFO_PEER = 1;
const IFLA_BR_AGEING_TIME = 4;

/** A network device. */
export interface Link {
  index: number;
  name: string;
  /** Colon-separated; empty for devices that have none. */
  mac: string;
  mtu: number;
  up: boolean;
  /** Driver, where it has a name: `veth`, `tun`, `vlan`. */
  kind: string | undefined;
  /** Index of the other end (of a veth) or of the lower device, in the namespace where that is. */
  peerIndex: number | undefined;
}

/** Settings of a device; those left out stay. */
export interface LinkSettings {
  readonly name?: string;
  readonly mac?: Mac;
  readonly mtu?: number;
  readonly up?: boolean;
  /** Index of the bridge that it is to be a port of. */
  readonly bridge?: number;
}

/** A device that is to be made, such as one end of a veth pair. */
export interface NewLink extends LinkSettings {
  name: string;
}

/** The device of this name, if there is one. */
export function findLink(socket: NetlinkSocket, name: string): Link | undefined {
  try {
    const [answer] = socket.request(`look up device ${name}`, RTM_GETLINK, 0, [
      linkHeader({}),
      textAttribute(IFLA_IFNAME, name),
    ]);
    return answer && parseLink(answer);
  } catch (error) {
    if (error instanceof SystemCallError && error.code === 'ENODEV') return undefined;
    throw error;
  }
}

/** All devices of the namespace. */
export function listLinks(socket: NetlinkSocket): Link[] {
  return socket.dump('list devices', RTM_GETLINK, [linkHeader({})]).map(parseLink);
}

/**
 * Makes a pair of devices, each of which receives what is sent on the other: `here` in the socket's namespace,
 * `there` in another (null: the process's own). The kernel makes that one down.
 * @throws SystemCallError `EEXIST` when one of the names is taken
 */
export function createVeth(
  socket: NetlinkSocket,
  here: NewLink,
  there: Omit<NewLink, 'up'> & { namespace: string | null },
): void {
  const namespace = openSync(
    there.namespace === null ? '/proc/self/ns/net' : namespacePath(there.namespace),
    'r',
  );
  try {
    const peer = Buffer.concat([
      linkHeader(there),
      ...settings(there),
      attribute32(IFLA_NET_NS_FD, namespace),
    ]);
    socket.request(`make devices ${here.name} and ${there.name}`, RTM_NEWLINK, CREATE, [
      linkHeader(here),
      ...settings(here),
      nest(
        IFLA_LINKINFO,
        textAttribute(IFLA_INFO_KIND, 'veth'),
        nest(IFLA_INFO_DATA, nest(VETH_INFO_PEER, peer)),
      ),
    ]);
  } finally {
    closeSync(namespace);
  }
}

/**
 * Makes a bridge of the kernel's, without ports. It remembers no station, and sends everything everywhere: the same
 * MAC address may be in several VLANs.
 * @throws SystemCallError `EEXIST` when the name is taken
 */
export function createBridge(socket: NetlinkSocket, bridge: NewLink): void {
  socket.request(`make bridge ${bridge.name}`, RTM_NEWLINK, CREATE, [
    linkHeader(bridge),
    ...settings(bridge),
    nest(
      IFLA_LINKINFO,
      textAttribute(IFLA_INFO_KIND, 'bridge'),
      nest(IFLA_INFO_DATA, attribute32(IFLA_BR_AGEING_TIME, 0)),
    ),
  ]);
}

/** Changes a device. Its name can only be changed while it is down. */
export function setLink(socket: NetlinkSocket, index: number, changes: LinkSettings): void {
  socket.request(`change device ${index}`, RTM_NEWLINK, 0, [
    linkHeader(changes, index),
    ...settings(changes),
  ]);
}

/** Removes a device, with its other end if it is one of a pair; nothing happens when there is none. */
export function deleteLink(socket: NetlinkSocket, name: string): void {
  try {
    socket.request(`remove device ${name}`, RTM_DELLINK, 0, [
      linkHeader({}),
      textAttribute(IFLA_IFNAME, name),
    ]);
  } catch (error) {
    if (!(error instanceof SystemCallError) || error.code !== 'ENODEV') throw error;
  }
}

/** struct ifinfomsg: family, type, index, flags, and which of the flags to change. */
function linkHeader({ up }: LinkSettings, index = 0): Buffer {
  const header = Buffer.alloc(IFINFOMSG_LENGTH);
  header.writeInt32LE(index, 4);
  header.writeUInt32LE(up ? IFF_UP : 0, 8);
  header.writeUInt32LE(up === undefined ? 0 : IFF_UP, 12);
  return header;
}

function settings({ name, mac, mtu, bridge }: LinkSettings): Buffer[] {
  return [
    ...(name === undefined ? [] : [textAttribute(IFLA_IFNAME, name)]),
    ...(mac === undefined
      ? []
      : [encodeAttribute(IFLA_ADDRESS, Buffer.from(mac.toString().replaceAll(':', ''), 'hex'))]),
    ...(mtu === undefined ? [] : [attribute32(IFLA_MTU, mtu)]),
    ...(bridge === undefined ? [] : [attribute32(IFLA_MASTER, bridge)]),
  ];
}

function parseLink({ body }: NetlinkMessage): Link {
  const attributes = decodeAttributes(body.subarray(IFINFOMSG_LENGTH));
  const address = attributes.get(IFLA_ADDRESS)?.toString('hex') ?? '';
  const kind = decodeAttributes(attributes.get(IFLA_LINKINFO) ?? Buffer.alloc(0)).get(IFLA_INFO_KIND);
  return {
    index: body.readInt32LE(4),
    name: attributeText(attributes.get(IFLA_IFNAME) ?? Buffer.alloc(0)),
    mac: address.replace(/..(?!$)/g, '$&:'),
    mtu: attributes.get(IFLA_MTU)?.readUInt32LE() ?? 0,
    up: (body.readUInt32LE(8) & IFF_UP) !== 0,
    kind: kind && attributeText(kind),
    peerIndex: attributes.get(IFLA_LINK)?.readUInt32LE(),
  };
}
