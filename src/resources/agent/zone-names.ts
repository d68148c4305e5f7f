/** Names of availability zones as agents have them. */
import { errors } from '../../errors/index.ts';
import { type AttributeType, text } from '../definition/attribute-types.ts';

const SEPARATOR = ', ';
/** What has no meaning in OVN's lists of zones (`ovn-cms-options`), nor in ours. */
const NAME = /^[\w.-]{1,63}$/;
const several = text(255);

/** The zones of a host: names with commas between them, as ML2/OVN shows them. */
export const zones: AttributeType<string, 'plain'> = {
  ...several,
  label: 'ZONE,...',
  parse(value, field) {
    const names = zonesIn(several.parse(value, field));
    const wrong = names.find((name) => !NAME.test(name));
    if (wrong !== undefined) {
      const reason = 'a zone has letters, digits, dots, dashes and underscores, 63 at most';
      throw errors.attribute.notParsed({ field, value: wrong, kind: 'the name of a zone', reason });
    }
    return names.join(SEPARATOR);
  },
};

/** The names, each once. */
export const zonesIn = (text: string): string[] => [
  ...new Set(
    text
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  ),
];
