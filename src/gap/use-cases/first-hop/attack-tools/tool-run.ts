/** Runs programs for attacks, and counts what of theirs arrives. */

import { linkLocalAddress } from '../../../../addressing/index.ts';
import { type Observation, ping } from '../../../../lab/index.ts';
import { type Frame, frame, icmpv6, ipv6 } from '../../../../packets/index.ts';
import { dhcpv6Solicit } from '../../../kit/index.ts';
import { type Player, rolesOf, type Stage } from './attack-stage.ts';
import { type AttackTool, DEVICE, type Provocation } from './attack-tool.ts';
import { offence } from './offences.ts';

/** What a run of a program came to. */
export interface ToolRun {
  /** Packets that the attacker's device sent meanwhile. */
  readonly sent: number;
  /** Frames of the attacker that the victim got, or how often the router looked for neighbours on its other network. */
  readonly arrived: number;
  /** What was wrong with which of them, each once. */
  readonly offences: ReadonlyMap<string, number>;
  /** Whether an echo request of the attacker, sent after the program's end, arrived: so what it sent before had, too. */
  readonly followed: boolean;
  readonly milliseconds: number;
}

/** Milliseconds that a program may take to begin, on a busy machine, before something provokes it. */
const BEGINNING_MS = 500;
/** Milliseconds that a program acts on what provokes it. */
const PROVOKED_MS = 1_700;
/** Milliseconds that a program gets to end after it was told to. */
const GRACE_MS = 3_000;
const FOLLOW_MS = 3_000;
const FOLLOWERS = 4;

/**
 * Runs a program from an attacker for some time, or, if it needs provocation, as long as it needs to act on that.
 * What others send from MAC addresses of nobody's at the same time counts as its own.
 */
export async function runTool(
  tool: AttackTool,
  stage: Stage,
  attacker: Player,
  milliseconds: number,
): Promise<ToolRun> {
  const { capture, captureElsewhere } = stage;
  const before = {
    frames: capture.observations.length,
    elsewhere: captureElsewhere.observations.length,
    packets: await packetsSent(attacker),
  };
  const began = performance.now();
  const long = tool.provoked === undefined ? milliseconds : BEGINNING_MS + PROVOKED_MS;
  const command = tool.command(rolesOf(stage, attacker)).map(String);
  const provocation = tool.provoked && provoke(tool.provoked, stage);
  // `timeout` ends also what the program left behind.
  const limits = ['timeout', '--kill-after=1', (long / 1_000).toFixed(1)];
  await attacker.instance.tryRun([...limits, ...command], long + GRACE_MS);
  await provocation;
  const followed = await follow(stage, attacker);
  await Promise.all([capture.settle(), captureElsewhere.settle()]);
  const received = capture.observations.slice(before.frames).filter(({ outgoing }) => !outgoing);
  return {
    sent: (await packetsSent(attacker)) - before.packets,
    arrived:
      tool.wrong === 'resolution-excess'
        ? captureElsewhere.observations.slice(before.elsewhere).filter(isSolicitation).length
        : received.filter(({ frame: { source } }) => source.equals(attacker.mac)).length,
    offences: offencesIn(received, stage, attacker),
    followed,
    milliseconds: performance.now() - began,
  };
}

const isSolicitation = ({ outgoing, frame: { network } }: Observation): boolean =>
  !outgoing &&
  network.kind === 'ipv6' &&
  network.upper.kind === 'icmpv6' &&
  network.upper.message.kind === 'neighbour-solicitation';

const packetsSent = async ({ instance }: Player): Promise<number> =>
  Number(await instance.readFile(`/sys/class/net/${DEVICE}/statistics/tx_packets`));

function offencesIn(
  received: readonly Observation[],
  { macs }: Stage,
  attacker: Player,
): Map<string, number> {
  const others = macs.filter((mac) => !mac.equals(attacker.mac));
  const counts = new Map<string, number>();
  for (const { frame: seen } of received) {
    const what = offence(seen, { attacker, others });
    if (what !== undefined) counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return counts;
}

/** Makes sure that what the attacker sent has arrived, if it does: frames of a port do not overtake each other. */
async function follow({ capture, victim }: Stage, attacker: Player): Promise<boolean> {
  const identifier = Math.floor(Math.random() * 0x1_0000);
  const data = new Uint8Array(8);
  const request = { kind: 'echo-request', identifier, sequence: 1, data } as const;
  const sent = frame(attacker.mac, victim.mac, ipv6(attacker.address, victim.address, icmpv6(request)));
  const isIt = ({ source, network }: Frame): boolean =>
    source.equals(attacker.mac) &&
    network.kind === 'ipv6' &&
    network.upper.kind === 'icmpv6' &&
    network.upper.message.kind === 'echo-request' &&
    network.upper.message.identifier === identifier;
  for (let attempt = 0; attempt < FOLLOWERS; attempt++) {
    attacker.device.send(sent);
    if ((await capture.waitFor(isIt, FOLLOW_MS / FOLLOWERS)) !== undefined) return true;
  }
  return false;
}

/** Does what a program waits for, once it has begun. */
async function provoke(provocation: Provocation, { victim, nobody }: Stage): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, BEGINNING_MS));
  switch (provocation) {
    case 'resolution':
      await ping(victim.instance, nobody, { count: 2, intervalMs: 200, patienceMs: 500 });
      break;
    case 'dhcpv6':
      victim.device.send(dhcpv6Solicit(victim.mac));
      break;
    case 'restart':
      victim.device.down();
      victim.device.up();
      await victim.device.has(linkLocalAddress(victim.mac), PROVOKED_MS);
      break;
  }
}
