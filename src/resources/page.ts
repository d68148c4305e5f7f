/** docs/reference/resources.md, as the definitions say it. Pure. */
import type { Attribute, Definition, Who } from './definition/definition.ts';
import { definitions } from './registry.ts';

const INTRODUCTION = `# Resources

<!-- Made by \`npm run docs\` from the definitions in src/resources: change it there. -->

Every resource with its attributes. A name with * must be given in \`POST\`. *Set by* says who may give an attribute in
\`POST\` and who in \`PUT\`: a member of the project, or an administrator alone. Lists take \`?attribute=value\` for those
with *filter*. The commands are \`sextant COMMAND create|list|show|set|unset|delete\`, with \`openstack\`'s flags.
`;

/** A cell of a table has one line, and bars would end it. */
const cell = (text: string): string => text.replaceAll('|', '\\|');

function settableBy({ create, update }: Attribute): string {
  const by = (verb: string, who: Who | undefined): string[] => (who === undefined ? [] : [`${verb} ${who}`]);
  return [...by('POST', create), ...by('PUT', update)].join(', ') || '-';
}

function row([name, attribute]: [string, Attribute], filters: ReadonlySet<string>): string {
  const { type, doc, required, default: initial, see } = attribute;
  const notes = [doc, ...(see === 'admin' ? ['Seen by administrators alone.'] : [])].join(' ');
  return `| ${[
    `\`${name}\`${required ? ' *' : ''}`,
    cell(`\`${type.label}\``),
    initial === undefined ? '' : cell(`\`${JSON.stringify(initial)}\``),
    settableBy(attribute),
    filters.has(name) ? 'filter' : '',
    cell(notes),
  ].join(' | ')} |`;
}

/** Attributes by which lists are filtered without further ado. */
const filtersOf = ({ attributes }: Definition): Set<string> =>
  new Set(
    Object.entries(attributes).flatMap(([name, { stored, filter, type }]) =>
      stored === false || filter === false || type.storedAs === 'json' ? [] : [name],
    ),
  );

function section(definition: Definition): string {
  const { name, path, title, doc, command = name.replaceAll('_', ' '), attributes } = definition;
  const filters = filtersOf(definition);
  return [
    `## ${title}`,
    '',
    `${doc} \`/v2.0/${path}\`, \`sextant ${command}\``,
    '',
    '| attribute | value | default | set by | | |',
    '| --- | --- | --- | --- | --- | --- |',
    ...Object.entries(attributes).map((attribute) => row(attribute, filters)),
    '',
  ].join('\n');
}

/** The page. */
export const resourcesPage = (): string =>
  [INTRODUCTION, ...Object.values(definitions).map(section)].join('\n');
