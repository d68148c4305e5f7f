/** docs/reference/identity.md, as the definitions say it. Pure. */
import type { Attribute } from '../resources/index.ts';
import { type IdentityDefinition, identityDefinitions } from './definitions.ts';

const IDENTITY_INTRODUCTION = `# Users, projects and the rest

<!-- Made by \`npm run docs\` from src/identity/definitions.ts: change it there. -->

What the identity API has ([how to sign in](../how-to/sign-in.md)), with its attributes. A name with * must be given in
\`POST\`. Lists take \`?attribute=value\` for those with *filter*; other filters are ignored, as by Keystone.
`;

/** A cell of a table has one line, and bars would end it. */
const inCell = (text: string): string => text.replaceAll('|', '\\|');

function attributeRow([name, attribute]: [string, Attribute]): string {
  const { type, doc, required, create, update, stored } = attribute;
  const verbs = [...(create ? ['POST'] : []), ...(update ? ['PATCH'] : [])].join(', ');
  const isFilter = stored !== false && type.storedAs !== 'json';
  return `| ${[
    `\`${name}\`${required ? ' *' : ''}`,
    inCell(`\`${type.label}\``),
    attribute.default === undefined ? '' : inCell(`\`${JSON.stringify(attribute.default)}\``),
    verbs || '-',
    isFilter ? 'filter' : '',
    inCell(doc),
  ].join(' | ')} |`;
}

function definitionSection({
  name,
  title,
  doc,
  collection,
  attributes,
  keepsExtra,
}: IdentityDefinition): string {
  const path = name === 'application_credential' ? `users/USER/${collection}` : collection;
  return [
    `## ${title}`,
    '',
    `${doc} \`/identity/v3/${path}\`.${keepsExtra ? ' Attributes that it does not know are kept.' : ''}`,
    '',
    '| attribute | value | default | set by | | |',
    '| --- | --- | --- | --- | --- | --- |',
    ...Object.entries(attributes).map(attributeRow),
    '',
  ].join('\n');
}

/** The page. */
export const identityPage = (): string =>
  [IDENTITY_INTRODUCTION, ...Object.values(identityDefinitions).map((one) => definitionSection(one))].join(
    '\n',
  );
