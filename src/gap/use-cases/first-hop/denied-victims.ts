/** Denial of made up addresses as evidence: victims behind the guard, starting and running, and others past it. */
import type { Answered } from '../../../client/index.ts';
import type { InstanceInterface } from '../../../lab/index.ts';
import type { Tenant, Trial } from '../../kit/index.ts';
import {
  DENIALS,
  type Denial,
  type Denied,
  Denier,
  keepsAddresses,
  losesAddresses,
  makeUpAddresses,
  renew,
} from './address-denial.ts';

/** Where the victims are to be, and who attacks them. */
export interface DenialSetting {
  readonly where: string;
  readonly tenant: Tenant;
  readonly network: Answered<'network'>;
  /** A security group without state, as connection tracking would drop fragments of others too. */
  readonly group: string;
  readonly attacker: { readonly device: InstanceInterface };
  /** Past the guard, without port security. */
  readonly unguarded: { readonly device: InstanceInterface };
}

/** Each way of denying has a victim of its own, and all are tried at the same time. */
export async function tryDenials(trial: Trial, setting: DenialSetting): Promise<void> {
  const { where, tenant, network, group, attacker, unguarded } = setting;
  const boot = async (denial: Denial, isProtected: boolean): Promise<Denied> => {
    const port = await tenant.port(
      network,
      isProtected ? { security_groups: [group] } : { security_groups: [], port_security_enabled: false },
    );
    const instance = await (isProtected
      ? trial.bareInstance('private', port)
      : trial.bareUnguardedInstance('private', port));
    const device = instance.interface('eth0');
    makeUpAddresses(device);
    return { instance, device, denial };
  };
  const guarded = await Promise.all(DENIALS.map((denial) => boot(denial, true)));
  const denied = async <T>(victim: Denied, by: InstanceInterface, act: (denier: Denier) => Promise<T>) => {
    const denier = new Denier(trial.capture(victim.device), by, victim.denial);
    try {
      return await act(denier);
    } finally {
      denier.stop();
    }
  };
  const starting = guarded.map((victim) =>
    denied(victim, attacker.device, async (denier) => {
      victim.device.up();
      return keepsAddresses(`${where}: an instance starts, with addresses that it makes up`, victim, denier);
    }),
  );
  for (const evidence of await Promise.all(starting)) trial.show(evidence);
  const running = guarded.map((victim) =>
    denied(victim, attacker.device, async (denier) => {
      await renew(victim);
      return keepsAddresses(`${where}: while it runs, it makes a new temporary one up`, victim, denier);
    }),
  );
  for (const evidence of await Promise.all(running)) trial.show(evidence);

  const exposed = await Promise.all(DENIALS.map((denial) => boot(denial, false)));
  const controls = exposed.map((victim) =>
    denied(victim, unguarded.device, async (denier) => {
      victim.device.up();
      return losesAddresses(`${where}: the same past the guard, victim and attacker`, victim, denier);
    }),
  );
  for (const evidence of await Promise.all(controls)) trial.show(evidence);
}
