/** Longest piece of a refused text that is quoted back: enough for any real address, short enough for a log. */
const QUOTED_LENGTH = 64;

/**
 * Thrown for a text or a value that is no address, prefix, range or MAC.
 * The message quotes the text and gives the reason, fit to be shown to whoever wrote it.
 */
export class AddressError extends Error {
  override readonly name = 'AddressError';
  /** What was refused, in full. */
  readonly text: string;
  /** Why: a clause that follows a colon, such as `has a zone identifier`. */
  readonly reason: string;

  /** `what` names the thing that `text` should have been, with its article: `an IPv6 address`. */
  constructor(what: string, text: string, reason: string) {
    super(`${quote(text)} is not ${what}: ${reason}`);
    this.text = text;
    this.reason = reason;
  }
}

function quote(text: string): string {
  return JSON.stringify(text.length > QUOTED_LENGTH ? `${text.slice(0, QUOTED_LENGTH)}…` : text);
}
