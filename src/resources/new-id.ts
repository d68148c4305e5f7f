/** Ids of new resources. */
import { randomUUIDv7 } from 'node:crypto';

let last = '';

/** The UUID one above, within its last 48 bits (RFC 9562 section 6.2, method 2). */
function next(uuid: string): string {
  const tail = (Number.parseInt(uuid.slice(24), 16) + 1) % 2 ** 48;
  return uuid.slice(0, 24) + tail.toString(16).padStart(12, '0');
}

/**
 * A UUID of version 7 (RFC 9562 section 5.7): text order is the order in which this process made them, so that lists
 * come oldest first and rows that were made together lie together on disk.
 */
export function newId(): string {
  const fresh = randomUUIDv7();
  last = fresh > last ? fresh : next(last);
  return last;
}
