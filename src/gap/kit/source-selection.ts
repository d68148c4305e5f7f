/** Which source address an instance's kernel chooses (RFC 6724), as the other side sees it. */
import type { Address } from '../../addressing/index.ts';
import { type LabInstance, type UdpEcho, udpProbe, waitUntil } from '../../lab/index.ts';
import type { Evidence } from './evidence.ts';

const [PATIENCE_MS, ALTOGETHER_MS] = [3_000, 9_000];

/** A datagram that must come back, of a few since a busy machine loses some, and must have gone out from one of the addresses `right`. */
export async function sourceChosen(
  purpose: { readonly what: string; readonly core?: boolean },
  from: LabInstance,
  to: { readonly target: Address; readonly echo: UdpEcho; readonly port: number },
  right: readonly Address[],
): Promise<Evidence> {
  const before = to.echo.clients.length;
  const answered = await waitUntil(
    () => udpProbe(from, to.target, to.port, { patienceMs: PATIENCE_MS }),
    ALTOGETHER_MS,
  );
  const source = to.echo.clients[before];
  return {
    ...purpose,
    expected: `an answer, from source ${right.join(' or ')}`,
    seen: source === undefined ? 'silence' : `source ${source}, ${answered ? 'answered' : 'no answer'}`,
    ok: answered === true && source !== undefined && right.some((address) => address.equals(source)),
  };
}
