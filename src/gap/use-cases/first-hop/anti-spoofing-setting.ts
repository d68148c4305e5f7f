/** Who takes part in the use case about spoofing. */
import { Mac, Prefix } from '../../../addressing/index.ts';
import { type Answered, NeutronApiError } from '../../../client/index.ts';
import type { Capture } from '../../../lab/index.ts';
import { type Carrier, isCircumstance, type Tenant, type Trial } from '../../kit/index.ts';
import type { SenderClaim, Station } from './spoofed-frames.ts';
import { type GuestStation, guestOf, routerStation, whereOf } from './stations.ts';

export const ANTI_SPOOFING_PREFIX = Prefix.parse('fd15::/64');
/** Further addresses that a port may use, and others that it may not. */
export const PAIR = {
  address: ANTI_SPOOFING_PREFIX.at(0x100n),
  notIt: ANTI_SPOOFING_PREFIX.at(0x101n),
  prefix: Prefix.parse('fd15::a:0/112'),
  inPrefix: ANTI_SPOOFING_PREFIX.at(0xa_0007n),
  notInPrefix: ANTI_SPOOFING_PREFIX.at(0xb_0007n),
  ofMac: ANTI_SPOOFING_PREFIX.at(0x200n),
  mac: Mac.parse('02:00:00:00:15:02'),
} as const;
/** What makes a port one without port security. */
const UNCHECKED = { security_groups: [], port_security_enabled: false };
export const TOKEN = ANTI_SPOOFING_PREFIX.at(0x1515n);

export interface AntiSpoofingSetting {
  readonly where: string;
  readonly tenant: Tenant;
  readonly network: Answered<'network'>;
  readonly router: Pick<Station, 'mac' | 'address'>;
  readonly victim: GuestStation;
  readonly bystander: GuestStation;
  /** These three: under the policy `strict`. */
  readonly attacker: GuestStation;
  /** Its port has allowed address pairs. */
  readonly paired: GuestStation;
  /** Its port has an address that takes a token; undefined where ports cannot have such. */
  readonly tokenised: GuestStation | undefined;
  /** These two: under the policy that networks have unless told otherwise, which is `prefix`. */
  readonly free: GuestStation;
  readonly rival: GuestStation;
  /** The ports of these two have no port security. */
  readonly unguarded: GuestStation;
  readonly exposed: GuestStation;
  /** At the victim. */
  readonly capture: Capture;
  /** At the one without port security. */
  readonly captureExposed: Capture;
}

/** Makes them. */
export async function start(trial: Trial, carrier: Carrier): Promise<AntiSpoofingSetting> {
  const tenant = trial.tenant(carrier);
  const network = await tenant.network('network', carrier);
  const subnet = await tenant.subnet6(network, ANTI_SPOOFING_PREFIX.toString(), 'slaac');
  const subnet4 = await tenant.subnet4(network, '10.15.0.0/24');
  const router = await tenant.router('router', [subnet]);
  const boot = (name: string, port: Answered<'port'>, token?: string): Promise<GuestStation> => {
    const booting = trial.bareInstance(name, port).then(async (instance) => {
      if (token !== undefined) await instance.run('ip', 'token', 'set', token, 'dev', 'eth0');
      instance.interface('eth0').up();
      return instance;
    });
    return guestOf(port, booting);
  };
  const port = (wish: Parameters<Tenant['port']>[1] = {}) => tenant.port(network, wish);
  const strict = (wish: Parameters<Tenant['port']>[1] = {}) => port({ ...wish, address_policy: 'strict' });
  const tokenPort = await strict({
    fixed_ips: [{ ip_address: TOKEN.toString() }, { subnet_id: subnet4.id }],
  }).catch((error: unknown) => {
    if (trial.isSextant || !(error instanceof NeutronApiError) || isCircumstance(error)) throw error;
    trial.leaveOut('an address with a token: ports get no chosen address on a SLAAC subnet there.');
    return undefined;
  });
  const pairs = [
    { ip_address: PAIR.address.toString() },
    { ip_address: PAIR.prefix.toString() },
    { ip_address: PAIR.ofMac.toString(), mac_address: PAIR.mac.toString() },
  ];
  const ports = {
    victim: await port(),
    bystander: await port(),
    attacker: await strict(),
    paired: await strict({ allowed_address_pairs: pairs }),
    free: await port(),
    rival: await port(),
    unguarded: await port(UNCHECKED),
    exposed: await port(UNCHECKED),
  };
  const [tokenised, victim, bystander, attacker, paired, free, rival, unguarded, exposed] = await Promise.all(
    [
      tokenPort && boot('tokenised', tokenPort, '::1515'),
      boot('victim', ports.victim),
      boot('bystander', ports.bystander),
      boot('attacker', ports.attacker),
      boot('paired', ports.paired),
      boot('free', ports.free),
      boot('rival', ports.rival),
      boot('unguarded', ports.unguarded),
      boot('exposed', ports.exposed),
    ],
  );
  return {
    where: whereOf(carrier),
    tenant,
    network,
    router: await routerStation(tenant, router),
    victim,
    bystander,
    attacker,
    paired,
    tokenised,
    free,
    rival,
    unguarded,
    exposed,
    capture: trial.capture(victim.device),
    captureExposed: trial.capture(exposed.device),
  };
}

/** Claims on their way from a host to the victim. */
export const ship = (
  from: GuestStation,
  claims: readonly SenderClaim[],
  { capture }: Pick<AntiSpoofingSetting, 'capture'>,
) => claims.map((claim) => ({ ...claim, from: from.device, to: capture }));
