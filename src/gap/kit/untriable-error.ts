/** Thrown where a use case, or a part of it, cannot be tried here: that says nothing about whether it works. */
export class UntriableError extends Error {
  override readonly name = 'UntriableError';
}
