/** Prefixes by DHCPv6 (RFC 8415 section 6.3): from a provider to routers, and from the cloud to instances. */
import { defineUseCase } from '../../kit/index.ts';
import { tryToInstances } from './to-instances.ts';
import { tryToRouters } from './to-routers.ts';

export const prefixDelegationUseCase = defineUseCase({
  id: 'prefix-delegation',
  title: 'Prefix delegation: to routers from an ISP, and to instances',
  claim: 'yes',
  missing: [],
  limits: ['That another host goes on with a router’s prefix when the first one dies.'],
  needs: ['port.delegated_prefixes'],
  async gather(trial) {
    await tryToInstances(trial);
    if (trial.isSextant) await tryToRouters(trial);
  },
});
