/** Values of flags, for commander. */
import { InvalidArgumentError } from 'commander';

export function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 1.');
}

/** Whole numbers with commas between them. */
export const wholeNumbers = (text: string): number[] => text.split(',').map(wholeNumber);

/** For flags that may be repeated. */
export const collect = (text: string, before: string[]): string[] => [...before, text];
