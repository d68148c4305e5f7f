/** The kinds of rules that QoS policies have, and those that nothing enforces. Pure. */
import { type AttributeType, integer, object, oneOf } from '../definition/attribute-types.ts';
import type { QosRuleRow } from '../tables.ts';

export type QosRuleKind = QosRuleRow['kind'];

/** What a rule says. */
export type QosRuleValues = Omit<QosRuleRow, 'id' | 'policy_id' | 'kind'>;

interface RuleKind {
  /** What POST takes, and what PUT takes. */
  readonly creation: AttributeType<Partial<QosRuleValues>>;
  readonly change: AttributeType<Partial<QosRuleValues>>;
  /** What POST leaves out. */
  readonly defaults: Partial<QosRuleValues>;
  /** As answers have it. */
  readonly names: readonly (keyof QosRuleValues)[];
  /** What clients are told of each, as Neutron's rule types have it. */
  readonly parameters: readonly object[];
}

const MOST_KBPS = 2 ** 31 - 1;
/** OVN has no rate of nothing. */
const rate = integer(1, MOST_KBPS);
const burst = integer(0, MOST_KBPS);
/** The kernel's meters count a burst in thousandths of packets, in 32 bits. */
const MOST_KPPS = 4_000;
const packetRate = integer(1, MOST_KPPS);
const packetBurst = integer(0, MOST_KPPS);
const direction = oneOf('egress', 'ingress');
/** As Neutron takes them (RFC 2474, RFC 2597, RFC 3246). */
const MARKS = [0, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34, 36, 38, 40, 44, 46, 48, 56] as const;
const mark: AttributeType<number, 'plain'> = {
  label: 'MARK',
  storedAs: 'plain',
  schema: { type: 'integer', enum: MARKS },
  parse: (value, field) => Number(oneOf(...MARKS.map(String)).parse(String(value), field)),
};

/** A parameter as Neutron's rule types tell it. */
const range = (name: string, start: number, end: number): object => ({
  parameter_name: name,
  parameter_type: 'range',
  parameter_values: { start, end },
});
const EITHER_WAY = {
  parameter_name: 'direction',
  parameter_type: 'choices',
  parameter_values: ['egress', 'ingress'],
};

export const RULE_KINDS = {
  bandwidth_limit: {
    creation: object({ max_kbps: rate }, { max_burst_kbps: burst, direction }),
    change: object({}, { max_kbps: rate, max_burst_kbps: burst, direction }),
    defaults: { max_burst_kbps: 0, direction: 'egress' },
    names: ['max_kbps', 'max_burst_kbps', 'direction'],
    parameters: [range('max_kbps', 1, MOST_KBPS), range('max_burst_kbps', 0, MOST_KBPS), EITHER_WAY],
  },
  packet_rate_limit: {
    creation: object({ max_kpps: packetRate }, { max_burst_kpps: packetBurst, direction }),
    change: object({}, { max_kpps: packetRate, max_burst_kpps: packetBurst, direction }),
    defaults: { max_burst_kpps: 0, direction: 'egress' },
    names: ['max_kpps', 'max_burst_kpps', 'direction'],
    parameters: [range('max_kpps', 1, MOST_KPPS), range('max_burst_kpps', 0, MOST_KPPS), EITHER_WAY],
  },
  dscp_marking: {
    creation: object({ dscp_mark: mark }, {}),
    change: object({}, { dscp_mark: mark }),
    defaults: { direction: 'egress' },
    names: ['dscp_mark'],
    parameters: [{ parameter_name: 'dscp_mark', parameter_type: 'choices', parameter_values: MARKS }],
  },
} as const satisfies Record<QosRuleKind, RuleKind>;

/** What Neutron has beside these: nothing sets aside what a port is to have at least. */
export const UNENFORCED_KINDS = ['minimum_bandwidth', 'minimum_packet_rate'] as const;

export const ruleKindOf = (kind: QosRuleKind): RuleKind => RULE_KINDS[kind];

/** A rule as its own path shows it. */
export const ruleView = (row: QosRuleRow): Record<string, unknown> => ({
  id: row.id,
  ...Object.fromEntries(ruleKindOf(row.kind).names.map((name) => [name, row[name]])),
});
