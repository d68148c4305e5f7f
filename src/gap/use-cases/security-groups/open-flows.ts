/**
 * Flows that are open when what let them through goes: a rule, an address, a member, or the group itself. They stop,
 * both ways, while another goes on.
 */

import type { Address } from '../../../addressing/index.ts';
import type { Answered, Need } from '../../../client/index.ts';
import {
  type Capture,
  type InstanceInterface,
  type LabInstance,
  tcpProbe,
  waitUntil,
} from '../../../lab/index.ts';
import { frame, icmpv6, ipv6, type UpperLayer, udp } from '../../../packets/index.ts';
import {
  arrivals,
  configured,
  type Evidence,
  ipv6Of,
  LiveConnection,
  type Shipment,
  type Tenant,
  type Trial,
} from '../../kit/index.ts';

const PORT = 7014;
const SOURCE_PORT = 50_014;
/** A rule of its own keeps this one open. */
const LASTING_PORT = 7015;
const CHANGE_MS = 5_000;
const SILENCE_MS = 400;

interface Guest {
  readonly instance: LabInstance;
  readonly device: InstanceInterface;
  readonly port: Answered<'port'>;
  readonly address: Address;
  readonly capture: Capture;
}

interface Setting {
  readonly tenant: Tenant;
  /** Lets in the lasting flow. */
  readonly servers: Answered<'security_group'>;
  readonly server: Guest;
  readonly clients: Answered<'security_group'>;
  readonly client: Guest;
}

/** What lets the client in, and how it goes. */
interface Admission {
  readonly what: string;
  /** What of the API it takes, where groups are groups without it too. */
  readonly need?: Need;
  open(setting: Setting): Promise<() => Promise<unknown>>;
}

const ways: readonly Admission[] = [
  {
    what: 'its rule is deleted',
    async open({ tenant, servers, client }) {
      const rule = await tenant.allow(servers, { remote_ip_prefix: `${client.address}/128` });
      return () => tenant.client.delete('security_group_rule', rule.id);
    },
  },
  {
    what: "the client leaves the rule's remote group",
    async open({ tenant, servers, clients, client }) {
      const friends = await tenant.securityGroup('friends', []);
      await tenant.allow(servers, { remote_group_id: friends.id });
      const move = (...security_groups: string[]) =>
        tenant.client.update('port', client.port.id, { security_groups });
      await move(clients.id, friends.id);
      return () => move(clients.id);
    },
  },
  {
    what: 'the server leaves the group that has the rule',
    async open({ tenant, servers, server }) {
      const open = await tenant.securityGroup('open', [{}]);
      const move = (...security_groups: string[]) =>
        tenant.client.update('port', server.port.id, { security_groups });
      await move(servers.id, open.id);
      return () => move(servers.id);
    },
  },
  {
    // The last one: where address groups are not heeded, its rule lets the client in for good.
    what: "the client's address leaves the rule's address group",
    need: 'address_group',
    async open({ tenant, servers, client }) {
      const addresses = [`${client.address}/128`];
      const group = await tenant.make('address_group', { name: 'friends', addresses });
      const rule = await tenant.allow(servers, { remote_address_group_id: group.id });
      tenant.removeLater('security_group_rule', rule.id);
      return () => tenant.client.act('address_group', group.id, 'remove_addresses', { addresses });
    },
  },
];

export async function tryOpenFlows(trial: Trial): Promise<void> {
  const tenant = trial.tenant('open-flows');
  const network = await tenant.network('open-flows');
  await tenant.router('router', [await tenant.subnet6(network, 'fd14:4::/64', 'slaac')]);
  const boot = async (name: string, group: Answered<'security_group'>): Promise<Guest> => {
    const port = await tenant.port(network, { security_groups: [group.id] });
    const instance = await trial.instance(name, port);
    const device = instance.interface('eth0');
    await configured([device, ipv6Of(port)]);
    return { instance, device, port, address: ipv6Of(port), capture: trial.capture(device) };
  };
  const lasting = { protocol: 'udp', port_range_min: LASTING_PORT, port_range_max: LASTING_PORT };
  const servers = await tenant.securityGroup('servers', [lasting]);
  const clients = await tenant.securityGroup('clients', []);
  const [server, client] = await Promise.all([boot('server', servers), boot('client', clients)]);
  await trial.tcpEcho(server.instance, PORT);
  for (const way of ways) {
    if (way.need === undefined || trial.can(way.need))
      await tryWay(trial, { tenant, servers, server, clients, client }, way);
  }
}

