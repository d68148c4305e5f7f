/** The rows that lead what passes a router's gateway through the translation of its prefix. Pure. */
import { Address, type Prefix } from '../../../addressing/index.ts';
import {
  NPTV6_LENGTH,
  NPTV6_ROUTER,
  NPTV6_TRANSLATOR,
  nptv6Mac,
  nptv6PortName,
} from '../../../host-contract/index.ts';
import type { PlannedRow } from '../../reconciler/plan.ts';
import { key, nptv6SwitchRef, routerPortName, routerPortSet, routerRef } from '../names.ts';
import { fixedIpsOf } from '../records/fixed-ips.ts';
import {
  FORGED,
  once,
  routerPolicy,
  TRANSLATED,
  TRANSLATED_BEHIND,
  TRANSLATED_BUT,
  translating,
} from '../router-policy.ts';
import type { Nptv6Port, Nptv6Source } from './read.ts';

/**
 * The router has one port more, on a switch with nothing but it and the hosts' translators. What would leave by the
 * gateway from an internal prefix goes there first, and comes back with the external one, which has a way out by that
 * alone; what is for the external prefix goes there, too, and comes back for the internal one.
 */
export function planNptv6(source: Nptv6Source): PlannedRow[] {
  return once([
    ...planSwitch(source.id),
    ...source.translations.flatMap((one) => planTranslation(source, one)),
  ]);
}

function planSwitch(routerId: string): PlannedRow[] {
  const name = nptv6PortName(routerId);
  const parent = nptv6SwitchRef(routerId);
  const mac = nptv6Mac(routerId, 'router');
  return [
    { table: 'Logical_Switch', key: key.switch, columns: { name } },
    {
      table: 'Logical_Router_Port',
      key: key.routerPort,
      columns: {
        name: routerPortName(name),
        mac: mac.toString(),
        networks: [`${NPTV6_ROUTER}/${NPTV6_LENGTH}`],
      },
      parent: routerRef(routerId),
    },
    {
      table: 'Logical_Switch_Port',
      key: key.port,
      columns: {
        name: `${name}-router`,
        type: 'router',
        addresses: ['router'],
        options: { 'router-port': routerPortName(name) },
      },
      parent,
    },
    {
      table: 'Logical_Switch_Port',
      key: key.translator,
      columns: {
        name,
        type: 'localport',
        addresses: [`${nptv6Mac(routerId, 'translator')} ${NPTV6_TRANSLATOR}`],
      },
      parent,
    },
  ];
}

const named = ({ id }: { readonly id: string }): string => `"${routerPortName(id)}"`;

function planTranslation(
  source: Nptv6Source,
  { internal, external }: { readonly internal: Prefix; readonly external: Prefix },
): PlannedRow[] {
  const { id: routerId, gateway, interfaces, nat64Prefixes } = source;
  const here = named({ id: nptv6PortName(routerId) });
  const outer = named(gateway);
  const policy = (priority: number, match: string, action: 'allow' | 'drop') =>
    routerPolicy(routerId, priority, match, action);
  // What is for these, the translator of the gateway's host makes IPv4 of.
  const alsoSix = nat64Prefixes.map((prefix) => ` && ip6.dst != ${prefix}`).join('');
  const outward = (from: string, of: Prefix) =>
    `${from} && outport == ${outer} && ip6.src == ${of}${alsoSix}`;
  const attached = interfaces.flatMap((port) =>
    within(port, internal).map((prefix) => ({ from: `inport == ${named(port)}`, prefix })),
  );
  return [
    {
      table: 'Logical_Router_Static_Route',
      key: `route/${external}`,
      columns: {
        ip_prefix: external.toString(),
        nexthop: NPTV6_TRANSLATOR.toString(),
        output_port: routerPortName(nptv6PortName(routerId)),
      },
      parent: routerRef(routerId),
    },
    // From its own subnets, each by the interface that it is expected by, and between two of them by the external prefix.
    ...attached.flatMap(({ from, prefix }) => [
      translating(routerId, TRANSLATED, outward(from, prefix)),
      policy(TRANSLATED, `${from} && outport == ${here} && ip6.src == ${prefix}`, 'allow'),
    ]),
    ...exemptedOf(source, internal).map((match) => policy(TRANSLATED_BUT, match, 'allow')),
    // From behind them.
    ...(interfaces.length === 0
      ? []
      : [
          translating(
            routerId,
            TRANSLATED_BEHIND,
            outward(`inport == ${routerPortSet(interfaces.map(({ id }) => id))}`, internal),
          ),
        ]),
    // Nobody outside is from an internal prefix, or one that stands for it. Those of the link there may ask for what
    // stands for it, and come back from there with what they said.
    ...[internal, external].map((prefix) =>
      policy(FORGED, `inport == ${outer} && outport == ${here} && ip6.src == ${prefix}`, 'drop'),
    ),
    ...sixOf(gateway).flatMap((prefix) => [
      policy(TRANSLATED, `inport == ${outer} && outport == ${here} && ip6.src == ${prefix}`, 'allow'),
      policy(TRANSLATED, `inport == ${here} && ip6.src == ${prefix} && ip6.dst == ${internal}`, 'allow'),
    ]),
    policy(TRANSLATED_BEHIND, `inport == ${here} && outport == ${outer} && ip6.src == ${external}`, 'allow'),
    // What the router itself has to say of what was translated names its internal address.
    translating(
      routerId,
      TRANSLATED_BEHIND,
      `inport == ${here} && outport == ${outer} && ip6.src == ${NPTV6_ROUTER}`,
    ),
  ];
}

const sixOf = ({ fixedIps }: Nptv6Port): Prefix[] =>
  fixedIpsOf(fixedIps).flatMap(({ subnet }) => (subnet.family === 6 ? subnet.prefix : []));

/** What of a port's subnets is in a prefix. */
const within = (port: Nptv6Port, prefix: Prefix): Prefix[] =>
  sixOf(port)
    .filter((one) => one.overlaps(prefix))
    .map((one) => (prefix.covers(one) ? one : prefix));

/** Instances that are known outside by something else. */
const exemptedOf = ({ interfaces, gateway, exempted }: Nptv6Source, internal: Prefix): string[] =>
  interfaces.flatMap((port) => {
    const prefixes = within(port, internal);
    return exempted
      .filter((text) => prefixes.some((prefix) => prefix.contains(Address.parse(text))))
      .map((text) => `inport == ${named(port)} && outport == ${named(gateway)} && ip6.src == ${text}`);
  });
