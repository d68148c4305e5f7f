/**
 * What OVN is shown of interfaces: the patch ports of instances look like ordinary devices, and a device that somebody
 * plugged in past the guard is no port's. It needs to see an interface from its beginning on, for what changes later does
 * not say what stays.
 */
import { isJsonObject, type Json, type JsonObject } from '../ovsdb/index.ts';
import { PATCH_MARK, pastGuard } from './instance-port.ts';

const IFACE_ID = 'iface-id';
/** Whole rows, in the various kinds of updates (RFC 7047 4.1.6, ovsdb-server(7) 4.1.14). */
const WHOLE = ['initial', 'insert', 'new'];

type Pairs = ReadonlyMap<string, string>;

export class InterfaceView {
  /** The `external_ids` of each interface, as they are. */
  readonly #real = new Map<string, Pairs>();

  /** Changes the rows of an update to what OVN is to see. */
  disguise(rows: JsonObject): void {
    for (const [uuid, row] of Object.entries(rows)) {
      if (!isJsonObject(row)) continue;
      for (const kind of WHOLE) if (isJsonObject(row[kind])) this.#takeWhole(uuid, row[kind]);
      if (isJsonObject(row.modify)) this.#takeDifferences(uuid, row.modify);
      if ('delete' in row || (!('new' in row) && 'old' in row)) this.#real.delete(uuid);
    }
  }

  #takeWhole(uuid: string, columns: JsonObject): void {
    const real = pairsIn(columns.external_ids);
    this.#real.set(uuid, real);
    if (columns.type === 'patch' && real.has(PATCH_MARK)) columns.type = '';
    if (columns.external_ids !== undefined) columns.external_ids = mapOf(seen(real));
  }

  /** Of a map, differences have the pairs that are new, changed or gone (ovsdb-server(7) section 4.1.14). */
  #takeDifferences(uuid: string, columns: JsonObject): void {
    if (columns.external_ids === undefined) return;
    const before = this.#real.get(uuid) ?? new Map();
    const after = new Map(before);
    for (const [key, value] of pairsIn(columns.external_ids)) {
      if (before.get(key) === value) after.delete(key);
      else after.set(key, value);
    }
    this.#real.set(uuid, after);
    const [then, now] = [seen(before), seen(after)];
    const changed = [...now].filter(([key, value]) => then.get(key) !== value);
    const gone = [...then].filter(([key]) => !now.has(key));
    columns.external_ids = mapOf([...changed, ...gone]);
  }
}

/** What OVN is shown of `external_ids`. */
const seen = (real: Pairs): Pairs =>
  pastGuard(real) === undefined ? real : new Map([...real].filter(([key]) => key !== IFACE_ID));

/** The pairs of a map of texts (RFC 7047 section 5.1). */
function pairsIn(map: Json | undefined): Map<string, string> {
  const pairs = Array.isArray(map) && Array.isArray(map[1]) ? map[1] : [];
  return new Map(pairs.flatMap((pair) => (Array.isArray(pair) ? [[String(pair[0]), String(pair[1])]] : [])));
}

const mapOf = (pairs: Iterable<readonly [string, string]>): Json => [
  'map',
  Array.from(pairs, ([key, value]) => [key, value]),
];
