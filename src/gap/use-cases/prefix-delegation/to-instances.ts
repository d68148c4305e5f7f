/** Prefixes for instances: delegated by DHCPv6, and routed to them (RFC 8415 section 6.3). */
import { eui64Address, Mac, Prefix } from '../../../addressing/index.ts';
import type { Answered, Create } from '../../../client/index.ts';
import { DhcpClient, type InstanceInterface, ping, UpstreamRouter, waitUntil } from '../../../lab/index.ts';
import {
  addressAppears,
  advertisementIn,
  apiRefuses,
  type Carrier,
  configured,
  ipv6Of,
  isAdvertisement,
  optionsOf,
  pingFails,
  pingPasses,
  type Tenant,
  type Trial,
} from '../../kit/index.ts';

const LINK = Prefix.parse('fd30::/64');
const ELSEWHERE = Prefix.parse('fd30:0:0:1::/64');
const DELEGATED = Prefix.parse('fd30:0:0:100::/56');
const POOL = 'fd31::/48';
const NOT_DELEGATED = Prefix.parse('fd30:0:0:200::/64');

const INNER_MAC = Mac.parse('fa:16:3e:aa:00:01');
const HOST_MAC = Mac.parse('fa:16:3e:aa:00:02');

const SETTLING_MS = 5_000;
/** In which instances are told of a change. */
const ADVERTISED_MS = 30_000;

type PrefixWish = NonNullable<Create<'port'>['delegated_prefixes']>[number];

/** How an instance comes to its prefix, and where. */
interface Delegation {
  readonly what: string;
  readonly carrier: Carrier;
  readonly fromPool?: true;
}

const WAYS: readonly Delegation[] = [
  { what: 'tenant network', carrier: 'tenant' },
  { what: 'VLAN network', carrier: 'vlan' },
  { what: 'prefix from a pool', carrier: 'tenant', fromPool: true },
];

/** Prefixes for instances, by every way. */
export const tryToInstances = (trial: Trial): Promise<void> => trial.each(WAYS, tryDelegation);

async function tryDelegation(trial: Trial, { what: where, carrier, fromPool }: Delegation): Promise<void> {
  const tenant = trial.tenant(fromPool ? 'pool' : carrier);
  const network = await tenant.network('link', carrier);
  const elsewhere = await tenant.network('elsewhere');
  const subnets = [
    await tenant.subnet6(network, LINK.toString(), 'dhcpv6-stateful'),
    await tenant.subnet6(elsewhere, ELSEWHERE.toString(), 'slaac'),
  ];
  await tenant.router('router', subnets);
  const wish = fromPool
    ? {
        subnetpool_id: (
          await tenant.make('subnetpool', { name: 'homes', prefixes: [POOL], min_prefixlen: 56 })
        ).id,
        prefixlen: 56,
      }
    : DELEGATED.toString();
  const port = await tenant.port(network, { delegated_prefixes: [wish] });
  const delegated = Prefix.parse(String(port.delegated_prefixes[0]));
  // The subnet of it that the client puts on its other link is the one of number 1.
  const link = Prefix.of(delegated.at(1n << 64n), 64);
  const neighbour = await tenant.port(network);
  const asker = await tenant.port(elsewhere);
  if (fromPool) await tryGiving(trial, tenant, network, port, wish);
  trial.show(
    await apiRefuses(
      { what: `${where}: another port of the network wants part of the prefix` },
      () => tenant.port(network, { delegated_prefixes: [link.toString()] }),
      409,
    ),
  );

  const router = await trial.instance('router', port);
  const behind = await trial.instance('behind');
  const [inner, device] = router.connect('eth1', INNER_MAC, {
    instance: behind,
    device: 'eth0',
    mac: HOST_MAC,
  });
  inner.up();
  device.up();
  const client = DhcpClient.prefixClient(router.interface('eth0'), inner);
  trial.show(
    await addressAppears(
      { what: `${where}: the client puts a subnet of its prefix on its other link`, core: true },
      inner,
      link.at(1n),
    ),
  );
  const said = /delegated prefix (\S+)/.exec(client.output)?.[1] ?? 'nothing';
  trial.show({
    what: `${where}: the prefix that DHCPv6 gave it`,
    expected: delegated.toString(),
    seen: said,
    ok: said === delegated.toString(),
    core: true,
  });
  serveBehind(inner, link);
  const host = eui64Address(link, HOST_MAC);
  const far = await trial.instance('far', asker);
  const near = await trial.instance('near', neighbour);
  await DhcpClient.dhclient(near.interface('eth0'), 'stateful');
  const outer = router.interface('eth0');
  await configured(
    [outer, ipv6Of(port)],
    [far.interface('eth0'), ipv6Of(asker)],
    [near.interface('eth0'), ipv6Of(neighbour)],
    [device, host],
  );
  // The client takes its default route once its address is its own.
  await waitUntil(() => outer.routes().some(({ destination }) => destination.length === 0), SETTLING_MS);
  trial.show(
    await pingPasses(
      { what: `${where}: a host behind it is reached from another network`, core: true },
      far,
      host,
    ),
  );
  trial.show(
    await pingPasses(
      { what: `${where}: that host reaches the other network`, core: true },
      behind,
      ipv6Of(asker),
    ),
  );
  trial.show(await pingPasses({ what: `${where}: and from the client's own network` }, near, host));

  if (trial.isSextant) await tryPreference(trial, tenant, { where, subnet: subnets[0]!, outer });

  // What was not delegated is nobody's to use, whoever forwards it.
  device.addAddress(NOT_DELEGATED.at(2n), 64);
  trial.show(
    await pingFails(
      { what: `${where}: the host behind uses a prefix that was not delegated` },
      behind,
      ipv6Of(asker),
      {
        source: NOT_DELEGATED.at(2n),
      },
    ),
  );
  near.interface('eth0').addAddress(link.at(9n), 128);
  trial.show(
    await pingFails({ what: `${where}: a neighbour uses the delegated prefix` }, near, ipv6Of(asker), {
      source: link.at(9n),
    }),
  );
  await tenant.client.update('port', port.id, { delegated_prefixes: [] });
  // The answer to a change comes before the change is in every switch.
  await waitUntil(async () => (await ping(far, host, { patienceMs: 300 })).received === 0, SETTLING_MS);
  trial.show(
    await pingFails(
      { what: `${where}: after the prefix was taken from the port, the host behind` },
      far,
      host,
    ),
  );
}

