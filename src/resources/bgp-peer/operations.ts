/** BGP peers: create, update, delete. */
import { Address } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';
import type { Context } from '../context.ts';
import { newId } from '../new-id.ts';
import { deleteRow, fromRow, insertRow, newborn, updateRow } from '../repository.ts';
import type { OperationsOn } from '../resource.ts';
import type { Tx } from '../tables.ts';
import { type BgpPeer, type BgpPeerCreate, type BgpPeerUpdate, bgpPeer } from './definition.ts';

async function create(tx: Tx, context: Context, request: BgpPeerCreate): Promise<BgpPeer> {
  const { password, ...rest } = request;
  if (rest.auth_type === 'md5' && !password) throw errors.bgp.passwordNeeded();
  checkPassword(password);
  const address = Address.parse(rest.peer_ip);
  if (address.isMulticast || address.isLoopback || address.isUnspecified)
    throw errors.bgp.peerAddress({ peer_ip: rest.peer_ip });
  if (address.isLinkLocal) throw errors.bgp.linkLocalPeer({ peer_ip: rest.peer_ip });
  const projectId = rest.project_id ?? context.projectId;
  const { tags: _, ...fresh } = newborn();
  const made: BgpPeer = { ...rest, ...fresh, id: newId(), project_id: projectId, tenant_id: projectId };
  insertRow(tx, bgpPeer, made, { password: rest.auth_type === 'md5' ? password : null });
  return made;
}

async function update(tx: Tx, _context: Context, current: BgpPeer, changes: BgpPeerUpdate): Promise<BgpPeer> {
  const { password, ...rest } = changes;
  if (password && current.auth_type === 'none') throw errors.bgp.peerNotAuthenticated({ peer: current.id });
  if (password !== undefined && !password && current.auth_type === 'md5') throw errors.bgp.passwordNeeded();
  checkPassword(password);
  const moved = updateRow(tx, bgpPeer, current, rest, password ? { password } : {});
  return { ...current, ...(rest as Partial<BgpPeer>), ...moved };
}

/**
 * A password is a word in FRR's configuration.
 * @throws RequestError 400 for one that is none
 */
function checkPassword(password: string | null | undefined): void {
  if (password && !/^[\x21-\x7e]+$/.test(password)) throw errors.bgp.passwordUnusable();
}

export const bgpPeerOperations: OperationsOn<typeof bgpPeer> = {
  load: async (_db, rows) => rows.map((row) => fromRow(bgpPeer, row)),
  create,
  update,
  delete: async (tx, _context, current) => deleteRow(tx, bgpPeer, current),
};
