/** What the identity service has, each by its definition: validation, columns, answers, filters and the docs follow. */
import {
  type Attribute,
  type Attributed,
  type Attributes,
  boolean,
  freeObject,
  list,
  nullable,
  object,
  oneOf,
  type RowOf,
  text,
} from '../resources/index.ts';

/** The names of identity resources. */
export type IdentityName =
  | 'domain'
  | 'project'
  | 'user'
  | 'group'
  | 'role'
  | 'region'
  | 'service'
  | 'endpoint'
  | 'application_credential';

/** One of the identity service's resources; attributes as those of networks have them. */
export interface IdentityDefinition<A extends Attributes = Attributes> extends Attributed {
  readonly name: IdentityName;
  /** The key of a list of them, and the last word of their path. Their table has `identity_` before it. */
  readonly collection: string;
  readonly title: string;
  /** A paragraph for the docs. */
  readonly doc: string;
  readonly attributes: A;
  /** Whether it keeps attributes that it does not know, as Keystone does. */
  readonly keepsExtra?: true;
}

const define = <const A extends Attributes>(definition: IdentityDefinition<A>): IdentityDefinition<A> =>
  definition;

const ID = 64;
const anId = text(ID);
const id = { type: anId, doc: 'The id.' } as const satisfies Attribute;
const aName = text(255);
const name = {
  type: aName,
  doc: 'The name: in its domain no other has it.',
  create: 'admin',
  update: 'admin',
  required: true,
} as const satisfies Attribute;
const description = {
  type: nullable(text(4000)),
  doc: 'A description.',
  create: 'admin',
  update: 'admin',
  default: '',
} as const satisfies Attribute;
const enabled = {
  type: boolean,
  doc: 'Whether it works. What is switched off takes its tokens with it, for good.',
  create: 'admin',
  update: 'admin',
  default: true,
} as const satisfies Attribute;
const domainId = {
  type: anId,
  doc: 'Its domain; the caller’s own when left out.',
  create: 'admin',
} as const satisfies Attribute;
const tags = {
  type: list(aName, 80),
  doc: 'Words to find it by.',
  create: 'admin',
  update: 'admin',
  default: [],
} as const satisfies Attribute;
const options = {
  type: freeObject(4096),
  doc: 'Taken for clients that send it; there are none.',
  create: 'admin',
  update: 'admin',
  stored: false,
} as const satisfies Attribute;
const password = (doc: string) =>
  ({
    type: nullable(text(4096)),
    doc,
    create: 'admin',
    update: 'admin',
    stored: false,
    hidden: true,
  }) as const satisfies Attribute;

/** An attribute that stays as it was made. */
const fixed = <A extends { readonly update: unknown }>({ update: _, ...attribute }: A): Omit<A, 'update'> =>
  attribute;

export const domain = define({
  name: 'domain',
  collection: 'domains',
  title: 'Domain',
  doc: 'What users, groups and projects are in. One that is enabled cannot be deleted.',
  keepsExtra: true,
  attributes: { id, name, description, enabled, tags, options },
});

export const project = define({
  name: 'project',
  collection: 'projects',
  title: 'Project',
  doc: 'Whose networks are whose. Deleting one does not delete its networks.',
  keepsExtra: true,
  attributes: {
    id,
    name,
    domain_id: domainId,
    parent_id: { type: nullable(anId), doc: 'The project or domain that it is below.', create: 'admin' },
    description,
    enabled,
    is_domain: {
      type: boolean,
      doc: 'Always false: domains are made as domains.',
      create: 'admin',
      stored: false,
      filter: false,
    },
    tags,
    options,
  },
});

export const user = define({
  name: 'user',
  collection: 'users',
  title: 'User',
  doc: 'Who signs in. A new password ends all tokens of the user.',
  keepsExtra: true,
  attributes: {
    id,
    name,
    domain_id: domainId,
    default_project_id: {
      type: nullable(anId),
      doc: 'The project that a token is for when none is asked for.',
      create: 'admin',
      update: 'admin',
      default: null,
    },
    description,
    email: { type: nullable(aName), doc: 'A mail address.', create: 'admin', update: 'admin', default: null },
    enabled,
    password: password('Of at most 4096 characters. Kept as an argon2id hash, and never answered.'),
    password_expires_at: { type: nullable(aName), doc: 'Always null: none expires.', stored: false },
    options,
  },
});

export const group = define({
  name: 'group',
  collection: 'groups',
  title: 'Group',
  doc: 'Users who have its roles.',
  keepsExtra: true,
  attributes: { id, name, domain_id: domainId, description },
});

