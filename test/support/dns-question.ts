/** DNS questions of instances to the services' link-local address, as frames. */
import { Address, linkLocalAddress } from '../../src/addressing/index.ts';
import { serviceMac } from '../../src/host-contract/service-port.ts';
import type { InstanceInterface } from '../../src/lab/instance/instance.ts';
import { type Frame, frame, ipv6, udp } from '../../src/packets/frame.ts';

export const SERVICE = Address.parse('fe80::a9fe:a9fe');

/** A question for the IPv6 addresses of a name, with this id. */
export function dnsQuestion(from: InstanceInterface, networkId: string, name: string, id: number): Frame {
  const header = Buffer.alloc(12);
  header.writeUInt16BE(id, 0);
  header.writeUInt8(1, 2); // recursion desired
  header.writeUInt16BE(1, 4); // one question
  const labels = name.split('.').map((label) => String.fromCharCode(label.length) + label);
  const question = Buffer.from(`${labels.join('')}\0\0\x1c\0\x01`, 'latin1');
  const upper = udp(40_000, 53, Buffer.concat([header, question]));
  return frame(from.mac, serviceMac(networkId), ipv6(linkLocalAddress(from.mac), SERVICE, upper));
}

/** What a frame says as an answer: the id of the question, and the code (0 no error, 2 failure, 3 no such name, ...). */
export function dnsAnswer({ network }: Frame): { id: number; code: number } | undefined {
  if (network.kind !== 'ipv6' || network.upper.kind !== 'udp') return undefined;
  const { sourcePort, data } = network.upper.datagram;
  if (sourcePort !== 53 || data.length < 12) return undefined;
  return { id: ((data[0] ?? 0) << 8) | (data[1] ?? 0), code: (data[3] ?? 0) & 15 };
}

/** Asks for a name: milliseconds until the answer, and its code; undefined when there is none in so many milliseconds. */
export async function askDns(
  from: InstanceInterface,
  networkId: string,
  name: string,
  id: number,
  patience = 1_000,
): Promise<{ ms: number; code: number } | undefined> {
  const capture = from.capture();
  const began = performance.now();
  from.send(dnsQuestion(from, networkId, name, id));
  const answer = await capture.waitFor((one) => dnsAnswer(one)?.id === id, patience);
  const ms = performance.now() - began;
  await capture.stop();
  const code = answer && dnsAnswer(answer.frame)?.code;
  return code === undefined ? undefined : { ms, code };
}
