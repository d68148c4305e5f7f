/**
 * Every error that a request can end with, in one place: thrown as `throw errors.network.inUse({ id, ports })`.
 * Neutron's types and status codes, so that its clients recognise them; messages that name the attribute, the value
 * and the way out. OpenAPI's responses and docs/reference/errors.md are made from here. To add one, add its entry to
 * the file of its group.
 */
import { addressGroup } from './address-group.ts';
import { anycastAddress } from './anycast-address.ts';
import { attribute } from './attribute.ts';
import type { ErrorEntry, Operation } from './entry.ts';
import { fixedIps } from './fixed-ips.ts';
import { http } from './http.ts';
import { instance } from './instance.ts';
import { list } from './list.ts';
import { log } from './log.ts';
import { network } from './network.ts';
import { notFound } from './not-found.ts';
import { port } from './port.ts';
import { request } from './request.ts';
import { router } from './router.ts';
import { securityGroup, securityGroupRule } from './security-group.ts';
import { subnet } from './subnet.ts';

export {
  type ActionName,
  type ErrorEntry,
  type Operation,
  parametersIn,
  RequestError,
  type ResourceName,
  type Verb,
} from './entry.ts';

export const errors = {
  http,
  request,
  list,
  attribute,
  notFound,
  network,
  subnet,
  port,
  fixedIps,
  router,
  securityGroup,
  securityGroupRule,
  addressGroup,
  anycastAddress,
  instance,
  log,
} as const;

export type ErrorGroup = keyof typeof errors;

/** The entries of a group, by their names. */
export const entriesOf = (group: ErrorGroup): [name: string, entry: ErrorEntry][] =>
  Object.entries<{ readonly entry: ErrorEntry }>(errors[group]).map(([name, { entry }]) => [name, entry]);

/** All entries, in the catalogue's order. */
export const allEntries: readonly ErrorEntry[] = (Object.keys(errors) as ErrorGroup[]).flatMap((group) =>
  entriesOf(group).map(([, entry]) => entry),
);

/**
 * The errors that may end an operation.
 * @param names of the operation: its own, and the verb that it shares with others
 */
export const errorsOf = (...names: readonly Operation[]): ErrorEntry[] =>
  allEntries.filter(({ operations }) => operations.some((operation) => names.includes(operation)));
