/** The attributes that every resource has (Neutron's "standard attributes"). */
import { integer, nullable, text, uuid } from './attribute-types.ts';
import type { Attributes } from './definition.ts';
import { tagList } from './tags.ts';

const timestamp = text(32);

export const identity = {
  id: { type: uuid, doc: 'The id.', title: 'ID' },
  name: {
    type: text(255),
    doc: 'A name; need not be unique.',
    create: 'member',
    update: 'member',
    default: '',
  },
} as const satisfies Attributes;

export const ownership = {
  project_id: {
    type: text(255),
    doc: 'The project that owns it. Administrators may create for other projects.',
    create: 'admin',
    reference: 'project',
    flag: 'project',
    title: 'Project',
  },
  tenant_id: {
    type: text(255),
    doc: 'The same as project_id, for old clients.',
    create: 'admin',
    stored: false,
    filter: false,
  },
} as const satisfies Attributes;

/** Beside a status: it is loaded for the rows that need it alone. */
export const statusReason = {
  status_reason: {
    type: nullable(text(1000)),
    doc: 'What is wrong with it, when its status is ERROR.',
    stored: false,
    filter: false,
  },
} as const satisfies Attributes;

export const bookkeeping = {
  description: { type: text(255), doc: 'A description.', create: 'member', update: 'member', default: '' },
  tags: { type: tagList, doc: 'Words to find it by.', filter: false },
  created_at: { type: timestamp, doc: 'When it was made (UTC).' },
  updated_at: { type: timestamp, doc: 'When it was last changed (UTC).' },
  revision_number: {
    type: integer(0, 2 ** 31 - 1),
    doc: 'Grows with each change; If-Match: revision_number=N makes a PUT or DELETE conditional.',
  },
} as const satisfies Attributes;
