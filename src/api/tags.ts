/** Tags as requests give them. */
import { tagList } from '../resources/index.ts';

/**
 * The tags in the body of `PUT .../tags`.
 * @throws RequestError 400
 */
export function parseTags(body: unknown): { tags: string[] } {
  const tags = typeof body === 'object' && body !== null && 'tags' in body ? body.tags : undefined;
  return { tags: tagList.parse(tags, 'tags') };
}
