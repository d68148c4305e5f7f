/**
 * What hosts say to each other of sessions, over a connection that shows who they are. Who connects names the routers of
 * which it wants to know; the other tells of these, all that there is first, and then what becomes of it. Pure.
 */

/** Octets of a router's id, and of records at most in one frame. */
const ID_OCTETS = 16;
const MOST_OCTETS = 1024 * 1024;
const LENGTH_OCTETS = 4;

const KIND = { want: 1, records: 2 } as const;

export type ExchangeFrame =
  | { readonly kind: 'want'; readonly routers: readonly string[] }
  | { readonly kind: 'records'; readonly router: string; readonly records: Uint8Array };

/** What cannot be read: the other speaks another language, or none. */
export class ExchangeFrameError extends Error {
  override readonly name = 'ExchangeFrameError';
}

/** As many routers as a host can want to know of. */
export const MOST_ROUTERS: number = MOST_OCTETS / ID_OCTETS - 1;

export function encodeExchangeFrame(frame: ExchangeFrame): Buffer {
  const content =
    frame.kind === 'want'
      ? Buffer.concat(frame.routers.map(octetsOf))
      : Buffer.concat([octetsOf(frame.router), frame.records]);
  const head = Buffer.alloc(LENGTH_OCTETS + 1);
  head.writeUInt32BE(1 + content.length);
  head[LENGTH_OCTETS] = KIND[frame.kind];
  return Buffer.concat([head, content]);
}

const octetsOf = (id: string): Buffer => Buffer.from(id.replaceAll('-', ''), 'hex');

const idOf = (octets: Buffer): string =>
  octets.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

/** Makes frames of what comes, however it is cut. */
export class ExchangeFrameReader {
  #parts: Buffer[] = [];
  #octets = 0;

  /**
   * @returns the frames that are whole now
   * @throws ExchangeFrameError
   */
  take(data: Buffer): ExchangeFrame[] {
    this.#parts.push(data);
    this.#octets += data.length;
    const frames: ExchangeFrame[] = [];
    for (let rest = this.#wholeFrame(); rest !== undefined; rest = this.#wholeFrame())
      frames.push(read(rest));
    return frames;
  }

  /** The next frame behind its length, taken out of what there is. */
  #wholeFrame(): Buffer | undefined {
    if (this.#octets < LENGTH_OCTETS) return undefined;
    if (this.#parts[0]!.length < LENGTH_OCTETS) this.#parts = [Buffer.concat(this.#parts)];
    const length = this.#parts[0]!.readUInt32BE();
    if (length === 0 || length > MOST_OCTETS + ID_OCTETS + 1)
      throw new ExchangeFrameError(`a frame of ${length} octets`);
    const end = LENGTH_OCTETS + length;
    if (this.#octets < end) return undefined;
    const all = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts);
    this.#parts = [all.subarray(end)];
    this.#octets = all.length - end;
    return all.subarray(LENGTH_OCTETS, end);
  }
}

function read(octets: Buffer): ExchangeFrame {
  const content = octets.subarray(1);
  const firstId = (): string => idOf(content.subarray(0, ID_OCTETS));
  if (octets[0] === KIND.records && content.length >= ID_OCTETS)
    return { kind: 'records', router: firstId(), records: content.subarray(ID_OCTETS) };
  if (octets[0] !== KIND.want || content.length % ID_OCTETS !== 0)
    throw new ExchangeFrameError(`a frame of kind ${octets[0]} and ${octets.length} octets`);
  const count = content.length / ID_OCTETS;
  const routers = Array.from({ length: count }, (_, at) =>
    idOf(content.subarray(at * ID_OCTETS, (at + 1) * ID_OCTETS)),
  );
  return { kind: 'want', routers };
}
