/** How hosts renew their certificates: with the one that they have, while it counts. */
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { errors } from '../errors/index.ts';
import { HOST_API } from '../host-contract/index.ts';
import { type CertificateFacts, isDue, readCertificate } from '../pki/index.ts';
import { object, offerCertificate, type Store, text } from '../resources/index.ts';
import type { HostDoor } from './host-door.ts';
import { MAX_REQUEST, signed } from './host-joining.ts';

interface RenewalRoute {
  readonly store: Store;
  readonly door: HostDoor;
  readonly log: Logger;
}

const wish = object({ request: text(MAX_REQUEST) }, {});

/** The route by which hosts renew their certificates: see `HOST_API`. */
export function addRenewal(
  api: FastifyInstance,
  { store, door: { authority }, log }: RenewalRoute,
  certificateOf: (request: object) => CertificateFacts,
): void {
  api.post(HOST_API.renew, { bodyLimit: 2 * MAX_REQUEST }, async (asked) => {
    const { request } = wish.parse(asked.body, 'body');
    const present = certificateOf(asked);
    const { name: chassis } = present;
    if (!isDue(present, new Date())) throw errors.hostToken.notDue({ host: chassis });
    const certificate = await signed(() => authority.renew(request, chassis));
    const { serial } = readCertificate(certificate);
    await store.transaction(async (tx) => offerCertificate(tx, { chassis, serial }));
    log.info({ audit: { host: chassis, serial } }, 'a host renews its certificate');
    return { certificate };
  });
}
