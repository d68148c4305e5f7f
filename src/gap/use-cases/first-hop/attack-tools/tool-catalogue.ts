/**
 * The programs of thc-ipv6 and SI6's ipv6toolkit that are run from an instance against its neighbours. The use cases,
 * their tests and the page on attacks are made from these lists.
 */
import type { AttackTool } from './attack-tool.ts';
import { neighbourTools } from './neighbour-tools.ts';
import { routerTools } from './router-tools.ts';
import { serverTools } from './server-tools.ts';

/** All programs, by the use case that runs them. */
export const toolsByUseCase = {
  'rogue-ra': routerTools,
  'nd-spoofing': [...neighbourTools, ...serverTools],
} as const satisfies Readonly<Record<string, readonly AttackTool[]>>;
