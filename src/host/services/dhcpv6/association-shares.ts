/** An identity association (RFC 8415 section 4.2) as a client asks for it: its addresses or its prefixes. */
interface Association<T> {
  readonly iaid: number;
  /** Whether the client names it: it wishes for it, was offered it or holds it. */
  names(holding: T): boolean;
}

/**
 * Which association gets what. The port's holdings are all that there is, so the server keeps no leases: the same
 * question has the same answer from any host at any time.
 *
 * 1. What an association names, and the port has, it gets. Who held an address keeps it.
 * 2. Associations that have nothing get one each, in the order of their IAIDs and of the port's holdings.
 * 3. What is left goes round all of them in the same order, so that a client with one association gets everything,
 *    and one that renews learns what the port has got since.
 *
 * Each holding is dealt once.
 *
 * @returns the shares, in the order of `associations`
 */
export function shareOut<T>(holdings: readonly T[], associations: readonly Association<T>[]): T[][] {
  const shares: T[][] = associations.map(() => []);
  const turns = [...associations.entries()].sort(([, a], [, b]) => a.iaid - b.iaid);
  let rest = holdings;
  for (const [index, association] of turns) {
    shares[index]!.push(...rest.filter((holding) => association.names(holding)));
    rest = rest.filter((holding) => !association.names(holding));
  }
  const order = turns.map(([index]) => shares[index]!);
  const empty = order.filter((share) => share.length === 0);
  for (const [turn, holding] of rest.entries()) {
    const share = turn < empty.length ? empty[turn] : order[(turn - empty.length) % order.length];
    share?.push(holding);
  }
  return shares;
}
