/** Bundles: flow modifications that the switch carries out all together or not at all (ONF TS-012, 7.3.9). Pure. */
import {
  type EncodedFlow,
  encodeFlowMod,
  encodeForgetting,
  FlowCommand,
  flowIdentity,
  isSameFlow,
} from './flow.ts';
import type { Learned } from './learning.ts';
import { encodeOpenFlowMessage, MessageType } from './message.ts';

const ATOMIC_AND_ORDERED = 0x3;
const Control = { OPEN_REQUEST: 0, COMMIT_REQUEST: 4, COMMIT_REPLY: 5 } as const;

/** What to change so that a switch has the wanted flows. */
export interface FlowDifference {
  add: EncodedFlow[];
  remove: EncodedFlow[];
  /** What the switch has learned and is to forget, once it has the rest. */
  forget?: readonly Learned[];
}

/** Compares the flows that a switch has with those that it should have. */
export function compareFlows(present: Iterable<EncodedFlow>, wanted: Iterable<EncodedFlow>): FlowDifference {
  const there = new Map(Array.from(present, (flow) => [flowIdentity(flow), flow]));
  const add: EncodedFlow[] = [];
  for (const flow of wanted) {
    const identity = flowIdentity(flow);
    if (!isSameFlow(there.get(identity), flow)) add.push(flow);
    there.delete(identity);
  }
  return { add, remove: [...there.values()] };
}

/**
 * The messages that carry out a difference as one bundle.
 * @param bundle number of the bundle, not in use on the connection
 * @param transaction gives each message its number; the last one's is that of the reply to wait for
 */
export function encodeBundle(
  { add, remove, forget = [] }: FlowDifference,
  bundle: number,
  transaction: () => number,
): Buffer[] {
  const modification = (body: Buffer) => {
    const number = transaction();
    const flowMod = encodeOpenFlowMessage(MessageType.FLOW_MOD, number, body);
    return encodeOpenFlowMessage(MessageType.BUNDLE_ADD_MESSAGE, number, bundleHeader(bundle, 0), flowMod);
  };
  const control = (type: number) =>
    encodeOpenFlowMessage(MessageType.BUNDLE_CONTROL, transaction(), bundleHeader(bundle, type));
  return [
    control(Control.OPEN_REQUEST),
    ...remove.map((flow) => modification(encodeFlowMod(flow, FlowCommand.DELETE_STRICT))),
    ...add.map((flow) => modification(encodeFlowMod(flow, FlowCommand.ADD))),
    ...forget.map((learned) => modification(encodeForgetting(learned))),
    control(Control.COMMIT_REQUEST),
  ];
}

/** In a control message `type` says what it is about; in an added message it is padding. */
function bundleHeader(bundle: number, type: number): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32BE(bundle, 0);
  header.writeUInt16BE(type, 4);
  header.writeUInt16BE(ATOMIC_AND_ORDERED, 6);
  return header;
}