/** Whether instances are told that prefixes of their own are preferred (RFC 9762), and what else they are told then. */
async function tryPreference(
  trial: Trial,
  tenant: Tenant,
  {
    where,
    subnet,
    outer,
  }: { readonly where: string; readonly subnet: Answered<'subnet'>; readonly outer: InstanceInterface },
): Promise<void> {
  const capture = trial.capture(outer, isAdvertisement);
  for (const isPreferred of [false, true]) {
    const from = capture.observations.length;
    // With a lifetime of its own, so that hosts say both: they say a change at once.
    const wish = { ra_prefer_delegation: isPreferred, ra_router_lifetime: 1_800 };
    await tenant.client.update('subnet', subnet.id, wish);
    const told = (): string | undefined =>
      capture.observations
        .slice(from)
        .flatMap(({ frame }) => optionsOf(advertisementIn(frame)!, 'prefix-information'))
        .filter(({ prefix }) => prefix.equals(LINK))
        .map(({ autonomous, prefersDelegation }) => `A=${Number(autonomous)} P=${Number(prefersDelegation)}`)
        .at(-1);
    const expected = `A=0 P=${Number(isPreferred)}`;
    await waitUntil(() => told() === expected, ADVERTISED_MS);
    trial.show({
      what: `${where}: flags of the prefix, when ra_prefer_delegation is ${isPreferred}`,
      expected,
      seen: told() ?? 'nothing',
      ok: told() === expected,
    });
  }
  await capture.stop();
}

/** What the ports have that one after the other wish for the same, and what the next one has once one gives it back. */
async function tryGiving(
  trial: Trial,
  tenant: Tenant,
  network: Answered<'network'>,
  port: Answered<'port'>,
  wish: PrefixWish,
): Promise<void> {
  const prefixesOf = ({ delegated_prefixes: all }: Answered<'port'>): string => all.map(String).join();
  const wished = { delegated_prefixes: [wish] };
  const own = prefixesOf(port);
  const repeated = await tenant.client.update('port', port.id, wished);
  const other = await tenant.port(network, wished);
  const overlaps = Prefix.parse(prefixesOf(other)).overlaps(Prefix.parse(own));
  trial.show({
    what: 'the port wishes again, and another one for the first time',
    expected: `${own} again, and another prefix`,
    seen: `${prefixesOf(repeated)}, and ${prefixesOf(other)}`,
    ok: prefixesOf(repeated) === own && !overlaps,
  });
  await tenant.client.update('port', other.id, { delegated_prefixes: [] });
  const next = await tenant.port(network, wished);
  trial.show({
    what: 'another port wishes for one when that has been given back',
    expected: prefixesOf(other),
    seen: prefixesOf(next),
    ok: prefixesOf(next) === prefixesOf(other),
  });
}

/** The client routes for its link: it advertises the prefix there, and the host configures itself. */
function serveBehind(inner: InstanceInterface, link: Prefix): void {
  UpstreamRouter.start([
    {
      device: inner,
      prefixes: [],
      advertised: {
        routerLifetime: 1800,
        options: [
          {
            kind: 'prefix-information',
            prefix: link,
            onLink: true,
            autonomous: true,
            prefersDelegation: false,
            validLifetime: 3600,
            preferredLifetime: 1800,
          },
        ],
      },
    },
  ]);
}
