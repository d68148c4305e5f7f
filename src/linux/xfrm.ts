/**
 * Policies of the kernel's IPsec (RFC 4301 section 4.4.1) that let nothing pass. What no policy with a better place
 * protects does not leave the machine, and what comes unprotected is not taken; they stay when whoever set them ends. The
 * messages are those of `linux/xfrm.h`.
 */
import { Address } from '../addressing/index.ts';
import { addressOctets } from '../packets/index.ts';
import { SystemCallError } from './libc.ts';
import { NetlinkSocket } from './netlink.ts';
import { decodeAttributes } from './netlink-message.ts';

/** Packets of a protocol; of UDP those to a port. */
export interface ProtocolTraffic {
  readonly protocol: number;
  readonly port?: number;
}

const NETLINK_XFRM = 6;
const XFRM_MSG_NEWSA = 0x10;
const XFRM_MSG_DELSA = 0x11;
const XFRM_MSG_GETSA = 0x12;
const XFRM_MSG_NEWPOLICY = 0x13;
const XFRM_MSG_DELPOLICY = 0x14;
const XFRM_MSG_GETPOLICY = 0x15;
/** Makes a policy, or replaces the one for the same packets. */
const XFRM_MSG_UPDPOLICY = 0x19;
const [POLICY_IN, POLICY_OUT] = [0, 1];
const POLICY_BLOCK = 1;
const [AF_INET, AF_INET6] = [2, 10];
/** Lengths of struct xfrm_selector, xfrm_userpolicy_info and xfrm_userpolicy_id. */
const [SELECTOR_LENGTH, POLICY_LENGTH, POLICY_ID_LENGTH] = [56, 168, 64];
/** Where in a selector the source is, and the family of addresses. */
const [SOURCE_AT, FAMILY_AT] = [16, 40];
/** Where in a policy the four limits of octets and packets are, and what comes behind them. */
const LIMITS_AT = SELECTOR_LENGTH;
const PRIORITY_AT = 152;
const INDEX_AT = 156;
const DIRECTION_AT = 160;
const ACTION_AT = 161;
/** Length of struct xfrm_usersa_id, and where in struct xfrm_usersa_info SPI, request id and family are. */
const [STATE_ID_LENGTH, STATE_SPI_AT, STATE_REQUEST_AT, STATE_FAMILY_AT] = [24, 72, 208, 212];
/** The attribute of a policy that says how it protects, and where in that the request id is. */
const [XFRMA_TMPL, TEMPLATE_REQUEST_AT] = [5, 44];
const WHOLE_PORT = 0xffff;
/** The last place but for who chose it as well, which is how these policies are known again. */
const PRIORITY = 0xfffe5e47;

/**
 * Has the kernel block traffic from and to an address of the machine, where no other policy protects it. Doing it again
 * changes nothing.
 * @param namespace network namespace; null is the process's own
 * @throws SystemCallError when the kernel has no IPsec
 */
export function blockTraffic(
  namespace: string | null,
  address: Address,
  traffic: readonly ProtocolTraffic[],
): void {
  using socket = new NetlinkSocket(namespace, NETLINK_XFRM);
  for (const one of traffic) {
    for (const policy of [
      policyOf(address, one, POLICY_IN),
      policyOf(address, one, POLICY_OUT),
      // The kernel's GRE over IPv6 is given its source after a policy has been looked for.
      policyOf(Address.of(address.family, 0n), one, POLICY_OUT),
    ])
      socket.request('block traffic', XFRM_MSG_UPDPOLICY, 0, [policy]);
  }
}

/** Takes away what `blockTraffic` has set but for an address, if one is given. */
export function unblockTraffic(namespace: string | null, but?: Address): void {
  using socket = new NetlinkSocket(namespace, NETLINK_XFRM);
  for (const policy of policiesOf(socket)) {
    if (policy.readUInt32LE(PRIORITY_AT) !== PRIORITY || (but !== undefined && isOf(policy, but))) continue;
    remove(socket, policy);
  }
}

/**
 * Takes away keys in a network namespace, also those that a daemon left which was killed.
 * @param isMeant whether one is to go, by the number that the daemon gave it (its request id)
 */
export function removeKeys(namespace: string | null, isMeant: (requestId: number) => boolean): void {
  using socket = new NetlinkSocket(namespace, NETLINK_XFRM);
  for (const { type, body } of socket.dump('list keys', XFRM_MSG_GETSA, [Buffer.alloc(STATE_ID_LENGTH)])) {
    if (type !== XFRM_MSG_NEWSA || !isMeant(body.readUInt32LE(STATE_REQUEST_AT))) continue;
    // One that is being agreed on has no SPI, and goes by itself.
    if (body.readUInt32BE(STATE_SPI_AT) === 0) continue;
    const id = Buffer.alloc(STATE_ID_LENGTH);
    // struct xfrm_usersa_id: destination and SPI, family, protocol.
    body.copy(id, 0, SELECTOR_LENGTH, SELECTOR_LENGTH + 20);
    id.writeUInt16LE(body.readUInt16LE(STATE_FAMILY_AT), 20);
    id.writeUInt8(body.readUInt8(SELECTOR_LENGTH + 20), 22);
    removeUnlessGone(socket, XFRM_MSG_DELSA, id);
  }
}

