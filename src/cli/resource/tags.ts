/** Flags for tags. Tags are not in the body of POST and PUT: they have a request of their own. */
import type { Body, Flag } from './flag.ts';
import type { FlagVerb } from './special-flags.ts';

const tag: Flag = {
  name: 'tag',
  placeholder: 'tag',
  repeatable: true,
  doc: 'A tag.',
  body: (text) => ({ tags: [text] }),
};

const noTag: Flag = {
  name: 'no-tag',
  doc: 'No tags; with --tag, no others.',
  clears: 'tags',
  body: () => ({ tags: [] }),
};

const allTag: Flag = { ...noTag, name: 'all-tag', doc: 'Take all tags off.' };

/** A filter whose value is a list with commas, as the API has it. */
const tagFilter = (name: string, parameter: string, doc: string): Flag => ({
  name,
  placeholder: 'tag,…',
  doc,
  body: (text) => ({ [parameter]: text }),
});

export const tagFlags: Readonly<Record<FlagVerb, readonly Flag[]>> = {
  create: [tag, noTag],
  set: [tag, noTag],
  unset: [{ ...tag, doc: 'A tag to take off.' }, allTag],
  list: [
    tagFilter('tags', 'tags', 'Those with all of these tags.'),
    tagFilter('any-tags', 'tags-any', 'Those with any of these tags.'),
    tagFilter('not-tags', 'not-tags', 'Those without all of these tags.'),
    tagFilter('not-any-tags', 'not-tags-any', 'Those with none of these tags.'),
  ],
};

/** Splits a body into the part for POST or PUT, and the tags. */
export function splitTags(body: Body): { attributes: Body; tags: string[] | undefined } {
  const { tags, ...attributes } = body;
  return { attributes, tags: Array.isArray(tags) ? tags.map(String) : undefined };
}
