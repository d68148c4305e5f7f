/** What hosts on other machines log of packets that security groups decided on. */
import type { FastifyInstance } from 'fastify';
import type { SecurityGroupLog } from '../engine/index.ts';
import { HOST_API, LONGEST_LOG_LINE, MOST_LOG_LINES } from '../host-contract/index.ts';
import { list, object, text } from '../resources/index.ts';
import { type HostGate, nameOf } from './host-caller.ts';

const report = object({ lines: list(text(LONGEST_LOG_LINE), MOST_LOG_LINES) }, {});
/** Octets of a body: characters may take several, and quotes are written with a backslash. */
const LARGEST = 3 * MOST_LOG_LINES * LONGEST_LOG_LINE;

interface PacketLogRoute {
  readonly packets: Pick<SecurityGroupLog, 'take'>;
  readonly gate: HostGate;
}

/** `POST /packet-log {lines}`: what a host's ovn-controller logged. Of ports of others nothing is believed. */
export function addPacketLog(api: FastifyInstance, { packets, gate }: PacketLogRoute): void {
  api.post(HOST_API.packetLog, { bodyLimit: LARGEST }, async (request, reply) => {
    const { lines } = report.parse(request.body, 'body');
    const caller = gate.callerOf(request);
    await packets.take(lines, nameOf(caller), (portIds) => gate.permitted(caller, portIds, 'host'));
    return reply.status(204).send();
  });
}
