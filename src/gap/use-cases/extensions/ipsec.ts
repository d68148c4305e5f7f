/** IPsec between instances: it passes where a rule says so, and not otherwise. */
import { type Address, Prefix } from '../../../addressing/index.ts';
import type { Answered } from '../../../client/index.ts';
import {
  type Capture,
  type InstanceInterface,
  type LabInstance,
  Strongswan,
  waitUntil,
} from '../../../lab/index.ts';
import {
  type ExtensionHeader,
  type Frame,
  frame,
  IP_PROTOCOL,
  ipv6,
  tcpSyn,
  type UpperLayer,
  udp,
} from '../../../packets/index.ts';
import {
  arrivalEvidence,
  arrivals,
  configured,
  framesOfShipments,
  ipv6Of,
  type NamedShipment,
  pingFails,
  pingPasses,
  type Tenant,
  type Trial,
} from '../../kit/index.ts';

const PREFIX = Prefix.parse('fd17:1::/64');
const INNER = Prefix.parse('fd17:2::/64');
const IKE_PORT = 500;
/** IKE and ESP in UDP (RFC 3948). */
const ENCAPSULATION_PORT = 4500;
const TCP_PORT = 80;
/** Seconds in which who is not let through would have been. */
const REFUSED_SECONDS = 3;
const CONNECTING_SECONDS = 20;
const PATIENCE_MS = 30_000;

interface Guest {
  readonly group: Answered<'security_group'>;
  readonly instance: LabInstance;
  readonly device: InstanceInterface;
  readonly address: Address;
  readonly capture: Capture;
}

export async function tryIpsec(trial: Trial): Promise<void> {
  const tenant = trial.tenant('ipsec');
  const network = await tenant.network('ipsec');
  await tenant.router('router', [await tenant.subnet6(network, `${PREFIX}`, 'slaac')]);
  const boot = async (name: string): Promise<Guest> => {
    const group = await tenant.securityGroup(name, []);
    const port = await tenant.port(network, { security_groups: [group.id] });
    const instance = await trial.instance(name, port);
    const device = instance.interface('eth0');
    const address = ipv6Of(port);
    await configured([device, address]);
    return { group, instance, device, address, capture: trial.capture(device) };
  };
  const [one, two, three, control] = (await Promise.all(['one', 'two', 'three', 'control'].map(boot))) as [
    Guest,
    Guest,
    Guest,
    Guest,
  ];
  await tenant.allow(control.group, {});
  await tryStrongswan(trial, tenant, one, two);
  await tryCrafted(trial, tenant, one, three, control);
}

/** Each kind of packet, as the first is let in, then the second as well, and so on. */
async function tryCrafted(
  trial: Trial,
  tenant: Tenant,
  from: Guest,
  to: Guest,
  control: Guest,
): Promise<void> {
  const esp: UpperLayer = { kind: 'octets', protocol: IP_PROTOCOL.encapsulation, octets: sealed() };
  const kinds = [
    { what: 'ESP', upper: esp, rule: { protocol: 'esp' } },
    {
      what: 'IKE in UDP',
      upper: udp(IKE_PORT, IKE_PORT, sealed()),
      rule: { protocol: 'udp', port_range_min: IKE_PORT, port_range_max: IKE_PORT },
    },
    {
      what: 'ESP in UDP',
      upper: udp(ENCAPSULATION_PORT, ENCAPSULATION_PORT, sealed()),
      rule: { protocol: 'udp', port_range_min: ENCAPSULATION_PORT, port_range_max: ENCAPSULATION_PORT },
    },
    {
      what: 'AH around TCP',
      upper: tcpSyn(40_000, TCP_PORT),
      rule: { protocol: 'tcp', port_range_min: TCP_PORT, port_range_max: TCP_PORT },
      extensions: [AUTHENTICATION],
    },
    { what: 'AH around ESP', upper: esp, rule: { protocol: 'esp' }, extensions: [AUTHENTICATION] },
  ];
  const ship = (guest: Guest): NamedShipment[] =>
    kinds.map(({ what, upper, extensions = [] }) => ({
      what,
      from: from.device,
      to: guest.capture,
      frame: between(from, guest, upper, extensions),
    }));
  const controls = ship(control);
  const shipments = ship(to);
  const show = async (what: string, isLetIn: (one: NamedShipment) => boolean): Promise<void> => {
    const wanted = shipments.filter(isLetIn);
    const others = shipments.filter((one) => !isLetIn(one));
    const arrived = await arrivals([...wanted, ...controls], others);
    for (const [of, amount] of [
      [wanted, 'all'],
      [others, 'none'],
    ] as const) {
      if (of.length === 0) continue;
      const evidence = arrivalEvidence(`${what}: ${namesOf(of)}`, of, arrived, amount);
      trial.show(await trial.proven(evidence, to.capture, 'ipsec-crafted', framesOfShipments(of)));
    }
  };
  await show('IPsec to an instance that lets nothing in', () => false);
  const letIn = new Set<string>();
  for (const { what, rule } of kinds.filter(({ what }) => what !== 'AH around ESP')) {
    await tenant.allow(to.group, rule);
    letIn.add(what);
    if (what === 'ESP') letIn.add('AH around ESP');
    await show(`it lets in ${[...letIn].join(', ')} by rules`, (one) => letIn.has(one.what));
  }
}

