/**
 * The rules of the bridge for translations: what comes from a router by its patch port goes back there, its source
 * translated if it is in an internal prefix, its destination if it is in an external one. Both are for what instances of
 * one router send to each other by external prefixes. What is neither goes nowhere. Pure.
 */
import { type Mac, nptv6Adjustment, type Prefix } from '../../addressing/index.ts';
import type { PrefixTranslation } from '../../host-contract/index.ts';
import { type AddressBits, BACK, type Flow, type Match, type Rules } from '../../openflow/index.ts';
import { ETHER_TYPE, ICMPV6_TYPE, IP_PROTOCOL } from '../../packets/index.ts';
import { ADDING_TABLES, additionRules } from './word-rules.ts';

/** The tables of the bridge, in the order in which packets pass them. */
const SOURCES = 0;
const DESTINATIONS = SOURCES + 1 + ADDING_TABLES;
const DONE = DESTINATIONS + 1 + ADDING_TABLES;

/** What names the packet that it is about (RFC 4443 section 3). */
export const ERRORS: readonly number[] = [
  ICMPV6_TYPE['destination-unreachable'],
  ICMPV6_TYPE['packet-too-big'],
  ICMPV6_TYPE['time-exceeded'],
  ICMPV6_TYPE['parameter-problem'],
];
/** Of a router, in a second: who sends errors limits them, too (RFC 4443 section 2.4). */
const ERROR_RATE = { rate: 100, burst: 100 };

/** A router that has prefixes translated here. */
export interface TranslatingRouter {
  /** OpenFlow number of the patch port by which its packets come. */
  readonly patch: number;
  /** The MAC addresses on its switch. */
  readonly router: Mac;
  readonly translator: Mac;
  readonly translations: readonly PrefixTranslation[];
}

export function translationRules({ patch, router, translator, translations }: TranslatingRouter): Rules {
  const match: Match = { inPort: patch, etherType: ETHER_TYPE.ipv6 };
  const ethernet = { source: translator, destination: router };
  const isError = { ...match, ipProtocol: IP_PROTOCOL.icmpv6 };
  return {
    flows: [
      ...ERRORS.map(
        (icmpv6Type): Flow => ({
          ...{ table: SOURCES, priority: 30, match: { ...isError, icmpv6Type } },
          verdict: { drop: true, report: true, meter: patch },
        }),
      ),
      ...translations.flatMap(({ internal, external }, index) => [
        ...prefixRules({
          ...{ match: { ...match, ipv6Source: internal }, table: SOURCES, priority: 20, next: DESTINATIONS },
          ...{ of: 'source', from: internal, to: external, index, ethernet },
          rest: match,
        }),
        ...prefixRules({
          ...{
            match: { ...match, ipv6Destination: external },
            table: DESTINATIONS,
            priority: 20,
            next: DONE,
          },
          ...{ of: 'destination', from: external, to: internal, index, ethernet },
          rest: match,
        }),
        // Its source is no internal one.
        {
          ...{ table: SOURCES, priority: 10, match: { ...match, ipv6Destination: external } },
          verdict: { continueIn: DESTINATIONS },
        },
      ]),
      { table: DESTINATIONS, priority: 10, match, verdict: { ethernet, continueIn: DONE } },
      { table: DONE, priority: 10, match: {}, verdict: { output: BACK } },
    ],
    meters: new Map([[patch, ERROR_RATE]]),
  };
}

interface PrefixRules {
  readonly match: Match;
  /** Of what is added, whatever the prefix. */
  readonly rest: Match;
  readonly of: AddressBits['of'];
  readonly from: Prefix;
  readonly to: Prefix;
  readonly index: number;
  readonly table: number;
  readonly priority: number;
  readonly next: number;
  readonly ethernet: { readonly source: Mac; readonly destination: Mac };
}

function prefixRules(rules: PrefixRules): Flow[] {
  const { match, rest, of, from, to, index, table, priority, next, ethernet } = rules;
  const amount = nptv6Adjustment(from, to);
  const mask = ((1n << BigInt(to.length)) - 1n) << BigInt(128 - to.length);
  const isPlain = amount === 0;
  return [
    {
      ...{ table, priority, match },
      verdict: {
        ethernet,
        ipv6: { of, value: to.network.value, mask },
        ...(!isPlain && { step: 2 * index }),
        continueIn: isPlain ? next : table + 1,
      },
    },
    ...(isPlain ? [] : additionRules({ match: rest, of, index, amount, table: table + 1, next })),
  ];
}
