/** Which code this is: programs of another release that still run are told from those of this one. */
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
let known: string | undefined;

/** A hash of Node's release, the packages, and all files of Sextant's that run. */
export function ownCode(): string {
  known ??= hashCode();
  return known;
}

function hashCode(): string {
  const hash = createHash('sha256').update(process.version);
  for (const file of ['package-lock.json', ...globSync('src/**/*.ts', { cwd: ROOT }).sort()]) {
    if (!file.endsWith('.test.ts')) hash.update(file).update(readFileSync(join(ROOT, file)));
  }
  return hash.digest('hex').slice(0, 16);
}
