/** `sextant cloud-config`: what OpenStack's clients need to reach the service, as `clouds.yaml` and as `openrc`. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { writeYaml } from '../base/yaml.ts';
import { NeutronApiError, NeutronClient } from '../client/index.ts';
import { addConnectionFlags, connectionFlags, DEFAULT_ENDPOINT } from './connection.ts';
import { CommandFailure } from './errors.ts';
import type { Terminal } from './terminal.ts';

interface CloudConfigFlags {
  readonly name: string;
  readonly user: string;
  readonly userDomain: string;
  readonly project: string;
  readonly projectDomain: string;
  readonly output?: string;
  readonly force?: boolean;
}

/** How a cloud is reached, in the words of both files. */
interface CloudWords {
  /** What stands in the section `auth`. */
  readonly auth: Readonly<Record<string, string>>;
  readonly beside: Readonly<Record<string, string>>;
}

/** What the service says of a path that it does not have. */
const NO_SUCH_PATH = 'The resource could not be found.';

/** The region that the service's own endpoints are in. */
const REGION = 'RegionOne';

/** @param password left out where the client is to ask for it */
function wordsFor(
  endpoint: string,
  signsIn: boolean,
  { user, userDomain, project, projectDomain }: CloudConfigFlags,
  password: string | undefined,
): CloudWords {
  if (!signsIn) return { auth: { endpoint }, beside: { auth_type: 'none' } };
  return {
    auth: {
      auth_url: `${endpoint}/identity/v3`,
      username: user,
      ...(password !== undefined && { password }),
      project_name: project,
      user_domain_name: userDomain,
      project_domain_name: projectDomain,
    },
    beside: { region_name: REGION, interface: 'public', identity_api_version: '3' },
  };
}

const cloudsYaml = (name: string, { auth, beside }: CloudWords): string =>
  writeYaml({ clouds: { [name]: { ...beside, auth } } });

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const openrc = ({ auth, beside }: CloudWords): string =>
  Object.entries({ ...auth, ...beside })
    .map(([word, value]) => `export OS_${word.toUpperCase()}=${quoted(value)}\n`)
    .join('');

/** Whether users sign in at the service. */
async function asksForSignIn(endpoint: string): Promise<boolean> {
  const client = NeutronClient.at(endpoint);
  try {
    await client.request('GET', '/identity/v3');
    return true;
  } catch (error) {
    // So says a Sextant without sign-in, in Keystone's words; who else answers 404 may be anything.
    if (error instanceof NeutronApiError && error.status === 404 && error.message === NO_SUCH_PATH)
      return false;
    throw error;
  } finally {
    client.close();
  }
}

/** @throws CommandFailure when there is one that is not to be replaced */
function writeSecret(file: string, text: string, force: boolean): void {
  try {
    writeFileSync(file, text, { mode: 0o600, flag: force ? 'w' : 'wx' });
    // One that was there keeps what it had.
    chmodSync(file, 0o600);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST')
      throw new CommandFailure(
        `${file} is there already: --force replaces it, --output names another place.`,
      );
    throw error;
  }
}

export function addCloudConfigCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('cloud-config')
    .description(
      'Write what the openstack command, SDKs and Terraform need to reach the service: a clouds.yaml, and with --output an openrc beside it. The password is taken from OS_PASSWORD, else SEXTANT_AUTH_ADMIN_PASSWORD; without, clients ask for it.',
    )
    .option('--name <cloud>', 'what the cloud is called', 'sextant')
    .option('--user <name>', 'who signs in', 'admin')
    .option('--user-domain <name>', 'the user’s domain', 'Default')
    .option('--project <name>', 'the project to act in', 'admin')
    .option('--project-domain <name>', 'the project’s domain', 'Default')
    .option('--output <directory>', 'write clouds.yaml and openrc there, for the user alone')
    .option('--force', 'replace files that are there');
  addConnectionFlags(command)
    .addHelpText('after', '\nExample:\n  sextant cloud-config --output ~/.config/openstack')
    .action(async (flags: CloudConfigFlags) => {
      const { env } = terminal;
      const given = connectionFlags(command).endpoint ?? env.SEXTANT_ENDPOINT;
      const endpoint = (given || DEFAULT_ENDPOINT).replace(/\/+$/, '');
      const password = env.OS_PASSWORD || env.SEXTANT_AUTH_ADMIN_PASSWORD || undefined;
      const words = wordsFor(endpoint, await asksForSignIn(endpoint), flags, password);
      const clouds = cloudsYaml(flags.name, words);
      const { output, force = false } = flags;
      if (output === undefined) return terminal.out(clouds);
      mkdirSync(output, { recursive: true, mode: 0o700 });
      writeSecret(join(output, 'clouds.yaml'), clouds, force);
      writeSecret(join(output, 'openrc'), openrc(words), force);
      terminal.out(
        `${join(output, 'clouds.yaml')} has the cloud ${flags.name}, ${join(output, 'openrc')} the same.\n`,
      );
    });
}