/**
 * How many keys there are in a network namespace by the number that a daemon gave them (their request id), those that are
 * being agreed on left out: once both ways have theirs, two.
 */
export function countKeys(namespace: string | null): ReadonlyMap<number, number> {
  using socket = new NetlinkSocket(namespace, NETLINK_XFRM);
  const keys = socket
    .dump('list keys', XFRM_MSG_GETSA, [Buffer.alloc(STATE_ID_LENGTH)])
    .filter(({ type, body }) => type === XFRM_MSG_NEWSA && body.readUInt32BE(STATE_SPI_AT) !== 0);
  const counts = new Map<number, number>();
  for (const { body } of keys) {
    const id = body.readUInt32LE(STATE_REQUEST_AT);
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}

/** Takes away policies that protect traffic in a network namespace, by the same number. */
export function removeProtection(namespace: string | null, isMeant: (requestId: number) => boolean): void {
  using socket = new NetlinkSocket(namespace, NETLINK_XFRM);
  for (const policy of policiesOf(socket)) {
    const template = decodeAttributes(policy.subarray(POLICY_LENGTH)).get(XFRMA_TMPL);
    if (template !== undefined && isMeant(template.readUInt32LE(TEMPLATE_REQUEST_AT))) remove(socket, policy);
  }
}

function policiesOf(socket: NetlinkSocket): Buffer[] {
  const empty = Buffer.alloc(POLICY_ID_LENGTH);
  return socket
    .dump('list policies', XFRM_MSG_GETPOLICY, [empty])
    .flatMap(({ type, body }) => (type === XFRM_MSG_NEWPOLICY ? [body] : []));
}

function remove(socket: NetlinkSocket, policy: Buffer): void {
  const id = Buffer.alloc(POLICY_ID_LENGTH);
  policy.copy(id, 0, 0, SELECTOR_LENGTH);
  id.writeUInt32LE(policy.readUInt32LE(INDEX_AT), SELECTOR_LENGTH);
  id.writeUInt8(policy.readUInt8(DIRECTION_AT), SELECTOR_LENGTH + 4);
  removeUnlessGone(socket, XFRM_MSG_DELPOLICY, id);
}

function removeUnlessGone(socket: NetlinkSocket, type: number, id: Buffer): void {
  try {
    socket.request('remove what protects traffic', type, 0, [id]);
  } catch (error) {
    if (!(error instanceof SystemCallError) || !['ENOENT', 'ESRCH'].includes(error.code)) throw error;
  }
}

/** Whether the kernel can be asked about policies. */
export function hasXfrm(namespace: string | null): boolean {
  try {
    new NetlinkSocket(namespace, NETLINK_XFRM).close();
    return true;
  } catch {
    return false;
  }
}

const familyOf = ({ family }: Address): number => (family === 6 ? AF_INET6 : AF_INET);

function policyOf(address: Address, { protocol, port }: ProtocolTraffic, direction: number): Buffer {
  const policy = Buffer.alloc(POLICY_LENGTH);
  const isIn = direction === POLICY_IN;
  // struct xfrm_selector: destination, source, ports with their masks, family, lengths of prefixes, protocol.
  policy.set(addressOctets(address), isIn ? 0 : SOURCE_AT);
  if (port !== undefined) {
    policy.writeUInt16BE(port, 32);
    policy.writeUInt16BE(WHOLE_PORT, 34);
  }
  policy.writeUInt16LE(familyOf(address), FAMILY_AT);
  policy.writeUInt8(address.family === 6 ? 128 : 32, isIn ? 42 : 43);
  policy.writeUInt8(protocol, 44);
  // No limit.
  policy.fill(0xff, LIMITS_AT, LIMITS_AT + 4 * 8);
  policy.writeUInt32LE(PRIORITY, PRIORITY_AT);
  policy.writeUInt8(direction, DIRECTION_AT);
  policy.writeUInt8(POLICY_BLOCK, ACTION_AT);
  return policy;
}

/** Whether `blockTraffic` sets a policy for an address. */
function isOf(policy: Buffer, address: Address): boolean {
  if (policy.readUInt16LE(FAMILY_AT) !== familyOf(address)) return false;
  const at = policy.readUInt8(DIRECTION_AT) === POLICY_IN ? 0 : SOURCE_AT;
  const octets = policy.subarray(at, at + addressOctets(address).length);
  return octets.equals(addressOctets(address)) || octets.every((octet) => octet === 0);
}
