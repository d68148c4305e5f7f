/**
 * What a resource is: its attributes, who may set and see them, how they are filtered, and a line of
 * documentation each. Request validation, responses, filters, OpenAPI, the command line, the console and the
 * TypeScript types all come from here; adding an attribute is one place.
 */

import type { ResourceName } from '../../errors/index.ts';
import type { AttributeType, StoredAs } from './attribute-types.ts';

/** Who may do a thing with an attribute: any member of the owning project, or administrators alone. */
export type Who = 'member' | 'admin';

/** One attribute of a resource. */
export interface Attribute<T = unknown> {
  readonly type: AttributeType<T>;
  /** One line for OpenAPI, help texts and the console. */
  readonly doc: string;
  /** Who may give it in POST; nobody when left out. */
  readonly create?: Who;
  /** Who may give it in PUT; nobody when left out. */
  readonly update?: Who;
  /** Must be given in POST. */
  readonly required?: true;
  /** What POST takes when it is not given. Without one, the resource's operation decides. */
  readonly default?: T;
  /** What null means in POST and PUT, as Neutron converts it; where left out, the type decides about null. */
  readonly nullMeans?: T;
  /** Who sees it; members when left out. */
  readonly see?: Who;
  /** Answers do not have it: it says how the resource is to be made. */
  readonly hidden?: true;
  /** Answers leave it out where it is null: clients look whether it is there. */
  readonly omitNull?: true;
  /** Its own column in the resource's table (`columnOf`); otherwise the resource's loader supplies it. */
  readonly stored?: false;
  /** May not be used in `?attribute=value`. Lists and objects cannot either, unless the resource has a filter. */
  readonly filter?: false;
  /**
   * Changes of it are logged with who made them: it loosens what protects others. A new resource is compared with the
   * default, or with what is usual when that depends on others.
   */
  readonly audited?: true | { readonly usual: T };
  /**
   * What depends on the resource is found by it: its values before and after a change stand in the journal (`Change`
   * in the store).
   */
  readonly link?: true;
  /** For the command line and the console: it names another resource, by id in the API, by name or id there. */
  readonly reference?: string;
  /** For lists that PUT does not take: the actions that add items, and that take them off. */
  readonly actions?: { readonly add: string; readonly remove: string };
  /** The name of the command line's flag, without dashes, where it is not the attribute's name with dashes. */
  readonly flag?: string;
  /**
   * Flags without a value, as the `openstack` command has them. For booleans: the one that sets it true, the one
   * that sets it false. For one of several words: each flag is the word that it sets.
   */
  readonly flags?: readonly string[];
  /**
   * For objects and lists of them: what a member is called on the command line, where that is not its name with
   * hyphens, and the resource that it names, by id in the API, by name or id there.
   */
  readonly members?: Readonly<Record<string, { readonly key: string; readonly reference?: string }>>;
  /** Column title in the command line's and the console's tables, where it is not the name in title case. */
  readonly title?: string;
}

export type Attributes = Record<string, Attribute>;

/** An extension of Neutron's API: clients ask whether it is there before they use what it brings. */
export interface Extension {
  readonly alias: string;
  readonly name: string;
  readonly description: string;
}

/** A resource that a project may have so many of (Neutron's quotas). */
export interface QuotaOfKind {
  /** How many, unless an administrator says otherwise: as Neutron has it. */
  readonly usual: number;
  /** What is made along with it, and counted for itself. */
  readonly bringing?: ResourceName;
}

/** A resource: `network`, `networks`, ... */
export interface Definition<
  A extends Attributes = Attributes,
  C extends string = string,
  B extends string = string,
> {
  /** The key of a single resource in requests and answers: `security_group_rule`. */
  readonly name: ResourceName;
  /** The key of a list of them, and the table that holds them: `security_group_rules`. */
  readonly collection: C;
  /** The path below `/v2.0/`: `security-group-rules`. */
  readonly path: string;
  /** The resource in words, as messages and `openstack` commands have it: `Security group rule`. */
  readonly title: string;
  /** The words of its commands, where they are not those of the name. */
  readonly command?: string;
  /** The attribute by which people know it, where that is not its name. */
  readonly nameAttribute?: string;
  /** A paragraph for OpenAPI and help texts. */
  readonly doc: string;
  /** The extensions of Neutron's API that the resource, or attributes of it, are. */
  readonly extensions?: readonly Extension[];
  readonly attributes: A;
  /** Left out: a project may have any number. */
  readonly counted?: QuotaOfKind;
  /** What belongs to it and is no attribute, by the names that the journal has for changes of it. */
  readonly belongings?: readonly B[];
  /** The attributes of `list` on the command line and in the console, in order. */
  readonly columns: readonly string[];
  /** The same for `list --long`, in full. */
  readonly longColumns: readonly string[];
}

