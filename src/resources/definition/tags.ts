/** Tags: what one is, and how many something has. Pure. */
import { errors } from '../../errors/index.ts';
import { type AttributeType, list, text } from './attribute-types.ts';

/** Tags of one resource. */
export const MOST_TAGS = 50;

const word = text(255);

/** @throws RequestError 400: tags are 1 to 255 characters without comma or slash, as the filters need */
export function parseTag(tag: string): string {
  if (tag === '' || /[,/]/.test(tag)) throw errors.request.malformedTag({ tag });
  return word.parse(tag, 'tags');
}

/** All tags of something. */
export const tagList: AttributeType<string[], 'json'> = list(
  { ...word, parse: (value, field) => parseTag(word.parse(value, field)) },
  MOST_TAGS,
);
