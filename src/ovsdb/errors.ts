/** Anything that goes wrong between this client and an OVSDB server. */
export class OvsdbError extends Error {
  override name = 'OvsdbError';
}

/**
 * The same request may succeed when it is sent again: the connection was lost, the server is not the Raft
 * leader, a `wait` ran out. When the connection was lost, the request may also have been carried out
 * already, so whoever repeats it must be idempotent: look at the replica again first.
 */
export class RetryableError extends OvsdbError {
  override name = 'RetryableError';
}

/** The server could not keep the transaction: its disk is full, or broken. Nothing of it was done. */
export class ServerDiskError extends RetryableError {
  override name = 'ServerDiskError';
}

/**
 * Waits for a request that makes no sense any more when its session is lost.
 * @throws what else goes wrong
 */
export async function unlessLost(request: Promise<unknown> | undefined): Promise<void> {
  try {
    await request;
  } catch (error) {
    if (!(error instanceof RetryableError)) throw error;
  }
}

/** The transaction asserted a lock that this client does not hold (RFC 7047 section 5.2.10). */
export class LockNotHeldError extends OvsdbError {
  override name = 'LockNotHeldError';
}

/** The server refused a request: a constraint, a reference, syntax. Sending it again does not help. */
export class RefusedError extends OvsdbError {
  override name = 'RefusedError';
  /** The server's error tag, for instance `constraint violation` (RFC 7047 section 3.1). */
  readonly tag: string;
  /** Which operation of the transaction failed; undefined when it was the commit as a whole. */
  readonly operation: number | undefined;

  constructor(message: string, tag: string, operation?: number) {
    super(message);
    this.tag = tag;
    this.operation = operation;
  }
}

/** A value that the schema does not allow; found before anything was sent. */
export class ValueError extends OvsdbError {
  override name = 'ValueError';
  readonly table: string;
  readonly column: string;
  readonly value: unknown;

  constructor(table: string, column: string, value: unknown, reason: string) {
    super(`${table}.${column}: ${show(value)} ${reason}`);
    this.table = table;
    this.column = column;
    this.value = value;
  }
}

/** The server's schema is not one that the declared tables and columns can be read from. */
export class SchemaMismatchError extends OvsdbError {
  override name = 'SchemaMismatchError';
}

const TRANSIENT_TAGS = new Set(['not leader', 'cluster error', 'timed out', 'canceled', 'try again']);

/**
 * The typed error for an error object of the server.
 *
 * @param tag the `error` member, for instance `constraint violation`
 * @param details the `details` member, free text
 * @param operation index of the failed operation in its transaction
 */
export function serverError(tag: string, details: string, operation?: number): OvsdbError {
  const where = operation === undefined ? '' : ` (operation ${operation})`;
  const message = details === '' ? `${tag}${where}` : `${tag}: ${details}${where}`;
  if (TRANSIENT_TAGS.has(tag) || tag === 'unknown database') return new RetryableError(message);
  if (tag === 'I/O error') return new ServerDiskError(message);
  if (tag === 'not owner') return new LockNotHeldError(message);
  return new RefusedError(message, tag, operation);
}

function show(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
