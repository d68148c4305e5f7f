/**
 * What strongSwan's daemon is told: how it is to be, and with which hosts it is to agree on keys for what. Pure.
 *
 * What is protected between two hosts is what their tunnels send, and nothing else: neighbour discovery has to pass
 * before there are keys. Of the tunnels in UDP the receiver's port is known alone, so each way has keys of its own.
 */
import { hash } from 'node:crypto';
import type { Address } from '../../addressing/index.ts';
import { tunnelRequestId } from '../../linux/index.ts';
import { TUNNEL_PORT } from '../../packets/index.ts';

/** Another host. */
export interface IkePeer {
  readonly host: string;
  /** Where its tunnels end. */
  readonly end: Address;
  /** Certificate of the authority that is believed of it, in PEM. */
  readonly authority: string;
}

/** This host, and the others. */
export interface IkeSituation {
  readonly host: string;
  readonly end: Address;
  readonly peers: readonly IkePeer[];
  /**
   * Whether hosts are changing over to encryption, or from it: some have it, some have not. What there are no keys for is
   * not kept then until there are.
   */
  readonly isChangingOver?: boolean;
}

/**
 * What brings keys about. Whoever is told of the other first finds nobody yet; where both do not, a packet does, which waits
 * for them.
 */
const USUAL_ACTIONS = ['start_action = trap|start', 'close_action = trap', 'dpd_action = restart'];
const CHANGING_ACTIONS = ['start_action = start', 'close_action = none', 'dpd_action = clear'];
/** AES-GCM of 256 bits for both, keys by the curve that certificates have, too (RFC 5903). */
const IKE_PROPOSAL = 'aes256gcm16-prfsha384-ecp256';
const ESP_PROPOSAL = 'aes256gcm16-ecp256';
/** Hosts that are silent for as long are asked whether they are there. */
const ASK_SECONDS = 10;
/** Of packets that overtake each other, as many are taken. */
const REPLAY_WINDOW = 256;
const PLUGINS = [
  ...['random', 'nonce', 'pem', 'pkcs8', 'x509', 'pubkey', 'openssl', 'aes', 'sha1', 'sha2', 'hmac', 'kdf'],
  ...['gcm', 'constraints', 'kernel-netlink', 'socket-default', 'vici'],
];

/** Name of the file of an authority's certificate. */
export const authorityFile = (certificate: string): string =>
  `${hash('sha256', certificate).slice(0, 16)}.pem`;

/** Name of what there is with a host: another one once another authority is believed. */
export const connectionName = ({ host, authority }: Pick<IkePeer, 'host' | 'authority'>): string =>
  `host-${hash('sha256', `${host}\n${authority}`).slice(0, 16)}`;

/**
 * The settings of the daemon, and of the command that tells it things.
 * @param socket on which it takes commands, as it sees that
 */
export const daemonSettings = (socket: string): string => `charon {
  load = ${PLUGINS.join(' ')}
  install_routes = no
  install_virtual_ip = no
  retransmit_tries = 4
  retransmit_timeout = 2
  filelog {
    stderr {
      default = 0
      cfg = -1
    }
  }
  plugins {
    vici {
      socket = unix://${socket}
    }
  }
}
swanctl {
  load = random nonce pem pkcs8 x509 pubkey openssl
}
`;

/**
 * What the daemon is told of the others.
 * @param certificate name of the file of this host's certificate
 */
export const connectionSettings = (situation: IkeSituation, certificate: string): string => {
  const connections = situation.peers.flatMap((peer) => connection(situation, peer, certificate));
  return ['connections {', ...connections, '}', ''].join('\n');
};

function connection(
  { host, end, isChangingOver = false }: IkeSituation,
  peer: IkePeer,
  certificate: string,
): string[] {
  return block(`  ${connectionName(peer)}`, [
    ...[
      'version = 2',
      'mobike = no',
      'unique = never',
      `proposals = ${IKE_PROPOSAL}`,
      `dpd_delay = ${ASK_SECONDS}s`,
    ],
    ...[`local_addrs = ${end}`, `remote_addrs = ${peer.end}`],
    ...block('local', ['auth = pubkey', `certs = ${certificate}`, `id = "CN=${host}"`]),
    ...block('remote', [
      ...['auth = pubkey', `cacerts = ${authorityFile(peer.authority)}`, `id = "CN=${peer.host}"`],
    ]),
    ...block(
      'children',
      childrenOver(end).flatMap(([name, [local, remote]]) =>
        block(name, [
          ...['mode = transport', `esp_proposals = ${ESP_PROPOSAL}`, `replay_window = ${REPLAY_WINDOW}`],
          ...[`local_ts = dynamic[${local}]`, `remote_ts = dynamic[${remote}]`],
          // By it what is agreed on is known again by a daemon that was started anew.
          `reqid = ${tunnelRequestId(connectionName(peer), name)}`,
          ...(isChangingOver ? CHANGING_ACTIONS : USUAL_ACTIONS),
        ]),
      ),
    ),
  ]);
}

/** What each pair of hosts agrees on keys for: what is sent to a port of the other, what comes to it here, and GRE. */
const CHILDREN: Readonly<Record<string, readonly [local: string, remote: string]>> = {
  'geneve-out': ['udp', `udp/${TUNNEL_PORT.geneve}`],
  'geneve-in': [`udp/${TUNNEL_PORT.geneve}`, 'udp'],
  'vxlan-out': ['udp', `udp/${TUNNEL_PORT.vxlan}`],
  'vxlan-in': [`udp/${TUNNEL_PORT.vxlan}`, 'udp'],
  gre: ['gre', 'gre'],
};

/** By which the kernel finds the keys of what is agreed on with a host whose tunnels end on addresses of a family. */
export const agreedIdsOf = (peer: IkePeer): number[] =>
  childrenOver(peer.end).map(([child]) => tunnelRequestId(connectionName(peer), child));

/** By which the kernel finds the keys of a connection of this name. */
export const requestIdsOf = (connection: string): number[] =>
  Object.keys(CHILDREN).map((child) => tunnelRequestId(connection, child));

/** GRE over IPv6 cannot be encrypted: the kernel looks for a policy before it has a source. */
const childrenOver = ({ family }: Address) =>
  Object.entries(CHILDREN).filter(([name]) => family === 4 || name !== 'gre');

const block = (name: string, lines: readonly string[]): string[] => [
  `${name} {`,
  ...lines.map((line) => `  ${line}`),
  '}',
];
