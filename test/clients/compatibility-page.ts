/** docs/reference/compatibility.md, from what runs of other people's clients came to. */
import { RUNS, type RunName, readResult } from './results.ts';
import { SUITES, type TempestSuite } from './tempest-suites.ts';

interface Run {
  readonly client: string;
  readonly command: string;
  readonly tries: string;
}

const TOLD: Readonly<Record<RunName, Run>> = {
  tempest: {
    client: 'tempest',
    command: 'npm run test:tempest',
    tries: 'OpenStack’s integration tests of the network API, each class as users of a project of its own',
  },
  'neutron-tempest-plugin': {
    client: 'neutron-tempest-plugin',
    command: 'npm run test:tempest:plugin',
    tries: 'Neutron’s own tests of its API',
  },
  openstacksdk: {
    client: 'openstacksdk',
    command: 'npm run test:openstacksdk',
    tries:
      'each method for networking of OpenStack’s library for Python that is served: make, read, find, list by each filter, tag, change, remove, without drift',
  },
  gophercloud: {
    client: 'gophercloud',
    command: 'npm run test:gophercloud',
    tries:
      'what Terraform’s `openstack_networking_*` resources do by it: make, read back, change, find, delete, without drift',
  },
  horizon: {
    client: 'Horizon',
    command: 'npm run test:horizon',
    tries: 'OpenStack’s dashboard: what a member of a project does about networks, in a browser',
  },
};

function row(name: RunName): string {
  const { client, command, tries } = TOLD[name];
  const { version, date, pass, fail, skip } = readResult(name);
  return `| ${client} | ${version} | ${tries} | \`${command}\` | ${date} | ${pass} | ${fail} | ${skip} |`;
}

function reasons([name, { known }]: [string, TempestSuite]): string[] {
  const rows = Object.entries(known).map(
    ([reason, tests]) => `| ${reason} | ${tests.map((test) => `\`${test}\``).join(', ')} |`,
  );
  if (rows.length === 0) return [];
  return [
    `## What fails of ${name}`,
    '',
    '| why | tests whose names match this |',
    '| --- | --- |',
    ...rows,
    '',
  ];
}

/** The page as a whole. */
export function compatibilityPage(): string {
  return [
    '# Clients, and how they fare',
    '',
    'Clients that were made for Neutron, unchanged, as Debian 12 has them, with users who sign in (`auth.mode: builtin`).',
    'The figures are of the last runs with `--record`; each command fails when a test does that is not named below. What',
    'is unlike Neutron on purpose is [with the API](api.md#on-purpose-unlike-neutron).',
    '',
    '| client | version | what it tries | command | run on | pass | fail | skipped |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...RUNS.map(row),
    '',
    'What is skipped needs an instance that Nova boots, settings of the cloud that the run does not have, or extensions',
    'that Sextant does not announce: `flavors` and `service-type` (there is one kind of routers), `metering`, schedulers of',
    'agents, `local_ip`, `l3-conntrack-helper`, `port-resource-request` (no rule of a minimum is enforced, so none is',
    'taken), `router-interface-fip`, and `segment` with `standard-attr-segment` (a network has one segment, its own).',
    '',
    'Debian’s `openstack` command is tried with the other tests (`test/clients/openstack.test.ts`), and Keystone’s tokens by',
    '`npm run test:keystone`.',
    '',
    ...Object.entries(SUITES).flatMap(reasons),
  ].join('\n');
}
