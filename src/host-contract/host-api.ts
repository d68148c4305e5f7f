/** The API that the service has for its hosts: HTTP over a unix socket that only its own user can open. */

/** Where a service with an external engine listens for the host that it shares a machine with. */
export const HOST_SOCKET = '/run/sextant/host-api.sock';

/** What hosts ask, by path. Bodies are JSON. */
export const HOST_API = {
  /**
   * `POST {taken, given_up}`: instances took these addresses, and gave those up; each is `{port_id, address}`, with the
   * `origin` for those that were taken. Answered with `{denied}`: those that are not the port's.
   */
  takenAddresses: '/taken-addresses',
  /** `POST {port_ids}`: what the ports' instances have taken. Answered with `{addresses}`. */
  learnedAddresses: '/learned-addresses',
  /** `POST {id, port_id, healthy}`: whether an instance answers at an anycast address. Answered with 204. */
  anycastHealth: '/anycast-health',
  /** `GET /metadata/...`: the document that an instance asks for, below that path; `PORT_HEADER` says which. */
  metadata: '/metadata',
  /** `POST {host, families}`: what the host's process counts, as `metrics` has it. Answered with 204. */
  metrics: '/metrics',
} as const;

/** Hosts report their metrics as often as this, in milliseconds. */
export const METRICS_EVERY_MS = 10_000;

/** The header that tells the service which port asks for metadata; only hosts reach the service's socket. */
export const PORT_HEADER = 'x-sextant-port-id';

/** What a host answers on its control socket once it guards and serves what is plugged in. */
export const HOST_IS_READY = 'ready';
