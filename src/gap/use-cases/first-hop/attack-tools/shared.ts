/** What the lists of programs share. */
import { linkLocalAddress } from '../../../../addressing/index.ts';
import type { Roles } from './attack-tool.ts';

/** What the rogue router wants to be used as prefix on the link, and as DNS server. */
export const ROGUE = { prefix: '2001:db8:bad::/64', dns: '2001:db8:bad::53' } as const;

/** What stops a program: for the page on attacks. */
export const STOPPED = {
  guard: 'guard',
  both: 'guard, port security',
  limit: 'guard: a limit for each port',
  passes: 'nothing: they pass, and do no harm',
} as const;

/** The router's link-local address. */
export const routerOf = ({ router }: Roles) => linkLocalAddress(router.mac);