async function tryWay(trial: Trial, setting: Setting, way: Admission): Promise<void> {
  const { what, need, open } = way;
  const { client, server } = setting;
  const flows = flowsOf(setting, ways.indexOf(way));
  const [lasting, ...others] = flows;
  const close = await open(setting);
  // Agents may take their time over the rule: this waits until it counts.
  const tcp = await LiveConnection.open(client.instance, server.address, PORT);
  try {
    // An answer ahead of its question would open a flow of the server's own.
    const asked = await arrivals(
      flows.map(({ forth }) => forth),
      [],
    );
    const answered = await arrivals(
      flows.map(({ back }) => back),
      [],
    );
    const echoes = [await tcp.echoes(CHANGE_MS)];
    await close();
    const connects = async () =>
      (await tcpProbe(client.instance, server.address, PORT, { patienceMs: SILENCE_MS })).outcome ===
      'connected';
    await waitUntil(async () => !(await connects()), CHANGE_MS);
    // Whatever the client sends now, the server is to hear nothing of; then neither may the client of the server.
    const forth = await arrivals(
      [lasting!.forth],
      others.map((flow) => flow.forth),
    );
    echoes.push(await tcp.echoes(SILENCE_MS));
    const back = await arrivals(
      [lasting!.back],
      others.map((flow) => flow.back),
    );
    const alive = (some: ReadonlySet<Shipment>, way: 'forth' | 'back') =>
      others.filter((flow) => some.has(flow[way])).map(({ name }) => `${name} ${way}`);
    const seen = [...alive(forth, 'forth'), ...alive(back, 'back'), ...(echoes[1] ? ['TCP'] : [])];
    const wereOpen = asked.size + answered.size === flows.length * 2 && echoes[0] === true;
    const afterwards = seen.length === 0 ? 'they stop, and that goes on' : `these go on: ${seen.join(', ')}`;
    const evidence: Evidence = {
      what: `open flows, when ${what}`,
      expected: 'UDP, ICMPv6 and TCP stop both ways; what another rule lets in goes on',
      seen: wereOpen ? afterwards : `not all were open before; then ${afterwards}`,
      ok: wereOpen && seen.length === 0,
      core: need === undefined,
    };
    trial.show(await trial.proven(evidence, server.capture, `open-flows-${ways.indexOf(way) + 1}`));
  } finally {
    tcp.close();
  }
}

interface TriedFlow {
  readonly name: string;
  readonly forth: Shipment;
  readonly back: Shipment;
}

/**
 * The lasting flow, and those that depend on what lets the client in. Each attempt has its own: who remembers that a flow
 * was stopped may go on stopping it.
 */
function flowsOf({ client, server }: Setting, attempt: number): TriedFlow[] {
  const source = SOURCE_PORT + attempt;
  const ship = (from: Guest, to: Guest, upper: UpperLayer): Shipment => ({
    from: from.device,
    frame: frame(from.device.mac, to.device.mac, ipv6(from.address, to.address, upper)),
    to: to.capture,
  });
  const datagrams = (name: string, port: number): TriedFlow => ({
    name,
    forth: ship(client, server, udp(source, port, new Uint8Array(8))),
    back: ship(server, client, udp(port, source, new Uint8Array(8))),
  });
  const echo = { identifier: source, sequence: 1, data: new Uint8Array(8) };
  return [
    datagrams('lasting UDP', LASTING_PORT),
    datagrams('UDP', PORT),
    {
      name: 'ICMPv6',
      forth: ship(client, server, icmpv6({ kind: 'echo-request', ...echo })),
      back: ship(server, client, icmpv6({ kind: 'echo-reply', ...echo })),
    },
  ];
}
