/** The flags that say which API a command talks to and as whom; every command that talks to one has them. */
import type { Command } from 'commander';
import { cloudFromEnvironment, type Exchange, NeutronClient, type Timeout } from '../client/index.ts';
import { UsageError } from './errors.ts';
import type { Terminal } from './terminal.ts';

/** Where `sextant serve` listens when it is told nothing. */
export const DEFAULT_ENDPOINT = 'http://[::1]:9696';

export interface ConnectionFlags {
  endpoint?: string;
  cloud?: string;
  project?: string;
  debug?: boolean;
}

export interface Connection {
  /** The API's URL, or the name of the cloud that it is found in. */
  readonly target: string;
  readonly client: NeutronClient;
  readonly projectId: string | undefined;
}

/** Adds `--endpoint`, `--cloud`, `--project` (unless the command has its own) and `--debug`. */
export function addConnectionFlags(command: Command): Command {
  command
    .optionsGroup('Where and as whom:')
    .option(
      '--endpoint <url>',
      `the API (SEXTANT_ENDPOINT; else the cloud of OS_CLOUD or OS_AUTH_URL; else ${DEFAULT_ENDPOINT})`,
    )
    .option('--cloud <name>', 'a cloud in clouds.yaml instead');
  const hasOwnProject = command.options.some(({ long }) => long === '--project');
  if (!hasOwnProject) command.option('--project <id>', 'the project to act in; a cloud names its own');
  return command.option('--debug', 'print requests and answers on standard error');
}

/** The flags as given before or after the command's name; nearer to the end counts. */
export function connectionFlags(command: Command): ConnectionFlags {
  const flags: ConnectionFlags = {};
  for (let at: Command | null = command; at !== null; at = at.parent) {
    Object.assign(flags, { ...at.opts<ConnectionFlags>(), ...flags });
  }
  return flags;
}

/**
 * Opens the connection that flags and environment name; nothing is sent yet.
 * @param timeoutMs for an answer, if not as long as the client gives by itself
 */
export function connect(flags: ConnectionFlags, terminal: Terminal, timeoutMs?: Timeout): Connection {
  const { endpoint, cloud, project, debug } = flags;
  const onExchange = debug ? (exchange: Exchange) => terminal.err(describe(exchange)) : undefined;
  if (cloud === undefined) {
    const named = endpoint ?? terminal.env.SEXTANT_ENDPOINT;
    const inEnvironment = named ? undefined : cloudFromEnvironment(terminal.env);
    if (inEnvironment !== undefined) {
      return {
        target: terminal.env.OS_CLOUD ?? terminal.env.OS_AUTH_URL ?? '',
        client: NeutronClient.ofCloud(inEnvironment, { onExchange, timeoutMs }),
        projectId: project,
      };
    }
    const headers = project === undefined ? {} : { 'X-Project-Id': project };
    const url = named || DEFAULT_ENDPOINT;
    return {
      target: url,
      client: NeutronClient.at(url, { headers, onExchange, timeoutMs }),
      projectId: project,
    };
  }
  if (endpoint !== undefined) throw new UsageError('--endpoint and --cloud exclude each other');
  return {
    target: cloud,
    client: NeutronClient.ofCloud(cloud, { onExchange, timeoutMs }),
    projectId: project,
  };
}

/** Headers that open doors. */
const SECRET_HEADERS = new Set(['x-auth-token', 'x-subject-token', 'authorization']);

function describe({ request, answer, milliseconds }: Exchange): string {
  const headers = Object.entries(request.headers).map(([name, value]) =>
    SECRET_HEADERS.has(name.toLowerCase()) ? `${name}: (hidden)` : `${name}: ${value}`,
  );
  const isLogIn = request.url.pathname.endsWith('/auth/tokens');
  const lines = [
    `> ${[`${request.method} ${request.url}`, ...headers].join('  ')}`,
    ...(request.body === undefined ? [] : [`> ${isLogIn ? '(hidden)' : request.body}`]),
    `< ${answer.status} in ${milliseconds.toFixed(1)} ms`,
    ...(answer.body === '' ? [] : [`< ${answer.body}`]),
  ];
  return `${lines.join('\n')}\n`;
}
