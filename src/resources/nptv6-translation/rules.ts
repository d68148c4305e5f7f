/** What prefixes have to be so that one can stand for the other. Pure. */
import {
  isNptv6Possible,
  LINK_LOCAL,
  neutralNptv6,
  type Prefix,
  reservedIn,
} from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';

/** Those of a translation. */
export interface TranslatedPrefixes {
  readonly internal: Prefix;
  readonly external: Prefix;
}

/** What a prefix is not to overlap, and in words what has it. */
export interface HeldPrefix {
  readonly prefix: Prefix;
  readonly holder: string;
}

/** @throws RequestError 400 for what can be no prefix of a translation */
export function checkTranslatable(attribute: string, prefix: Prefix): void {
  if (prefix.family !== 6 || prefix.length < 16 || prefix.length > 64)
    throw errors.nptv6Translation.length({ attribute, prefix });
  if (prefix.network.isMulticast || LINK_LOCAL.overlaps(prefix) || reservedIn(prefix))
    throw errors.nptv6Translation.notUnicast({ attribute, prefix });
}

/** @throws RequestError 400 when no address of the one can stand for one of the other without more */
export function checkTranslation({ internal, external }: TranslatedPrefixes): void {
  if (internal.length !== external.length)
    throw errors.nptv6Translation.lengthsDiffer({ internal, external });
  if (internal.overlaps(external)) throw errors.nptv6Translation.overlapsItself({ internal, external });
  if (!isNptv6Possible(internal, external))
    throw errors.nptv6Translation.notNeutral({
      internal,
      external,
      neutral: neutralNptv6(internal, external),
    });
}

/** @throws RequestError 409 when somebody has a part of the prefix */
export function checkApart(attribute: string, prefix: Prefix, held: readonly HeldPrefix[]): void {
  const other = held.find((one) => one.prefix.overlaps(prefix));
  if (other)
    throw errors.nptv6Translation.overlaps({
      attribute,
      prefix,
      other: other.prefix,
      holder: other.holder,
    });
}

/** Whether another prefix stands outside for all of this one. */
export const isTranslated = (
  prefix: Prefix,
  translations: readonly Pick<TranslatedPrefixes, 'internal'>[],
): boolean => translations.some(({ internal }) => internal.covers(prefix));

/** The prefixes behind a router as those outside know them: what is translated is there by its external prefix. */
export const asKnownOutside = (
  prefixes: readonly Prefix[],
  translations: readonly TranslatedPrefixes[],
): Prefix[] => [
  ...prefixes.filter((prefix) => !isTranslated(prefix, translations)),
  ...translations.map(({ external }) => external),
];
