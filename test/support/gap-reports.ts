/** Reports of the gap analysis, made by hand. */

import { Address, Mac } from '../../src/addressing/index.ts';
import type { CaseReport, Evidence, GapReport } from '../../src/gap/index.ts';
import { keepFrames } from '../../src/gap/kit/kept-frames.ts';
import { decodeFrame, encodeFrame, frame, icmpv6, ipv6 } from '../../src/packets/index.ts';

const mac = Mac.parse('fa:16:3e:00:00:01');

/** What a cloud might answer to do harm to whoever opens a report. */
export const HOSTILE = `<script>document.title='taken'</script><img src=x onerror="document.title='taken'">"'&\u001b[2J]]>|*_`;

/** A row that works, with changes. */
export const rowOf = (changes: Partial<CaseReport> = {}): CaseReport => ({
  id: 'v6-only',
  title: 'Instances with IPv6 alone',
  verdict: 'yes',
  missing: [],
  untried: [],
  limits: [],
  evidence: [],
  seconds: 1,
  ...changes,
});

export const reportOf = (...cases: CaseReport[]): GapReport => ({
  version: 1,
  endpoint: 'http://[::1]:9696',
  engine: 'OVN',
  started: '2026-11-22T04:00:00.000Z',
  seconds: 42.4,
  cases,
});

/** Echo requests of these sequence numbers, as captured. */
export function captureOf(...sequences: number[]): NonNullable<Evidence['capture']> {
  const [source, destination] = [Address.parse('2001:db8::1'), Address.parse('2001:db8::2')];
  const observations = sequences.map((sequence) => {
    const message = { kind: 'echo-request', identifier: 1, sequence, data: new Uint8Array() } as const;
    const octets = encodeFrame(frame(mac, mac, ipv6(source, destination, icmpv6(message))));
    const time = 1_700_000_000_000_000_000n + BigInt(sequence);
    return { time, outgoing: false, device: 1, octets, frame: decodeFrame(octets) };
  });
  return keepFrames(observations);
}

/** A report with all that a report can have, and with hostile text wherever a cloud's answers get. */
export const hostileReport: GapReport = {
  ...reportOf(
    rowOf({
      verdict: 'partial',
      missing: [HOSTILE],
      untried: [HOSTILE],
      limits: [HOSTILE],
      topology: {
        networks: [
          { name: HOSTILE, tenant: 'red', kind: 'VLAN 7', subnets: [`fd06:1::/64 ${HOSTILE}`] },
          { name: 'other', subnets: [] },
        ],
        routers: [{ name: 'router', networks: [0, 1] }],
        instances: [
          { name: 'one', interfaces: [{ network: 0, addresses: [HOSTILE] }] },
          { name: 'two', place: 'outside', interfaces: [{ network: 1, addresses: [] }] },
          {
            name: 'both',
            interfaces: [
              { network: 0, addresses: ['fd06:1::9'] },
              { network: 1, addresses: [] },
            ],
          },
        ],
      },
      evidence: [
        { what: 'one pings two', expected: 'an answer', seen: '3 of 3', ok: true, core: true },
        {
          what: HOSTILE,
          expected: HOSTILE,
          seen: HOSTILE,
          ok: false,
          pcap: 'v6-only/1.pcap',
          capture: captureOf(1, 2, 3),
        },
        { what: 'silence', expected: 'none', seen: 'none', ok: true, capture: captureOf() },
      ],
    }),
    rowOf({
      id: 'dvr',
      title: HOSTILE,
      verdict: 'no',
      claimed: 'no',
      missing: ['Several hosts are not built.'],
    }),
    rowOf({ id: 'l3-ha', title: 'Gateways', verdict: 'unverified', missing: ['There is no switch.'] }),
  ),
  endpoint: HOSTILE,
  engine: HOSTILE,
};
