/** The command line itself is wrong: exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Somebody ended the command before it was done: exit status 130. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
}

/** The command was understood and could not be done: exit status 1. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
}
