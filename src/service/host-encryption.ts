/** Whether tunnels between hosts are encrypted, as hosts are told, and which hosts cannot have it so. */
import { hash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { CAN_ENCRYPT, type Encryption, type EncryptionOrder, HOST_API } from '../host-contract/index.ts';
import type { Store } from '../resources/index.ts';
import { ConfigurationError } from './configuration.ts';
import type { HostDoor } from './host-door.ts';

/** Why a host cannot that does not say. */
export const OF_NO_ENCRYPTION = 'its release of Sextant knows nothing of it';

/** The route by which hosts learn it: see `HOST_API`. Who knows the answer is not told again. */
export function addEncryption(
  api: FastifyInstance,
  { door, encryption }: { readonly door: HostDoor; readonly encryption: Encryption },
): void {
  let answer: { body: string; tag: string } | undefined;
  const unfollow = door.onChange(() => {
    answer = undefined;
  });
  api.addHook('onClose', async () => unfollow());
  api.get(HOST_API.encryption, async (request, reply) => {
    answer ??= answerOf(door, encryption);
    reply.header('etag', answer.tag);
    if (request.headers['if-none-match'] === answer.tag) return reply.status(304).send();
    return reply.type('application/json').send(answer.body);
  });
}

function answerOf({ authority }: HostDoor, encryption: Encryption): { body: string; tag: string } {
  const authorities = Array.from(authority.hostAuthorities(), ([host, certificate]) => ({
    host,
    certificate,
  }));
  const order: EncryptionOrder = { encryption, authorities: encryption === 'none' ? [] : authorities };
  const body = JSON.stringify(order);
  return { body, tag: `"${hash('sha256', body).slice(0, 32)}"` };
}

/**
 * Makes sure that all hosts can have their tunnels encrypted: one that cannot would send what is encrypted elsewhere as it
 * is, and get nothing.
 * @throws ConfigurationError that names those that cannot, with what they say
 */
export async function requireEncryptableHosts(store: Store): Promise<void> {
  const rows = await store.read
    .selectFrom('agents')
    .select(['host', 'configurations'])
    .where('certificate_serial', 'is not', null)
    .execute();
  const unable = rows.flatMap(({ host, configurations }) => {
    const said = JSON.parse(configurations) as Record<string, unknown>;
    // One that has not said anything yet was asked when it joined.
    if (Object.keys(said).length === 0 || said.ipsec === CAN_ENCRYPT) return [];
    return [`${host} (${typeof said.ipsec === 'string' ? said.ipsec : OF_NO_ENCRYPTION})`];
  });
  if (unable.length === 0) return;
  throw new ConfigurationError(
    `engine.encryption: these hosts cannot have their tunnels encrypted: ${unable.join('; ')}. Change that, remove the hosts (sextant host remove), or set engine.encryption: none.`,
  );
}
