/**
 * Policies of the kernel's IPsec (RFC 4301 section 4.4.1) that let nothing pass. What no policy with a better place
 * protects does not leave the machine, and what comes unprotected is not taken; they stay when whoever set them ends. The
 * messages are those of `linux/xfrm.h`.
 */
import type { Address } from '../addressing/index.ts';
import { addressOctets } from '../packets/index.ts';
import { NetlinkSocket } from './netlink.ts';

/** Packets of a protocol; of UDP those to a port. */
export interface ProtocolTraffic {
  readonly protocol: number;
  readonly port?: number;
}

const NETLINK_XFRM = 6;
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
/** Where in a policy the four limits of octets and packets are, and what comes behind them. */
const LIMITS_AT = SELECTOR_LENGTH;
const PRIORITY_AT = 152;
const INDEX_AT = 156;
const DIRECTION_AT = 160;
const ACTION_AT = 161;
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
  for (const direction of [POLICY_IN, POLICY_OUT]) {
    for (const one of traffic)
      socket.request('block traffic', XFRM_MSG_UPDPOLICY, 0, [policyOf(address, one, direction)]);
  }
}

/** Takes away what `blockTraffic` has set but for an address, if one is given. */
export function unblockTraffic(namespace: string | null, but?: Address): void {
  using socket = new NetlinkSocket(namespace, NETLINK_XFRM);
  const empty = Buffer.alloc(POLICY_ID_LENGTH);
  for (const { type, body } of socket.dump('list policies', XFRM_MSG_GETPOLICY, [empty])) {
    if (type !== XFRM_MSG_NEWPOLICY || body.readUInt32LE(PRIORITY_AT) !== PRIORITY) continue;
    if (but !== undefined && isOf(body, but)) continue;
    const id = Buffer.alloc(POLICY_ID_LENGTH);
    body.copy(id, 0, 0, SELECTOR_LENGTH);
    id.writeUInt32LE(body.readUInt32LE(INDEX_AT), SELECTOR_LENGTH);
    id.writeUInt8(body.readUInt8(DIRECTION_AT), SELECTOR_LENGTH + 4);
    socket.request('remove a policy', XFRM_MSG_DELPOLICY, 0, [id]);
  }
}

/** Whether the kernel can be asked about policies. */
export function hasXfrm(namespace: string | null): boolean {
  try {
    using socket = new NetlinkSocket(namespace, NETLINK_XFRM);
    socket.dump('list policies', XFRM_MSG_GETPOLICY, [Buffer.alloc(POLICY_ID_LENGTH)]);
    return true;
  } catch {
    return false;
  }
}

function policyOf(address: Address, { protocol, port }: ProtocolTraffic, direction: number): Buffer {
  const policy = Buffer.alloc(POLICY_LENGTH);
  const isIn = direction === POLICY_IN;
  // struct xfrm_selector: destination, source, ports with their masks, family, lengths of prefixes, protocol.
  policy.set(addressOctets(address), isIn ? 0 : 16);
  if (port !== undefined) {
    policy.writeUInt16BE(port, 32);
    policy.writeUInt16BE(WHOLE_PORT, 34);
  }
  policy.writeUInt16LE(address.family === 6 ? AF_INET6 : AF_INET, 40);
  policy.writeUInt8(address.family === 6 ? 128 : 32, isIn ? 42 : 43);
  policy.writeUInt8(protocol, 44);
  // No limit.
  policy.fill(0xff, LIMITS_AT, LIMITS_AT + 4 * 8);
  policy.writeUInt32LE(PRIORITY, PRIORITY_AT);
  policy.writeUInt8(direction, DIRECTION_AT);
  policy.writeUInt8(POLICY_BLOCK, ACTION_AT);
  return policy;
}

function isOf(policy: Buffer, address: Address): boolean {
  const at = policy.readUInt8(DIRECTION_AT) === POLICY_IN ? 0 : 16;
  const octets = addressOctets(address);
  return policy.subarray(at, at + octets.length).equals(octets);
}
