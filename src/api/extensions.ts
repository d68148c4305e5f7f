/** The API extensions that clients ask for before they use a feature. */

/** What every resource has, whichever it is. */
const GENERAL: readonly Extension[] = [
  {
    alias: 'filter-validation',
    name: 'Filter parameters validation',
    description: 'Unknown filters are refused.',
  },
  {
    alias: 'network-ip-availability',
    name: 'Network IP Availability',
    description: 'How many addresses networks have to give.',
  },
  { alias: 'pagination', name: 'Pagination support', description: 'limit and marker in lists.' },
  { alias: 'project-id', name: 'project_id field enabled', description: 'project_id beside tenant_id.' },
  {
    alias: 'quota-check-limit',
    name: 'Quota engine limit check',
    description: 'check_limit: a quota is not less than what the project has.',
  },
  {
    alias: 'quota_details',
    name: 'Quota details management support',
    description: 'What projects have of their quotas.',
  },
  { alias: 'quotas', name: 'Quota management support', description: 'How much a project may have.' },
  {
    alias: 'revision-if-match',
    name: 'If-Match constraints based on revision_number',
    description: 'Conditional changes.',
  },
  { alias: 'sorting', name: 'Sorting support', description: 'sort_key and sort_dir in lists.' },
  {
    alias: 'standard-attr-description',
    name: 'standard-attr-description',
    description: 'description of resources.',
  },
  {
    alias: 'standard-attr-revisions',
    name: 'Resource revision numbers',
    description: 'revision_number of resources.',
  },
  {
    alias: 'standard-attr-tag',
    name: 'Tag support for resources with standard attribute',
    description: 'Tags.',
  },
  {
    alias: 'standard-attr-timestamp',
    name: 'Resource timestamps',
    description: 'created_at and updated_at of resources.',
  },
];

/** As Neutron shows them, by alias. */
import { definitions, type Extension } from '../resources/index.ts';
export const extensions = [
  ...GENERAL,
  ...Object.values(definitions).flatMap((definition): readonly Extension[] => definition.extensions ?? []),
]
  .sort((one, other) => (one.alias < other.alias ? -1 : 1))
  .map((extension) => ({ ...extension, updated: '2026-01-01T00:00:00-00:00', links: [] }));
