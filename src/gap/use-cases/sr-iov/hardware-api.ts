/** What the API says of ports of hardware: how they are plugged in, and where they cannot be. */
import { apiRefuses, type Trial } from '../../kit/index.ts';

/** Types of hardware, and what ML2 has them plugged in by. */
const TYPES = ['direct', 'macvtap', 'direct-physical', 'baremetal'] as const;

export async function tryHardwareApi(trial: Trial): Promise<void> {
  const tenant = trial.tenant('api');
  const vlan = await tenant.network('vlan', 'vlan');
  const shown = await trial.showAsAdmin('network', vlan.id);
  const port = await tenant.port(vlan, { 'binding:vnic_type': 'direct' });
  const { 'binding:vif_details': details } = await trial.showAsAdmin('port', port.id);
  const seen = [details?.vlan, details?.port_filter].join(', ');
  if (trial.isSextant) {
    const expected = `${shown['provider:segmentation_id']}, false`;
    trial.show({
      what: 'binding:vif_details of a direct port: its VLAN, and whether security groups filter',
      expected,
      seen,
      ok: seen === expected,
      core: true,
    });
    trial.show({
      what: 'status_reason of a direct port with security groups',
      expected: 'a word that they do not filter',
      seen: port.status_reason ?? 'nothing',
      ok: /no security group filters/.test(port.status_reason ?? ''),
    });
    const overlay = await tenant.network('overlay');
    for (const type of TYPES) {
      const what = `a ${type} port on a network of tunnels`;
      trial.show(await apiRefuses({ what }, () => tenant.port(overlay, { 'binding:vnic_type': type }), 400));
    }
  }
}
