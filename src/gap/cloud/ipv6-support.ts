/** Whether a cloud makes IPv6 subnets at all. */
import { type Create, NeutronApiError, type NeutronClient } from '../../client/index.ts';
import { isCircumstance } from '../kit/index.ts';
import type { Survey } from './survey.ts';

const CIDRS = { 6: 'fd00:5e7::/64', 4: '192.0.2.0/24' } as const;

/**
 * Makes a network and tries a subnet of each family there; all of it is removed.
 * @returns what the API says to an IPv6 subnet where it makes an IPv4 one; undefined when it makes the first, and when
 * it makes neither, which says nothing of IPv6
 */
export async function refusalOfIpv6(
  client: NeutronClient,
  { capabilities }: Pick<Survey, 'capabilities'>,
  name: string,
  projectId: string,
): Promise<string | undefined> {
  const network = await client.create('network', capabilities.fit('network', { name }, projectId));
  const refusal = async (version: 4 | 6): Promise<NeutronApiError | undefined> => {
    const wish: Create<'subnet'> = {
      network_id: network.id,
      name,
      ip_version: version,
      cidr: CIDRS[version],
    };
    try {
      await client.create('subnet', capabilities.fit('subnet', wish, projectId));
      return undefined;
    } catch (error) {
      if (error instanceof NeutronApiError) return error;
      throw error;
    }
  };
  try {
    const refused = await refusal(6);
    if (refused === undefined || isCircumstance(refused)) return undefined;
    if ((await refusal(4)) !== undefined) return undefined;
    return `status ${refused.status} ${refused.type}: ${refused.message} An IPv4 subnet is made.`;
  } finally {
    await client.delete('network', network.id);
  }
}
