/**
 * The southbound database listens for the controllers of other machines. What they may write OVN's role for them says
 * (RBAC in ovn-sb(5)): of most tables the rows that bear the name in their certificate.
 */
import { isIPv6 } from 'node:net';
import { type TlsFiles, transactOnce } from '../../ovsdb/index.ts';

/** Where the southbound database listens for hosts. */
export interface HostsListener {
  readonly address: string;
  readonly port: number;
  /** Network namespace in which it listens; null is the machine's. */
  readonly namespace: string | null;
  /** With what it shows itself, and knows hosts. */
  readonly tls: TlsFiles;
  /** Address on which the tunnels of this machine's own chassis end; left out, they lead nowhere. */
  readonly tunnelAddress?: string | undefined;
}

const ROLE = 'ovn-controller';
/** Silence after which a host is asked whether it is there. */
const PROBE_MS = 30_000;
const PATIENCE_MS = 10_000;

/** What programs of OVS read of OpenSSL's settings: nothing older than TLS 1.3 (RFC 8446). */
export const TLS_SETTINGS = `openssl_conf = init
[init]
ssl_conf = ssl
[ssl]
system_default = tls
[tls]
MinProtocol = TLSv1.3
`;

/**
 * Has the database listen; connections stay when it does already.
 * @param socket path of the database's unix socket
 * @throws OvsdbError when it does not take it
 */
export async function listenForHosts(
  socket: string,
  { address, port }: Pick<HostsListener, 'address' | 'port'>,
): Promise<void> {
  const target = `pssl:${port}:${isIPv6(address) ? `[${address}]` : address}`;
  const patience = AbortSignal.timeout(PATIENCE_MS);
  const select = { op: 'select', table: 'Connection', where: [], columns: ['target', 'role'] };
  const [found] = await transactOnce(socket, 'OVN_Southbound', [select], patience);
  const rows = found?.rows as { target: string; role: string }[];
  if (rows.length === 1 && rows[0]?.target === target && rows[0].role === ROLE) return;
  const row = { target, role: ROLE, inactivity_probe: PROBE_MS };
  await transactOnce(
    socket,
    'OVN_Southbound',
    [
      { op: 'insert', table: 'Connection', 'uuid-name': 'hosts', row },
      { op: 'update', table: 'SB_Global', where: [], row: { connections: ['named-uuid', 'hosts'] } },
    ],
    patience,
  );
}

/**
 * Ends the connections of all hosts, which come again if the database still believes them; and takes chassis out: the
 * others end their tunnels to these.
 * @param socket path of the database's unix socket
 * @param chassis names of those whose connections count no more
 * @throws OvsdbError when it does not take it
 */
export async function expelHosts(
  socket: string,
  listener: Pick<HostsListener, 'address' | 'port'>,
  chassis: readonly string[],
): Promise<void> {
  // Without its row the database listens no more, and drops who came that way.
  const silence = { op: 'update', table: 'SB_Global', where: [], row: { connections: ['set', []] } };
  const forget = chassis.flatMap((name) =>
    ['Chassis_Private', 'Chassis'].map((table) => ({ op: 'delete', table, where: [['name', '==', name]] })),
  );
  await transactOnce(socket, 'OVN_Southbound', [silence], AbortSignal.timeout(PATIENCE_MS));
  if (forget.length > 0)
    await transactOnce(socket, 'OVN_Southbound', forget, AbortSignal.timeout(PATIENCE_MS));
  await listenForHosts(socket, listener);
}
