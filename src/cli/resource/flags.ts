/** All flags of a resource's command. */
import type { Attribute, Definition, ResourceName } from '../../resources/index.ts';
import { createFlags, filterFlags, setFlags, unsetFlags } from './attribute-flags.ts';
import type { Flag } from './flag.ts';
import { type FlagVerb, specialFlags } from './special-flags.ts';
import { tagFlags } from './tags.ts';

const flagsOfAttribute: Readonly<Record<FlagVerb, (name: string, attribute: Attribute) => Flag[]>> = {
  create: createFlags,
  set: setFlags,
  unset: unsetFlags,
  list: filterFlags,
};

/** What stands before the flags instead of among them: `network create NAME`, `security group rule create GROUP`. */
const POSITIONAL = ['name', 'security_group_id', 'floating_network_id', 'object_id'] as const;

export function positionalAttribute(definition: Definition): (typeof POSITIONAL)[number] | undefined {
  return POSITIONAL.find((name) => name in definition.attributes);
}

/** The flags of a command, in the definition's order, special ones last. */
export function flagsOf(resource: ResourceName, definition: Definition, verb: FlagVerb): Flag[] {
  const special = specialFlags(resource, verb);
  const positional = verb === 'create' || verb === 'list' ? positionalAttribute(definition) : undefined;
  const hidden = new Set<string>([
    ...special.replaces,
    'tenant_id', // Another name of project_id, for old clients.
    'tags', // They have flags of their own.
    ...(positional !== undefined && (verb === 'create' || positional === 'security_group_id')
      ? [positional]
      : []),
  ]);
  const flags = Object.entries(definition.attributes)
    .filter(([name]) => !hidden.has(name))
    .flatMap(([name, attribute]) => flagsOfAttribute[verb](name, attribute));
  const tags = 'tags' in definition.attributes ? tagFlags[verb] : [];
  return [...flags, ...special.flags, ...tags];
}
