/** Tags as requests give them. */

import { errors } from '../errors/index.ts';
import { list, MOST_TAGS, text } from '../resources/index.ts';

const type = list(text(255), MOST_TAGS);

/** @throws RequestError 400: tags are 1 to 255 characters without comma or slash, as the filters need */
export function parseTag(tag: string): string {
  if (tag === '' || /[,/]/.test(tag)) {
    throw errors.request.malformedTag({ tag });
  }
  return text(255).parse(tag, 'tags');
}

/** The tags in the body of `PUT .../tags`. */
export function parseTags(body: unknown): { tags: string[] } {
  const tags = typeof body === 'object' && body !== null && 'tags' in body ? body.tags : undefined;
  return { tags: type.parse(tags, 'tags').map(parseTag) };
}
