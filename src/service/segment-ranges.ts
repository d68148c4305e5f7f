/** Ranges of segmentation ids as the configuration has them: `vxlan:1:1000,vlan:physnet1:100:199`. Pure. */
import { HIGHEST_ID, SEGMENTED_TYPES, type SegmentRange } from '../resources/definitions.ts';

/** @throws Error with what is wrong, and how it must be */
export function parseSegmentRanges(text: string): SegmentRange[] {
  return text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
    .map(parseSegmentRange);
}

function parseSegmentRange(text: string): SegmentRange {
  const [word, ...rest] = text.split(':');
  const type = SEGMENTED_TYPES.find((candidate) => candidate === word);
  const [physicalNetwork, ...bounds] = type === 'vlan' ? rest : [null, ...rest];
  const [minimum = 0, maximum = 0] = bounds.map((digits) =>
    /^[0-9]{1,10}$/.test(digits ?? '') ? Number(digits) : 0,
  );
  if (type === undefined || physicalNetwork === undefined || bounds.length !== 2)
    throw new Error(
      `'${text}' must be TYPE:FIRST:LAST or vlan:PHYSICAL_NETWORK:FIRST:LAST, with TYPE one of ${SEGMENTED_TYPES.join(', ')}`,
    );
  if (minimum < 1 || maximum < minimum || maximum > HIGHEST_ID[type])
    throw new Error(
      `'${text}' must have numbers from 1 to ${HIGHEST_ID[type]}, the first not above the last`,
    );
  return { type, physicalNetwork, minimum, maximum };
}
