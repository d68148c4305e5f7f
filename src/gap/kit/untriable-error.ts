/** Thrown where a use case, or a part of it, cannot be tried here: that says nothing about whether it works. */
export class Untried extends Error {
  override readonly name = 'Untried';
}
