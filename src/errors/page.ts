/** docs/reference/errors.md, as the catalogue says it. Pure. */
import { type ErrorEntry, type ErrorGroup, entriesOf, errors } from './index.ts';

/** The groups' headings, in the order of the page. */
const TITLES: Readonly<Record<ErrorGroup, string>> = {
  http: 'HTTP itself',
  request: 'Any request',
  list: 'Lists',
  attribute: 'Values of attributes',
  notFound: 'What is not there',
  network: 'Networks',
  networkSegmentRange: 'Network segment ranges',
  subnetpool: 'Subnet pools',
  subnet: 'Subnets',
  port: 'Ports',
  fixedIps: 'Addresses of ports',
  trunk: 'Trunks',
  router: 'Routers',
  floatingIp: 'Floating IPs',
  portForwarding: 'Port forwardings of floating IPs',
  ndpProxy: 'NDP proxies',
  nptv6Translation: 'NPTv6 translations',
  bgp: 'BGP',
  securityGroup: 'Security groups',
  securityGroupRule: 'Security group rules',
  addressGroup: 'Address groups',
  addressScope: 'Address scopes',
  anycastAddress: 'Anycast addresses',
  instance: 'Instances',
  log: 'Logs',
  hostToken: 'Hosts',
  qosPolicy: 'QoS policies',
  autoAllocation: 'Auto-allocated topologies',
  quota: 'Quotas',
  rbacPolicy: 'RBAC policies',
  identity: 'Who asks, and the identity API',
};

const introduction = `# Errors

<!-- Made by \`npm run docs\` from src/errors: change it there. -->

Whatever refuses a request, the answer is \`{"NeutronError": {"type", "message", "detail"}}\`: \`type\` is Neutron's name
of the error, the same in every release; \`message\` names the attribute, its value and the way out, and may change;
\`detail\` is empty. Below \`/identity\`, it is Keystone’s form: \`{"error": {"code", "title", "message"}}\`. Words in braces stand for values. \`GET /openapi.json\` has the types that each operation can end with.
A request that was refused changed nothing.
`;

/** A cell of a table has one line, and bars would end it. */
const cell = (text: string): string => text.replaceAll('|', '\\|');

const row = ({ type, status, message, when, wayOut }: ErrorEntry): string =>
  `| ${status} | \`${type}\` | ${[cell(`\`${message}\``), when, wayOut].join(' | ')} |`;

function section(group: ErrorGroup): string {
  return [
    `## ${TITLES[group]}`,
    '',
    '| status | type | message | when | way out |',
    '| --- | --- | --- | --- | --- |',
    ...entriesOf(group).map(([, entry]) => row(entry)),
    '',
  ].join('\n');
}

/** The page. */
export const errorsPage = (): string =>
  [introduction, ...(Object.keys(errors) as ErrorGroup[]).map(section)].join('\n');