const namesOf = (shipments: readonly NamedShipment[]): string => shipments.map(({ what }) => what).join(', ');

const AUTHENTICATION: ExtensionHeader = {
  kind: 'authentication',
  securityParameters: 0x5e_c7a7,
  sequence: 1,
  integrity: new Uint8Array(12).fill(7),
};

/** A security parameters index, a sequence number, and what nobody can read. */
const sealed = (): Uint8Array =>
  Uint8Array.of(0, 0, 0x5e, 0xc7, 0, 0, 0, 1, ...new Uint8Array(48).fill(0xa5));

const between = (from: Guest, to: Guest, upper: UpperLayer, extensions: readonly ExtensionHeader[]): Frame =>
  frame(from.device.mac, to.device.mac, ipv6(from.address, to.address, upper, { extensions }));

/** Two instances make a tunnel, once their groups let them. */
async function tryStrongswan(trial: Trial, tenant: Tenant, one: Guest, two: Guest): Promise<void> {
  if (!(await Strongswan.isInstalled(one.instance))) {
    trial.couldNotTry('A tunnel of strongSwan between two instances: it is not installed here.');
    return;
  }
  const [first, second] = [
    { name: 'one', outer: one.address, inner: INNER.at(1n) },
    { name: 'two', outer: two.address, inner: INNER.at(2n) },
  ];
  const secret = 'what both instances know';
  const [near] = await Promise.all([
    Strongswan.start(one.instance, first, second, secret),
    Strongswan.start(two.instance, second, first, secret),
  ]);
  const refused = await near.connect(REFUSED_SECONDS);
  trial.show({
    what: 'strongSwan: a tunnel to an instance that lets no IKE in',
    expected: 'none',
    seen: refused ? 'a tunnel' : 'none',
    ok: !refused,
    core: true,
  });
  trial.show(
    await pingFails({ what: 'strongSwan: an inner address without a tunnel' }, one.instance, second.inner),
  );
  for (const port of [IKE_PORT, ENCAPSULATION_PORT])
    await tenant.allow(two.group, { protocol: 'udp', port_range_min: port, port_range_max: port });
  const connected = await waitUntil(() => near.connect(CONNECTING_SECONDS), PATIENCE_MS);
  trial.show({
    what: 'strongSwan: a tunnel, once UDP 500 and 4500 are let in',
    expected: 'a tunnel',
    seen: connected ? 'a tunnel' : 'none',
    ok: connected === true,
    core: true,
  });
  const through = async (what: string) => {
    const source = { source: first.inner };
    trial.show(await pingPasses({ what, core: true }, one.instance, second.inner, source));
  };
  await through('strongSwan: an inner address through the tunnel');
  await near.rekey();
  await through('strongSwan: the same after new keys');
  await two.capture.settle();
  const seen = two.capture.received();
  const readable = seen.filter(({ frame: { network } }) => isInner(network));
  const encapsulated = seen.filter(({ frame: { network } }) => isEncapsulated(network));
  trial.show({
    what: 'strongSwan: what of it is on the network',
    expected: 'ESP in UDP, and nothing of the inner addresses',
    seen: `${encapsulated.length} in UDP, ${readable.length} with inner addresses`,
    ok: encapsulated.length > 0 && readable.length === 0,
    core: true,
    ...(await trial.pcap(two.capture, 'strongswan', ({ frame: { network } }) => isEncapsulated(network))),
  });
}

const isInner = (network: Frame['network']): boolean =>
  network.kind === 'ipv6' && (INNER.contains(network.source) || INNER.contains(network.destination));

const isEncapsulated = (network: Frame['network']): boolean =>
  network.kind === 'ipv6' &&
  network.upper.kind === 'udp' &&
  network.upper.datagram.destinationPort === ENCAPSULATION_PORT;
