/** A subport of a trunk: what its instance must not pretend to be there, by frames with the subport's VLAN. */
import { Mac } from '../../../addressing/index.ts';
import { waitUntil } from '../../../lab/index.ts';
import { type Frame, frame, ipv6, udp, vlanTags } from '../../../packets/index.ts';
import {
  arrivalEvidence,
  arrivals,
  type Carrier,
  fileOf,
  framesOfShipments,
  ipv4Of,
  ipv6Of,
  type Trial,
} from '../../kit/index.ts';
import type { AntiSpoofingSetting } from './anti-spoofing-setting.ts';
import { datagram, falseClaims, type SenderClaim, type Station, trueClaims } from './spoofed-frames.ts';

const PORT = 7115;
const VLAN = 15;
const OTHER_VLAN = 16;
const WIRED_MS = 20_000;
const ARRIVAL_MS = 5_000;
/** A port without port security. */
const UNCHECKED = { security_groups: [], port_security_enabled: false };

/** An instance on another network, whose port is that of a trunk with a subport among the stations. */
export async function trySubport(
  trial: Trial,
  setting: AntiSpoofingSetting,
  carrier: Carrier,
): Promise<void> {
  const { where, tenant, network, victim, bystander, router, capture, exposed, captureExposed } = setting;
  const outer = await tenant.network('outer', carrier);
  const parent = await tenant.port(outer);
  const port = await tenant.port(network, { address_policy: 'strict' });
  const subport = { port_id: port.id, segmentation_type: 'vlan', segmentation_id: VLAN } as const;
  const trunk = await tenant.make('trunk', { name: 'trunk', port_id: parent.id, sub_ports: [subport] });
  const instance = await trial.instance('trunk', parent);
  const device = instance.interface('eth0');
  const heard = trial.capture(device);
  const station: Station = {
    mac: Mac.parse(port.mac_address),
    address: ipv6Of(port),
    address4: ipv4Of(port),
  };
  const statusOf = async () => (await tenant.client.show('trunk', trunk.id)).status;
  await waitUntil(async () => (await statusOf()) === 'ACTIVE', WIRED_MS);
  const status = await statusOf();
  trial.show({ what: `${where}: a trunk`, expected: 'ACTIVE', seen: status, ok: status === 'ACTIVE' });

  /** Sends with a tag around what is to arrive. */
  const ship = (claims: readonly SenderClaim[], to: typeof capture, vlan: number | null = null) => {
    const send = (frame: Frame) => device.send({ ...frame, vlans: [...vlanTags(vlan), ...frame.vlans] });
    return claims.map((claim) => ({ ...claim, from: { send }, to }));
  };
  /** They look alike when they arrive, but for the port that they are for. */
  const numbered = (number: number): SenderClaim[] => {
    const packet = ipv6(station.address, victim.address, udp(PORT, PORT + number, new Uint8Array(8)));
    return [{ what: `a datagram for port ${PORT + number}`, frame: frame(station.mac, victim.mac, packet) }];
  };
  const within = (claim: SenderClaim): SenderClaim => ({
    ...claim,
    frame: { ...claim.frame, vlans: vlanTags(OTHER_VLAN) },
  });
  const groups = [
    ...Object.entries(falseClaims(station, victim, bystander, router)).map(
      ([kind, claims]) => [kind, ship(claims, capture, VLAN)] as const,
    ),
    ['its own, with a VLAN that no subport has', ship(numbered(1), capture, OTHER_VLAN)] as const,
    ['its own, with two tags', ship(numbered(2).map(within), capture, VLAN)] as const,
    ['its own, without a tag', ship(numbered(3), capture)] as const,
  ];
  const right = ship([...trueClaims(station, victim), ...numbered(0)], capture, VLAN);
  const arrived = await arrivals(
    right,
    groups.flatMap(([, claims]) => claims),
  );
  const from = `${where}: from a subport of a trunk:`;
  trial.show(arrivalEvidence(`${from} frames with its own addresses`, right, arrived, 'all'));
  for (const [kind, claims] of groups) {
    const evidence = arrivalEvidence(`${from} ${kind}`, claims, arrived, 'none');
    trial.show(await trial.proven(evidence, capture, fileOf(evidence), framesOfShipments(claims)));
  }
  const back = { what: 'a datagram', frame: datagram(victim.mac, victim.address, station) };
  victim.device.send(back.frame);
  const came = await heard.waitFor(
    ({ source, vlans }) => source.equals(victim.mac) && vlans.length > 0,
    ARRIVAL_MS,
  );
  const tags = came?.frame.vlans.map(({ id }) => id).join(', ');
  trial.show({
    what: `${where}: to a subport of a trunk`,
    expected: `with VLAN ${VLAN}`,
    seen: tags === undefined ? 'nothing' : `with VLAN ${tags}`,
    ok: tags === `${VLAN}`,
    core: true,
  });

  // The control: nothing but the subport's own port security keeps them back.
  await tenant.client.update('port', port.id, UNCHECKED);
  const claims = Object.values(falseClaims(station, exposed, bystander, router)).flat();
  const open = ship(claims, captureExposed, VLAN);
  trial.show(
    arrivalEvidence(`${from} all of these, without port security`, open, await arrivals(open, []), 'all'),
  );
}
