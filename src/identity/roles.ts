/** What roles imply. Pure. */

/** The roles that the network API knows, each with what it implies; they are made with the store. */
export const IMPLIED_ROLES: Readonly<Record<string, readonly string[]>> = {
  admin: ['manager'],
  manager: ['member'],
  member: ['reader'],
  reader: [],
};

export interface RoleItem {
  readonly id: string;
  readonly name: string;
}

/**
 * Roles and those that they imply.
 * @param all every role there is
 */
export function withImplied(direct: readonly RoleItem[], all: readonly RoleItem[]): RoleItem[] {
  const byName = new Map(all.map((role) => [role.name, role]));
  const found = new Map<string, RoleItem>();
  const add = (role: RoleItem): void => {
    if (found.has(role.id)) return;
    found.set(role.id, role);
    const implied = Object.hasOwn(IMPLIED_ROLES, role.name) ? IMPLIED_ROLES[role.name] : undefined;
    for (const name of implied ?? []) {
      const further = byName.get(name);
      if (further) add(further);
    }
  };
  for (const role of direct) add(role);
  return [...found.values()];
}
