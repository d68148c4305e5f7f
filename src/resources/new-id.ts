/** Ids of new resources. */
import { randomUUID, randomUUIDv7 } from 'node:crypto';

let last = '';

/** The UUID one above, within its last 48 bits (RFC 9562 section 6.2, method 2). */
function next(uuid: string): string {
  const tail = (Number.parseInt(uuid.slice(24), 16) + 1) % 2 ** 48;
  return uuid.slice(0, 24) + tail.toString(16).padStart(12, '0');
}

/**
 * The id of a new port: a random one (RFC 9562 section 5.4). Nova and others name a port's device by the first 11
 * characters of its id, and in version 7 those are the time.
 */
export const newPortId = (): string => randomUUID();

/**
 * A UUID of version 7 (RFC 9562 section 5.7): text order is the order in which this process made them, so that lists
 * come oldest first and rows that were made together lie together on disk. Not for ports.
 */
export function newId(): string {
  const fresh = randomUUIDv7();
  last = fresh > last ? fresh : next(last);
  return last;
}
