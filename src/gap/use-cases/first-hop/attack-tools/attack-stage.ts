/** A network of its own with an attacker on it, past the guard or not, and the neighbours that it attacks. */
import { type Address, Mac, Prefix, SERVICE_LINK_LOCAL } from '../../../../addressing/index.ts';
import type { Answered } from '../../../../client/index.ts';
import { type Capture, type InstanceInterface, type LabInstance, ping } from '../../../../lab/index.ts';
import { configured, ipv6Of, type Trial } from '../../../kit/index.ts';
import { DEVICE, type Party, type Roles } from './attack-tool.ts';

export const STAGE_PREFIX = Prefix.parse('fd66::/64');
/** Of another network of the router's. */
const ELSEWHERE = Prefix.parse('fd66:0:0:e15e::/64');
/** On the link, says the victim, and no subnet. */
export const BESIDE = Prefix.parse('fd66:0:0:bad::/64');

/** Whether the guard is between the attackers and the others. */
export type Protection = 'guarded' | 'past the guard';

/** An instance on the stage. */
export interface Player extends Party {
  readonly instance: LabInstance;
  readonly device: InstanceInterface;
}

export interface Stage {
  readonly attackers: readonly Player[];
  readonly victim: Player;
  readonly bystander: Player;
  /** Pings the bystander, and is not attacked. */
  readonly witness: Player;
  readonly router: Party;
  readonly nobody: Address;
  /** Of all ports of the network, and of Sextant's services on it. */
  readonly macs: readonly Mac[];
  /** At the victim. */
  readonly capture: Capture;
  /** At an instance on the router's other network. */
  readonly captureElsewhere: Capture;
  /** Starts another instance, which has its address then. */
  boot(name: string): Promise<Player>;
}

/** The roles of a stage as one of its attackers sees them. */
export const rolesOf = ({ victim, bystander, router, nobody }: Stage, attacker: Party): Roles => ({
  attacker,
  victim,
  bystander,
  router,
  nobody,
  elsewhere: ELSEWHERE,
});

/**
 * Sets a stage. No group tracks connections there: that would drop fragments before the guard was to show what it does.
 * @param attackers how many there are
 */
export async function setStage(trial: Trial, protection: Protection, attackers: number): Promise<Stage> {
  const tenant = trial.tenant(protection === 'guarded' ? 'tools' : 'tools-unguarded');
  const network = await tenant.network('network');
  const elsewhere = await tenant.network('elsewhere');
  const router = await tenant.router('router', [
    await tenant.subnet6(network, STAGE_PREFIX.toString(), 'slaac'),
    await tenant.subnet6(elsewhere, ELSEWHERE.toString(), 'slaac'),
  ]);
  const open = await tenant.make('security_group', { name: 'open', stateful: false });
  await tenant.allow(open, {});
  const player = async (port: Answered<'port'>, booting: Promise<LabInstance>): Promise<Player> => {
    const instance = await booting;
    const device = instance.interface(DEVICE);
    await configured([device, ipv6Of(port)]);
    return { instance, device, mac: device.mac, address: ipv6Of(port) };
  };
  const guarded = async (name: string, on = network): Promise<Player> => {
    const port = await tenant.port(on, { security_groups: [open.id] });
    return player(port, trial.instance(name, port));
  };
  const unguarded = async (name: string): Promise<Player> => {
    const port = await tenant.port(network, { security_groups: [], port_security_enabled: false });
    return player(port, trial.unguardedInstance(name, port));
  };
  // A victim is protected by its own guard as well.
  const ofAttack = protection === 'guarded' ? guarded : unguarded;
  const [far, victim, bystander, witness, ...others] = await Promise.all([
    guarded('far', elsewhere),
    ofAttack('victim'),
    ...['bystander', 'witness'].map((name) => guarded(name)),
    ...Array.from({ length: attackers }, (_, index) => ofAttack(`attacker-${index + 1}`)),
  ]);
  const ports = await tenant.client.list('port', { network_id: network.id });
  const routerPort = ports.find(({ device_id }) => device_id === router.id)!;
  await victim!.instance.run('ip', '-6', 'route', 'add', BESIDE.toString(), 'dev', DEVICE);
  return {
    attackers: others,
    victim: victim!,
    bystander: bystander!,
    witness: witness!,
    router: { mac: Mac.parse(routerPort.mac_address), address: ipv6Of(routerPort) },
    nobody: BESIDE.at(1n),
    macs: [...ports.map(({ mac_address }) => Mac.parse(mac_address)), ...(await serviceMacs(witness!))],
    capture: trial.capture(victim!.device),
    captureElsewhere: trial.capture(far.device),
    boot: (name) => guarded(name),
  };
}

/** The MAC address of the services that a host has on the network, if it has any. */
async function serviceMacs({ instance }: Player): Promise<Mac[]> {
  await ping(instance, SERVICE_LINK_LOCAL, { device: DEVICE });
  return instance.neighbours().flatMap(({ address, mac }) => {
    return mac !== undefined && address.equals(SERVICE_LINK_LOCAL) ? [mac] : [];
  });
}
