/** Tokens by which hosts join, in the API: their attributes. */
import { integer, nullable, text } from '../definition/attribute-types.ts';
import { type CreateOf, define, type ResourceOf, type UpdateOf } from '../definition/definition.ts';
import { bookkeeping, identity, ownership } from '../definition/standard-attributes.ts';

const HOUR_SECONDS = 3_600;
const MONTH_SECONDS = 30 * 24 * HOUR_SECONDS;
const MOST_USES = 1_000;
const MAX_TOKEN = 255;

export const hostToken = define({
  name: 'host_token',
  collection: 'host_tokens',
  path: 'host-tokens',
  title: 'Host token',
  doc: 'Leave for machines to join as hosts, for a time, and so many times. For administrators.',
  attributes: {
    id: identity.id,
    ...ownership,
    host: {
      type: text(63),
      doc: 'The only host that may join by it, also when that had joined before; empty for any new one.',
      create: 'admin',
      default: '',
    },
    uses: {
      type: integer(1, MOST_USES),
      doc: 'How many times it can be used.',
      create: 'admin',
      default: 1,
      // Whoever has one may join: each is told of.
      audited: { usual: 0 },
    },
    used: { type: integer(0, MOST_USES), doc: 'How many times it was.' },
    lifetime: {
      type: integer(1, MONTH_SECONDS),
      doc: 'Seconds until it ends.',
      create: 'admin',
      default: HOUR_SECONDS,
      stored: false,
      filter: false,
    },
    expires_at: { type: text(32), doc: 'When it ends (UTC).' },
    token: {
      type: nullable(text(MAX_TOKEN)),
      doc: 'The token itself: told once, when it is made.',
      stored: false,
      filter: false,
    },
    join_command: {
      type: nullable(text(MAX_TOKEN * 2)),
      doc: 'What to run on a machine that is to be a host: told once, when the token is made.',
      stored: false,
      filter: false,
    },
    ...bookkeeping,
  },
  columns: ['id', 'host', 'uses', 'used', 'expires_at'],
  longColumns: ['id', 'host', 'uses', 'used', 'expires_at', 'description', 'created_at', 'tags'],
});

export type HostToken = ResourceOf<typeof hostToken>;
export type HostTokenUpdate = UpdateOf<typeof hostToken>;
export type HostTokenCreate = CreateOf<typeof hostToken>;
