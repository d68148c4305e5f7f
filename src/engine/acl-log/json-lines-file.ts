/** The file that records of packets are written to. */
import { appendFile, rename, stat } from 'node:fs/promises';

/** A file of JSON objects, one a line; what has grown too big becomes `<file>.1`. */
export class JsonLinesFile {
  readonly #file: string;
  readonly #limit: number;

  /** @param limit octets beyond which the file makes room for a new one */
  constructor(file: string, limit = 10 * 1024 * 1024) {
    this.#file = file;
    this.#limit = limit;
  }

  async append(objects: readonly object[]): Promise<void> {
    if (objects.length === 0) return;
    const { size } = await stat(this.#file).catch(() => ({ size: 0 }));
    if (size > this.#limit) await rename(this.#file, `${this.#file}.1`);
    await appendFile(this.#file, objects.map((object) => `${JSON.stringify(object)}\n`).join(''), {
      mode: 0o640,
    });
  }
}
