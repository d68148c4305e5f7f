/** Which OVN there is, as northd says in the northbound database. */
import type { Logger } from 'pino';
import type { OvsdbClient, TableKinds } from '../../ovsdb/index.ts';

/** Where northd writes its version: `23.03.1-20.27.0-70.6`, OVN's own with those of its protocols behind it. */
const OPTION = 'northd_internal_version';

/** The releases that Sextant was tried with, every use case and attack. */
const TRIED: ReadonlySet<string> = new Set(['23.03', '26.03']);

/** Whether Sextant was tried with releases of this version's kind: `23.03.1` is as `23.03`. */
export const isTried = (version: string): boolean => TRIED.has(version.split('.', 2).join('.'));

/** @param options of NB_Global; undefined as long as no northd has been there */
export const versionIn = (options: ReadonlyMap<string, string> | undefined): string | undefined =>
  options?.get(OPTION)?.split('-', 1)[0];

/** Follows the version, and says it in the log when it is known or another. */
export class OvnVersion {
  readonly #log: Logger;
  readonly #end: () => void;
  #version: string | undefined;

  constructor(client: OvsdbClient<TableKinds>, log: Logger) {
    this.#log = log;
    const look = () => this.#look(client);
    this.#end = client.onChange((changes) => {
      if (changes.some(({ table }) => table === 'NB_Global')) look();
    });
    look();
  }

  /** `26.03.2`; undefined while it is not known. */
  get version(): string | undefined {
    return this.#version;
  }

  stop(): void {
    this.#end();
  }

  #look(client: OvsdbClient<TableKinds>): void {
    const [row] = client.table('NB_Global').rows();
    const version = versionIn(row?.options as ReadonlyMap<string, string> | undefined);
    if (version === undefined || version === this.#version) return;
    this.#version = version;
    this.#log.info({ version }, `OVN ${version}`);
    if (!isTried(version))
      this.#log.warn(
        { version, tried: [...TRIED] },
        `Sextant was never tried with OVN ${version}: run sextant gap to see what works`,
      );
  }
}