/** What has attributes: a resource of the network API, or one of another API. */
export type Attributed = Pick<Definition, 'attributes'>;

/** Checks the shape and keeps the literal types. */
export const define = <const A extends Attributes, const C extends string, const B extends string = never>(
  definition: Definition<A, C, B> & {
    columns: readonly (keyof A & string)[];
    longColumns: readonly (keyof A & string)[];
  },
): Definition<A, C, B> => definition;

type ValueOf<X> = X extends { type: AttributeType<infer T> } ? T : never;
type KeysWith<A, Condition> = { [K in keyof A]: A[K] extends Condition ? K : never }[keyof A];
type Simplify<T> = { [K in keyof T]: T[K] };
type AttributesOf<D> = D extends { readonly attributes: infer A } ? A : never;

/** A resource as its operations and loaders handle it: every attribute. */
export type ResourceOf<D> = D extends { readonly attributes: infer A extends Attributes }
  ? Simplify<{ -readonly [K in Exclude<keyof A, KeysWith<A, { hidden: true }>>]: ValueOf<A[K]> }>
  : never;

/** A validated POST: required attributes and those with defaults are there, others may be. */
export type CreateOf<D> = D extends { readonly attributes: infer A extends Attributes }
  ? Simplify<
      {
        [K in KeysWith<A, { create: Who } & ({ required: true } | { default: unknown })>]: ValueOf<A[K]>;
      } & {
        [K in Exclude<KeysWith<A, { create: Who }>, KeysWith<A, { required: true } | { default: unknown }>>]?:
          | ValueOf<A[K]>
          | undefined;
      }
    >
  : never;

/** What a POST has of attributes that were not given. */
export type DefaultsOf<D> = D extends { readonly attributes: infer A extends Attributes }
  ? { [K in KeysWith<A, { default: unknown }>]: ValueOf<A[K]> }
  : never;

/** A validated PUT. */
export type UpdateOf<D> = D extends { readonly attributes: infer A extends Attributes }
  ? Simplify<{ [K in KeysWith<A, { update: Who }>]?: ValueOf<A[K]> | undefined }>
  : never;

/** 0 or 1: how the store keeps a boolean. */
export type StoredBoolean = 0 | 1;
/** JSON text: how the store keeps lists and objects. */
export type JsonText = string;

type StoredKeys<A> = Exclude<keyof A, KeysWith<A, { stored: false }>> & string;
type ColumnName<K extends string> = K extends `${infer Prefix}:${infer Rest}` ? `${Prefix}_${Rest}` : K;
type StoredType<X> = X extends { type: AttributeType<infer T, infer S extends StoredAs> }
  ? { plain: T; boolean: StoredBoolean; json: JsonText }[S]
  : never;

/** The attributes that stand in the resource's own table. */
export type StoredOf<D> = Simplify<Pick<ResourceOf<D>, StoredKeys<AttributesOf<D>> & keyof ResourceOf<D>>>;

/** A row of the resource's table: a column for each stored attribute. */
export type RowOf<D> = {
  [K in StoredKeys<AttributesOf<D>> as ColumnName<K>]: StoredType<AttributesOf<D>[K]>;
};

/** The attributes by which what depends on the resource is found. */
export type LinkOf<D> = KeysWith<AttributesOf<D>, { link: true }> & string;

/** What the journal may say to have changed: an attribute, or what belongs to the resource beside them. */
export type AspectOf<D> = D extends Definition<infer A, string, infer B> ? (keyof A & string) | B : never;

/** Whether requests make such resources. */
export const isCreatable = ({ attributes }: Definition): boolean =>
  Object.values(attributes).some(({ create }) => create !== undefined);

/** The name of the column that holds an attribute: `provider:network_type` is `provider_network_type`. */
export const columnOf = (attribute: string): string => attribute.replace(':', '_');

/** The attributes that stand in the resource's own table. */
export const storedAttributes = (definition: Attributed): [name: string, attribute: Attribute][] =>
  Object.entries(definition.attributes).filter(([, attribute]) => attribute.stored !== false);

export const defaultsOf = <D extends Definition>({ attributes }: D): DefaultsOf<D> =>
  Object.fromEntries(
    Object.entries(attributes).flatMap(([name, attribute]) =>
      attribute.default === undefined ? [] : [[name, attribute.default]],
    ),
  ) as DefaultsOf<D>;

const linksByDefinition = new WeakMap<Definition, readonly string[]>();

/** The names of the attributes with `link`. */
export function linkAttributes(definition: Definition): readonly string[] {
  let names = linksByDefinition.get(definition);
  if (names === undefined) {
    names = Object.entries(definition.attributes).flatMap(([name, { link }]) => (link ? [name] : []));
    linksByDefinition.set(definition, names);
  }
  return names;
}
