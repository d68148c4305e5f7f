/** Programs made for attacks, as data: what each one does, and how it is seen to be harmless or not. */
import { type Address, linkLocalAddress, type Mac, type Prefix } from '../../../../addressing/index.ts';

/** What somebody on the network has of its own. */
export interface Party {
  readonly mac: Mac;
  readonly address: Address;
}

/** Whom a program is to attack, and whom it is to pretend to be. */
export interface Roles {
  readonly attacker: Party;
  readonly victim: Party;
  readonly bystander: Party;
  readonly router: Party;
  /** An address on the link that nobody has, and that no prefix of a port covers. */
  readonly nobody: Address;
  /** The prefix of another network, behind the router. */
  readonly elsewhere: Prefix;
}

/**
 * What is wrong with what a program sends:
 * - `imposture`: nothing that it says is true, and none of it must arrive.
 * - `discovery-excess`, `dhcp-excess`: any instance may say it, but not so often.
 * - `resolution-excess`: it makes the router look for neighbours that are not there, past the guard as well.
 * - `malice`: it is meant for flaws in who reads it; it may arrive, and does no harm.
 */
export type Wrong = 'imposture' | 'discovery-excess' | 'dhcp-excess' | 'resolution-excess' | 'malice';

/** What makes a program act that waits for something to answer. */
export type Provocation =
  /** The victim looks for an address that nobody has. */
  | 'resolution'
  /** The victim asks for an address by DHCPv6. */
  | 'dhcpv6'
  /** The victim starts anew, and looks whether anybody has its addresses. */
  | 'restart';

/** A run of a program. */
export interface AttackTool {
  /** The program and what tells this run from its others: `fake_router26 -E D`. */
  readonly name: string;
  readonly command: (roles: Roles) => readonly (string | number | Address | Mac)[];
  /** What it does, in a few words. */
  readonly attack: string;
  /** Where the rule is that it breaks; empty when there is none. */
  readonly rfc: string;
  readonly wrong: Wrong;
  readonly provoked?: Provocation;
  /** It sends as fast as it can. */
  readonly floods?: true;
  /** What stops it, for the page on attacks. */
  readonly stoppedBy: string;
}

/** The device of an instance that programs send from. */
export const DEVICE = 'eth0';

/** The Debian packages that the programs are of. */
export const PACKAGES = 'thc-ipv6 and ipv6toolkit';

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
export const routerOf = ({ router }: Roles): Address => linkLocalAddress(router.mac);
