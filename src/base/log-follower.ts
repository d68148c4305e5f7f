/** Reading a log file as it grows. */
import { type FileHandle, open, readFile, stat, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const CHUNK_SIZE = 64 * 1024;
/** A line that is longer is none of a log's: it is cut. */
const LONGEST_LINE = 64 * 1024;

export interface FollowOptions {
  /** How often the file is looked at, in milliseconds. */
  readonly everyMs?: number;
  /** A file that keeps how far the log was read, so that a successor goes on from there. */
  readonly bookmark?: string;
}

/** How far a log was read: which file it was, and the octets. */
interface Bookmark {
  readonly ino: number;
  readonly position: number;
}

/** Follows a log file, over rotations, and hands on its lines as they come. */
export class LogFollower {
  readonly #file: string;
  readonly #everyMs: number;
  readonly #bookmark: string | undefined;
  readonly #listener: (lines: string[]) => Promise<void>;
  readonly #stop = new AbortController();
  readonly #buffer = Buffer.alloc(CHUNK_SIZE);
  #handle: FileHandle | undefined;
  #position = 0;
  /** The beginning of a line whose end is not written yet. */
  #partial = '';
  #running: Promise<void> = Promise.resolve();

  private constructor(
    file: string,
    listener: (lines: string[]) => Promise<void>,
    { everyMs = 250, bookmark }: FollowOptions,
  ) {
    this.#file = file;
    this.#everyMs = everyMs;
    this.#bookmark = bookmark;
    this.#listener = listener;
  }

  /**
   * Starts where the bookmark is, or at the end of what is there. After a crash of its predecessor, the last lines may
   * come once more.
   * @param listener gets whole lines, without their ends; the next come when its promise resolves. When it rejects, the
   *   lines were not taken: `stop` rejects, too, and a successor begins with them.
   */
  static async start(
    file: string,
    listener: (lines: string[]) => Promise<void>,
    options: FollowOptions = {},
  ): Promise<LogFollower> {
    const follower = new LogFollower(file, listener, options);
    await follower.#open();
    await follower.#findPlace();
    follower.#running = follower.#run();
    return follower;
  }

  /** Reads what is there yet, and ends. */
  async stop(): Promise<void> {
    this.#stop.abort();
    try {
      await this.#running;
    } finally {
      await this.#handle?.close();
      this.#handle = undefined;
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.#look();
      await sleep(this.#everyMs, undefined, { signal }).catch(() => undefined);
    }
    await this.#look();
  }

  async #look(): Promise<void> {
    if (this.#handle === undefined) await this.#open();
    await this.#read();
    if (!(await this.#isReplaced())) return;
    // Its writer may have written more before it took the new file.
    await this.#read();
    await this.#handle?.close();
    this.#handle = undefined;
    await this.#open();
    await this.#read();
  }

  async #open(): Promise<void> {
    this.#handle = await open(this.#file).catch(() => undefined);
    this.#position = 0;
    this.#partial = '';
  }

  async #findPlace(): Promise<void> {
    const now = await this.#handle?.stat();
    if (now === undefined) return;
    const kept = this.#bookmark && (await readFile(this.#bookmark, 'utf8').catch(() => undefined));
    const { ino, position } = kept ? (JSON.parse(kept) as Bookmark) : { ino: 0, position: 0 };
    this.#position = ino === now.ino && position <= now.size ? position : now.size;
  }

  async #keepPlace(handle: FileHandle): Promise<void> {
    if (this.#bookmark === undefined) return;
    const { ino } = await handle.stat();
    const place: Bookmark = { ino, position: this.#position - this.#partial.length };
    // On a disk without room lines go on; the place is kept with those that come when there is some.
    await writeFile(this.#bookmark, JSON.stringify(place)).catch(() => undefined);
  }

  async #isReplaced(): Promise<boolean> {
    const [now, ours] = [await stat(this.#file).catch(() => undefined), await this.#handle?.stat()];
    return now !== undefined && ours !== undefined && now.ino !== ours.ino;
  }

  async #read(): Promise<void> {
    const handle = this.#handle;
    if (handle === undefined) return;
    // Cut short by whoever rotates by copying.
    if ((await handle.stat()).size < this.#position) this.#position = 0;
    for (;;) {
      const { bytesRead } = await handle.read(this.#buffer, 0, CHUNK_SIZE, this.#position);
      if (bytesRead === 0) return;
      this.#position += bytesRead;
      const lines = (this.#partial + this.#buffer.toString('latin1', 0, bytesRead)).split('\n');
      this.#partial = (lines.pop() ?? '').slice(0, LONGEST_LINE);
      if (lines.length === 0) continue;
      await this.#listener(lines);
      await this.#keepPlace(handle);
    }
  }
}
