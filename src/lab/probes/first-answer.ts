/** How long it takes until a new port carries packets: from before it is asked for to its first answered ping. */

import type { Address } from '../../addressing/index.ts';
import { type Frame, frame, icmpv6, ipv6 } from '../../packets/index.ts';
import type { InstanceInterface } from '../instance/instance.ts';

/** A port that was just made and plugged in. */
export interface NewPort {
  /** The device in the instance, down. */
  readonly device: InstanceInterface;
  /** The port's IPv6 address. */
  readonly address: Address;
}

/** Milliseconds since the start. */
export interface FirstAnswer {
  readonly pluggedIn: number;
  readonly answered: number;
}

/** An IPv6 address that answers on the network. */
export interface Neighbour {
  readonly device: InstanceInterface;
  readonly address: Address;
}

/** No answer came. */
export class SilenceError extends Error {
  override readonly name = 'SilenceError';
}

/** Milliseconds between pings: the measurement is as fine as this. */
const INTERVAL = 2;
const PATIENCE_MS = 30_000;
const ON_LINK = 64;

/**
 * Measures one port. The instance has its address at once, so that neither SLAAC nor duplicate address detection,
 * which take seconds whatever the network does, are in the figure.
 * @param create makes the port and plugs it into a new device of an instance
 * @throws SilenceError when there is none in 30 s
 */
export async function firstAnswer(
  neighbour: Neighbour,
  create: () => Promise<NewPort>,
): Promise<FirstAnswer> {
  const started = performance.now();
  const { device, address } = await create();
  const pluggedIn = performance.now() - started;

  const capture = device.capture();
  device.up();
  device.addAddress(address, ON_LINK);
  const request = echoRequest(device, address, neighbour);
  device.send(request);
  const timer = setInterval(() => device.send(request), INTERVAL);
  try {
    const answer = await capture.waitFor(isEchoReply, PATIENCE_MS);
    if (answer === undefined) {
      throw new SilenceError(`${neighbour.address} did not answer ${address} in ${PATIENCE_MS / 1000} s`);
    }
    return { pluggedIn, answered: performance.now() - started };
  } finally {
    clearInterval(timer);
    await capture.stop();
  }
}

/** Straight to the neighbour's MAC: looking it up would take longer than what is measured. */
function echoRequest(device: InstanceInterface, address: Address, neighbour: Neighbour): Frame {
  const message = { kind: 'echo-request', identifier: 1, sequence: 1, data: new Uint8Array(8) } as const;
  return frame(device.mac, neighbour.device.mac, ipv6(address, neighbour.address, icmpv6(message)));
}

const isEchoReply = ({ network }: Frame): boolean =>
  network.kind === 'ipv6' && network.upper.kind === 'icmpv6' && network.upper.message.kind === 'echo-reply';
