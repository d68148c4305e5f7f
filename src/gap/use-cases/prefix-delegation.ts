/** Prefixes for instances: delegated by DHCPv6, and routed to them (RFC 8415 section 6.3). */
import { eui64Address, Mac, Prefix } from '../../addressing/index.ts';
import { DhcpClient, type InstanceInterface, ping, UpstreamRouter, waitUntil } from '../../lab/index.ts';
import {
  addressAppears,
  apiRefuses,
  type Carrier,
  configured,
  defineUseCase,
  ipv6Of,
  pingFails,
  pingPasses,
  type Trial,
} from '../kit/index.ts';

const LINK = Prefix.parse('fd30::/64');
const ELSEWHERE = Prefix.parse('fd30:0:0:1::/64');
const DELEGATED = Prefix.parse('fd30:0:0:100::/56');
/** The subnet of the delegated prefix that the client puts on its other link: the one of number 1. */
const BEHIND = Prefix.parse('fd30:0:0:101::/64');
const NOT_DELEGATED = Prefix.parse('fd30:0:0:200::/64');

const INNER_MAC = Mac.parse('fa:16:3e:aa:00:01');
const HOST_MAC = Mac.parse('fa:16:3e:aa:00:02');

const SETTLING_MS = 5_000;

export const prefixDelegationUseCase = defineUseCase({
  id: 'prefix-delegation',
  title: 'Prefix delegation: to routers from an ISP, and to instances',
  claim: 'partial',
  missing: [
    'Routers do not ask an ISP for prefixes: the client is not built.',
    'A delegated prefix is named on the port; none is taken from a pool.',
  ],
  untried: ['Routers that ask an ISP for prefixes.'],
  needs: ['port.delegated_prefixes'],
  async gather(trial) {
    await trial.each(['tenant', 'vlan'] as const, tryDelegation);
  },
});

async function tryDelegation(trial: Trial, carrier: Carrier): Promise<void> {
  const where = carrier === 'vlan' ? 'VLAN network' : 'tenant network';
  const tenant = trial.tenant(carrier);
  const network = await tenant.network('link', carrier);
  const elsewhere = await tenant.network('elsewhere');
  const subnets = [
    await tenant.subnet6(network, LINK.toString(), 'dhcpv6-stateful'),
    await tenant.subnet6(elsewhere, ELSEWHERE.toString(), 'slaac'),
  ];
  await tenant.router('router', subnets);
  const delegated = [DELEGATED.toString()];
  const port = await tenant.port(network, { delegated_prefixes: delegated });
  const neighbour = await tenant.port(network);
  const asker = await tenant.port(elsewhere);
  trial.show(
    await apiRefuses(
      { what: `${where}: another port of the network wants part of the prefix` },
      () => tenant.port(network, { delegated_prefixes: [BEHIND.toString()] }),
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
      BEHIND.at(1n),
    ),
  );
  const said = /delegated prefix (\S+)/.exec(client.output)?.[1] ?? 'nothing';
  trial.show({
    what: `${where}: the prefix that DHCPv6 gave it`,
    expected: DELEGATED.toString(),
    seen: said,
    ok: said === DELEGATED.toString(),
    core: true,
  });
  serveBehind(inner);
  const host = eui64Address(BEHIND, HOST_MAC);
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
  near.interface('eth0').addAddress(BEHIND.at(9n), 128);
  trial.show(
    await pingFails({ what: `${where}: a neighbour uses the delegated prefix` }, near, ipv6Of(asker), {
      source: BEHIND.at(9n),
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

/** The client routes for its link: it advertises the prefix there, and the host configures itself. */
function serveBehind(inner: InstanceInterface): void {
  UpstreamRouter.start([
    {
      device: inner,
      prefixes: [],
      advertised: {
        routerLifetime: 1800,
        options: [
          {
            kind: 'prefix-information',
            prefix: BEHIND,
            onLink: true,
            autonomous: true,
            validLifetime: 3600,
            preferredLifetime: 1800,
          },
        ],
      },
    },
  ]);
}
