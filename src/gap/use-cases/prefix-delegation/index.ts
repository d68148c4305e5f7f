/** Prefixes by DHCPv6 (RFC 8415 section 6.3): from a provider to routers, and from the cloud to instances. */
import { defineUseCase } from '../../kit/index.ts';
import { tryToInstances } from './to-instances.ts';
import { tryToRouters } from './to-routers.ts';

export const prefixDelegationUseCase = defineUseCase({
  id: 'prefix-delegation',
  title: 'Prefix delegation: to routers from an ISP, and to instances',
  claim: 'yes',
  missing: [],
  limits: ['One host: that another host goes on with a router’s prefix is shown where there are several.'],
  needs: ['port.delegated_prefixes'],
  async gather(trial) {
    const isHere = trial.isSextant && trial.hosts.length < 2;
    await trial.each(isHere ? [tryToInstances, tryToRouters] : [tryToInstances], (part, act) => act(part));
  },
  // Gateways of others would move with the router's.
  async gatherAlone(trial) {
    if (trial.isSextant && trial.hosts.length >= 2) await tryToRouters(trial);
  },
});
