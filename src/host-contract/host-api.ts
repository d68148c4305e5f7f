/**
 * The API that the service has for its hosts: HTTP over a unix socket that only its own user can open, and over TLS with
 * the certificate that a host got when it joined.
 */

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
  /**
   * `POST {host, heard}`: the routers outside that the host hears, `{address, preference}`, of each external network that
   * gateways on it are on: `{network_id, routers}`. Answered with `{links}`, where it is to listen:
   * `{network_id, physical_network, vlan}`.
   */
  upstreamRouters: '/upstream-routers',
  /**
   * `POST {host, routers}`: what providers have delegated to the routers whose gateways are on the host, all of it,
   * `{router_id, delegated, server, reason}`, and each `{iaid, prefix, preferred_until, valid_until}` in seconds since
   * 1970, null for ever. Answered with `{denied}`: the routers that are not the host's.
   */
  prefixDelegations: '/prefix-delegations',
  /**
   * `POST {routers}`: routers that a host has had, each `{router_id, network_id}`. Answered with `{unwanted}`: those that
   * want no prefix any more by way of that network, from whichever host.
   */
  unwantedDelegations: '/unwanted-delegations',
  /**
   * `POST {host, reports}`: how it stands with the peers of BGP speakers, on each external network that the host speaks
   * on: `{speaker_id, network_id, sessions}`, and each session `{peer_id, state, reason}`. Answered with `{orders}`, what
   * it is to tell them: `BgpOrder`.
   */
  bgp: '/bgp',
  /** `GET /metadata/...`: the document that an instance asks for, below that path; `PORT_HEADER` says which. */
  metadata: '/metadata',
  /**
   * `POST {host, hostname, configurations, families}`: the host's name in OVN and the machine's, what it says of itself,
   * and what its process counts, as `metrics` has it. Answered with 204. That it comes is the sign that the host lives.
   */
  metrics: '/metrics',
  /**
   * `POST {lines}`: lines of ovn-controller's log about packets that met a logged ACL; `MOST_LOG_LINES` at most, and each
   * cut at `LONGEST_LOG_LINE`. Answered with 204. Over TLS: the service reads that of its own machine by itself.
   */
  packetLog: '/packet-log',
  /**
   * `POST {port_ids}`: the ports that devices on the host's integration bridge say to be of, past the guard: all of them,
   * whenever they are others than before. Answered with 204.
   */
  pastGuard: '/past-guard',
  /** `GET`: `{host}`, by what the service knows whoever asks. */
  self: '/self',
  /** `GET`: `{certificate}` of the service's authority, in PEM. Over TLS, for whoever is to join. */
  authority: '/authority',
  /**
   * `POST {id, secret, host, request, availability_zone, ipsec}`: a token, a name, a certificate request in PEM, perhaps
   * the host's zones, with commas, and whether its tunnels can be encrypted: `CAN_ENCRYPT`, or why not. Answered with
   * `{certificate, southbound, encryption}`: the certificate, the OVSDB remote of the southbound database, and what is to
   * be done with its tunnels. Over TLS.
   */
  join: '/join',
  /**
   * `POST {request}`: a certificate request in PEM, of a host whose certificate is due to be renewed. Answered with
   * `{certificate}`. The former one counts until the new one is used.
   */
  renew: '/renew',
  /**
   * `POST {hosts}`: the names of hosts that share a router's gateway with the one that asks; `MOST_PEERS` at most. Answered
   * with `{authorities}`: of those that are let in, by what each is known, `HostAuthority`. Over TLS.
   */
  hostAuthorities: '/host-authorities',
  /** `GET`: `EncryptionOrder`, whether tunnels are to be encrypted, and by what the hosts know each other. Over TLS. */
  encryption: '/encryption',
} as const;

/** Hosts report their metrics as often as this, in milliseconds. */
export const METRICS_EVERY_MS = 10_000;

/** What of its log a host tells at once: lines, and characters of each. */
export const MOST_LOG_LINES = 500;
export const LONGEST_LOG_LINE = 2_048;

/** Of how many hosts one asks at once. */
export const MOST_PEERS = 1_000;

/** The header that tells the service which port asks for metadata; only hosts reach the service's socket. */
export const PORT_HEADER = 'x-sextant-port-id';

/** What a host answers on its control socket once it guards and serves what is plugged in. */
export const HOST_IS_READY = 'ready';