export const role = define({
  name: 'role',
  collection: 'roles',
  title: 'Role',
  doc: 'What its holder may do: `admin` implies `manager`, that `member`, that `reader`. Others say what other services make of them.',
  keepsExtra: true,
  attributes: {
    id,
    name,
    description,
    domain_id: { type: nullable(anId), doc: 'Always null.', create: 'admin', stored: false },
    options,
  },
});

export const region = define({
  name: 'region',
  collection: 'regions',
  title: 'Region',
  doc: 'Where an endpoint is.',
  keepsExtra: true,
  attributes: {
    id: { ...id, create: 'admin' },
    description,
    parent_region_id: {
      type: nullable(anId),
      doc: 'The region that it is in.',
      create: 'admin',
      update: 'admin',
      default: null,
    },
  },
});

export const service = define({
  name: 'service',
  collection: 'services',
  title: 'Service',
  doc: 'A service of the catalog.',
  keepsExtra: true,
  attributes: {
    id,
    type: { type: aName, doc: 'As `network`.', create: 'admin', update: 'admin', required: true },
    name: { type: nullable(aName), doc: 'A name.', create: 'admin', update: 'admin', default: '' },
    description,
    enabled,
  },
});

export const endpoint = define({
  name: 'endpoint',
  collection: 'endpoints',
  title: 'Endpoint',
  doc: 'Where a service is. A URL that begins with `/` is this service’s own, under whatever name the client asks for it.',
  keepsExtra: true,
  attributes: {
    id,
    service_id: { type: anId, doc: 'Its service.', create: 'admin', update: 'admin', required: true },
    region_id: {
      type: nullable(anId),
      doc: 'Its region.',
      create: 'admin',
      update: 'admin',
      default: null,
    },
    region: {
      type: nullable(anId),
      doc: 'The same as region_id, for old clients.',
      create: 'admin',
      stored: false,
      filter: false,
    },
    interface: {
      type: oneOf('public', 'internal', 'admin'),
      doc: 'For whom it is.',
      create: 'admin',
      update: 'admin',
      required: true,
    },
    url: { type: text(2048), doc: 'Its URL.', create: 'admin', update: 'admin', required: true },
    enabled,
  },
});

const accessRule = object(
  { service: aName, path: text(2048), method: oneOf('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE') },
  { id: anId },
);

export const applicationCredential = define({
  name: 'application_credential',
  collection: 'application_credentials',
  title: 'Application credential',
  doc: 'A secret with which a program signs in for a user, in one project, with some of the user’s roles there.',
  attributes: {
    id,
    name: { ...fixed(name), doc: 'The name: its user has no other of it.' },
    user_id: { type: anId, doc: 'Whose it is.' },
    project_id: { type: anId, doc: 'The project that its tokens are for.' },
    description: fixed(description),
    secret: fixed(password('Made up when left out. Answered once.')),
    expires_at: {
      type: nullable(text(40)),
      doc: 'Until when it works (UTC); for ever when null.',
      create: 'admin',
      default: null,
    },
    unrestricted: {
      type: boolean,
      doc: 'Whether its tokens may make and delete application credentials.',
      create: 'admin',
      default: false,
    },
    roles: {
      type: list(object({}, { id: anId, name: aName, domain_id: nullable(anId) }), 100),
      doc: 'Its roles; those of the token that makes it when left out. A role that the user loses is lost here too.',
      create: 'admin',
      stored: false,
    },
    access_rules: {
      type: nullable(list(accessRule, 100)),
      doc: 'The only requests that its tokens are good for; all when null. In `path`, `*` stands for a part, `**` for any number.',
      create: 'admin',
      default: null,
    },
  },
});

/** All, by their names. */
export const identityDefinitions = {
  domain,
  project,
  user,
  group,
  role,
  region,
  service,
  endpoint,
  application_credential: applicationCredential,
} as const satisfies Readonly<Record<IdentityName, IdentityDefinition>>;

export type DomainRow = RowOf<typeof domain>;
export type ProjectRow = RowOf<typeof project>;
export type UserRow = RowOf<typeof user>;
export type GroupRow = RowOf<typeof group>;
export type RoleRow = RowOf<typeof role>;
export type RegionRow = RowOf<typeof region>;
export type ServiceRow = RowOf<typeof service>;
export type EndpointRow = RowOf<typeof endpoint>;
export type ApplicationCredentialRow = RowOf<typeof applicationCredential>;
