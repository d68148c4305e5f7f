/** QoS policies of floating IPs and of routers' gateways: what passes them is limited, in and out. */
import type { Address, Mac } from '../../../addressing/index.ts';
import type { Answered } from '../../../client/index.ts';
import { type Capture, type InstanceInterface, waitUntil } from '../../../lab/index.ts';
import { type Frame, frame, ipv6, udp } from '../../../packets/index.ts';
import type { Evidence, Tenant, Trial } from '../../kit/index.ts';

/** As many as every queue on the way takes. */
const FRAMES = 80;
const OCTETS = 1_000;
/** In kbit: a twelfth of the frames may come at once. */
const LIMIT = { max_kbps: 50, max_burst_kbps: 50 } as const;
/** In which a policy takes effect. */
const SETTLED_MS = 20_000;
const FIRST_PORT = 7_300;

/** One way of packets past the gateway: from a device to the link of another. */
interface Sending {
  readonly from: InstanceInterface;
  readonly source: Address;
  readonly target: Address;
  readonly capture: Capture;
}

/** What there is to send by: an instance behind a router, and a host beyond that router's external network. */
export interface LimitedWorld {
  readonly tenant: Tenant;
  readonly routerId: string;
  readonly floating: Answered<'floatingip'>;
  /** The network of the gateway, by the device of a router upstream there. */
  readonly outside: InstanceInterface;
  readonly inside: { readonly device: InstanceInterface; readonly address: Address };
  readonly beyond: { readonly device: InstanceInterface; readonly address: Address };
  /** The floating IP, which stands for the instance inside. */
  readonly outer: Address;
}

/** Tries IPv6 both ways by a floating IP, and out by the gateway. */
export async function tryLimits(trial: Trial, world: LimitedWorld): Promise<void> {
  const { tenant, floating, routerId, inside, beyond, outside, outer } = world;
  const captures = { inside: inside.device.capture(), outside: outside.capture() };
  const ways = {
    in: { from: beyond.device, source: beyond.address, target: outer, capture: captures.inside },
    out: { from: inside.device, source: inside.address, target: beyond.address, capture: captures.outside },
  } as const;
  const onFloatingIp = (id: string | null) =>
    tenant.client.update('floatingip', floating.id, { qos_policy_id: id });
  const { floating_network_id: network_id } = floating;
  const onGateway = (id: string | null) =>
    tenant.client.update('router', routerId, { external_gateway_info: { network_id, qos_policy_id: id } });
  for (const [what, direction, set, way] of [
    ['what comes in by a floating IP', 'ingress', onFloatingIp, ways.in],
    ['what leaves with a floating IP', 'egress', onFloatingIp, ways.out],
    ['what leaves by a gateway', 'egress', onGateway, ways.out],
  ] as const) {
    const policy = await policyWith(tenant, direction);
    trial.show(await arriving(`${what}, without a policy`, way, 'all'));
    await set(policy);
    trial.show(await arriving(`${what}, with 50 kbit a second`, way, 'few'));
    await set(null);
    trial.show(await arriving(`${what}, when the policy is taken off`, way, 'all'));
  }
  for (const capture of Object.values(captures)) await capture.stop();
}

async function policyWith(tenant: Tenant, direction: 'ingress' | 'egress'): Promise<string> {
  const { id } = await tenant.make('policy', { name: `50 kbit a second, ${direction}` });
  const body = { bandwidth_limit_rule: { ...LIMIT, direction } };
  await tenant.client.request('POST', `/v2.0/qos/policies/${id}/bandwidth_limit_rules`, { body });
  return id;
}

let nextPort = FIRST_PORT;

/** Sends many frames at once, until as many arrive as should, or it takes too long. */
async function arriving(what: string, way: Sending, wanted: 'all' | 'few'): Promise<Evidence> {
  let seen = 0;
  const isRight = () => (wanted === 'all' ? seen === FRAMES : seen < FRAMES / 2);
  await waitUntil(async () => {
    seen = await send(way);
    return isRight();
  }, SETTLED_MS);
  return {
    what: `IPv6: ${what}`,
    expected: wanted === 'all' ? `all of ${FRAMES} frames` : `less than half of ${FRAMES} frames`,
    seen: `${seen}`,
    ok: isRight(),
  };
}

/** @returns how many of the frames arrive; one that follows them shows that all have been decided upon */
async function send(way: Sending): Promise<number> {
  const [many, last] = [nextPort++, nextPort++];
  const hop = nextHop(way.from);
  const datagram = (port: number): Frame =>
    frame(way.from.mac, hop, ipv6(way.source, way.target, udp(port, port, new Uint8Array(OCTETS))));
  const arrived = async (port: number): Promise<number> => {
    await way.capture.settle();
    return way.capture.received((seen) => portOf(seen) === port).length;
  };
  way.from.send(...Array.from({ length: FRAMES }, () => datagram(many)));
  await waitUntil(async () => {
    way.from.send(datagram(last));
    return (await arrived(last)) > 0;
  }, SETTLED_MS);
  return arrived(many);
}

const portOf = ({ network }: Frame): number | undefined =>
  network.kind === 'ipv6' && network.upper.kind === 'udp'
    ? network.upper.datagram.destinationPort
    : undefined;

/** The router that a device sends to what is off its link. */
function nextHop({ instance }: InstanceInterface): Mac {
  const routes = instance
    .routes()
    .filter(({ destination, gateway }) => destination.length === 0 && gateway?.family === 6);
  const known = instance.neighbours();
  const found = routes.flatMap(
    ({ gateway }) => known.find(({ address, mac }) => mac && gateway?.equals(address)) ?? [],
  );
  const mac = found[0]?.mac;
  if (mac === undefined) throw new Error(`${instance.name} knows no router`);
  return mac;
}
