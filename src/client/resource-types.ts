/** What the API's resources look like from outside, by name; from the definitions. */

import type {
  Definition,
  definitions,
  ResourceName,
  ResourceOf,
  SecurityGroup,
  UpdateOf,
} from '../resources/index.ts';

export type { ResourceName };

type Definitions = typeof definitions;

/** Resources whose answers say more than their definitions' types do. */
interface Told {
  security_group: SecurityGroup;
}

/** A resource as the API answers it. */
export type Answered<N extends ResourceName> = N extends keyof Told ? Told[N] : ResourceOf<Definitions[N]>;

type ValueOf<X> = X extends { type: { parse(...input: never[]): infer T } } ? T : never;
type KeysWith<A, Condition> = { [K in keyof A]: A[K] extends Condition ? K : never }[keyof A];

type CreateOfAttributes<A> = { [K in KeysWith<A, { create: string; required: true }>]: ValueOf<A[K]> } & {
  [K in Exclude<KeysWith<A, { create: string }>, KeysWith<A, { required: true }>>]?: ValueOf<A[K]>;
};

/** A resource to be made: what is required must be there, what has a default may be left out. */
export type Create<N extends ResourceName> =
  Definitions[N] extends Definition<infer A> ? CreateOfAttributes<A> : never;

/** Changes to a resource. */
export type Update<N extends ResourceName> = UpdateOf<Definitions[N]>;

/** What attaching to a router and detaching from it answer. */
export interface RouterInterface {
  /** The router. */
  id: string;
  port_id: string;
  network_id: string;
  /** The subnet that was meant; of several, the last. */
  subnet_id: string;
  subnet_ids: string[];
}
