/** Tags as requests give them. */
import { list, text } from '../resources/definition/attribute-types.ts';
import { badRequest } from '../resources/errors.ts';

const type = list(text(255), 50);

/** @throws RequestError 400: tags are 1 to 255 characters without comma or slash, as the filters need */
export function parseTag(tag: string): string {
  if (tag === '' || /[,/]/.test(tag)) {
    throw badRequest(`Invalid input for tags. Reason: '${tag}' is empty or has a comma or slash.`);
  }
  return text(255).parse(tag, 'tags');
}

/** The tags in the body of `PUT .../tags`. */
export function parseTags(body: unknown): { tags: string[] } {
  const tags = typeof body === 'object' && body !== null && 'tags' in body ? body.tags : undefined;
  return { tags: type.parse(tags, 'tags').map(parseTag) };
}
