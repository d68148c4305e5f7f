/** YAML, by a library of many files, which is loaded with the first text that is read or written: most commands do neither. */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const library = () => require('yaml') as Pick<typeof import('yaml'), 'parse' | 'stringify'>;

/** @throws Error that says where the text is no YAML */
export const parseYaml = (text: string): unknown => library().parse(text);

/** The text of what is given. */
export const writeYaml = (data: unknown): string => library().stringify(data);
