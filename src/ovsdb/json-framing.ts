/** Where one JSON text ends and the next begins. */
import { OvsdbError } from './errors.ts';
import type { Json } from './json.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** `[` and `{`, and `]` and `}`, differ in this bit only. */
const CURLY = 0x20;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/**
 * Cuts a byte stream into JSON texts. OVSDB messages follow each other without a separator, so a message ends
 * where its brackets balance. Every byte is looked at once, whatever the size of the message and however it
 * was chopped into chunks.
 */
export class JsonFraming {
  readonly #parts: Buffer[] = [];
  #depth = 0;
  #inString = false;
  #escaped = false;

  /**
   * Takes the next chunk, and yields every message that it completes.
   *
   * @throws OvsdbError when the bytes are not a sequence of JSON objects or arrays
   */
  *push(chunk: Buffer): Generator<Json> {
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]!;
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) this.#inString = false;
      } else if (byte === QUOTE) {
        this.#inString = true;
      } else if ((byte | CURLY) === OPEN) {
        this.#depth++;
      } else if ((byte | CURLY) === CLOSE && --this.#depth <= 0) {
        this.#parts.push(chunk.subarray(start, at + 1));
        start = at + 1;
        yield this.#take();
      }
    }
    if (start < chunk.length) this.#parts.push(chunk.subarray(start));
  }

  #take(): Json {
    const text = (this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts)).toString('utf8');
    this.#parts.length = 0;
    this.#depth = 0;
    try {
      return JSON.parse(text) as Json;
    } catch (cause) {
      throw new OvsdbError(`the peer sent something that is not JSON: ${text.slice(0, 80)}`, { cause });
    }
  }
}
