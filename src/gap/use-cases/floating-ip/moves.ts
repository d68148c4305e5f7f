/** Floating IPs that are moved from one instance to another, and what both ends see of each other. */
import type { Address } from '../../../addressing/index.ts';
import type { Answered } from '../../../client/index.ts';
import { type LabInstance, type TcpEcho, tcpProbe, withPatience } from '../../../lab/index.ts';
import type { Tenant, Trial } from '../../kit/index.ts';

export const TCP_PORT = 7042;
/** In which a floating IP comes to stand for its port: how soon is no matter here. */
export const SETTLED_MS = 10_000;
/**
 * In which new connections find the instance that a floating IP was moved to. It is less than a second where nothing else
 * is done, and what it was is said; on a machine with more to do it is no less right.
 */
const MOVED_MS = 10_000;
/** Elsewhere nobody has said how soon: what takes as long does not work. */
const MOVED_ELSEWHERE_MS = 30_000;

/** In which one that was moved, or taken off, is so. */
export const movedWithin = (trial: Trial): number => (trial.isSextant ? MOVED_MS : MOVED_ELSEWHERE_MS);

/** An instance that echoes TCP. */
export interface EchoGuest {
  readonly name: string;
  readonly instance: LabInstance;
  readonly port: Answered<'port'>;
  readonly echo: TcpEcho;
}

export function showSource(
  trial: Trial,
  purpose: { what: string; core: boolean },
  expected: Address,
  echo: TcpEcho,
): void {
  const seen = echo.clients.at(-1);
  trial.show({
    ...purpose,
    expected: `from ${expected}`,
    seen: `from ${seen ?? 'nobody'}`,
    ok: seen?.equals(expected) === true,
  });
}

/** A floating IP, who tries it from outside, and what is said of that. */
export interface MovedFloatingIp {
  readonly tenant: Tenant;
  readonly id: string;
  readonly floating: Address;
  readonly from: LabInstance;
  readonly how: string;
  readonly core: boolean;
}

/** An instance, and the address that the floating IP stands for there. */
interface FixedPlace {
  readonly guest: EchoGuest;
  readonly fixed: Address;
}

/** Moved to the other instance while a client keeps on making connections. */
export async function tryMove(
  trial: Trial,
  { tenant, id, floating, from, how, core }: MovedFloatingIp,
  { guest: one }: FixedPlace,
  { guest: two, fixed }: FixedPlace,
): Promise<void> {
  const connect = () => tcpProbe(from, floating, TCP_PORT, { patienceMs: 200 });
  await connect();
  const [before, earlier] = [two.echo.clients.length, one.echo.clients.length];
  await tenant.client.update('floatingip', id, { port_id: two.port.id, fixed_ip_address: `${fixed}` });
  const limit = trial.isSextant ? movedWithin(trial) : withPatience(movedWithin(trial));
  const begin = performance.now();
  const isOver = () => performance.now() - begin > limit;
  while (two.echo.clients.length === before && !isOver()) await connect();
  const milliseconds = Math.round(performance.now() - begin);
  trial.show({
    what: `${how}: new connections after it was moved to the other instance`,
    expected: `reach that within ${limit} ms`,
    seen: two.echo.clients.length > before ? `after ${milliseconds} ms` : 'do not reach it',
    ok: two.echo.clients.length > before && milliseconds <= limit,
    core,
  });
  const late = one.echo.clients.length;
  for (let count = 0; count < 5; count++) await connect();
  const wrong = one.echo.clients.length - late;
  trial.show({
    what: `${how}: five more connections`,
    expected: 'five to that instance, none to the other',
    seen: `${two.echo.clients.length - before - 1} to that, ${wrong} to the other (${late - earlier} while it was moved)`,
    ok: wrong === 0,
  });
}
