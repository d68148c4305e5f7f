/**
 * Errors that a request can end with: Neutron's types and status codes, so that its clients recognise them.
 * Messages name the field, the value and the way out.
 */

/** A request that cannot be served: becomes `{"NeutronError": {type, message, detail}}` with `status`. */
export class RequestError extends Error {
  /** Neutron's exception name, for instance `IpAddressInUse`. */
  readonly type: string;
  /** HTTP status code. */
  readonly status: number;
  readonly detail: string;

  constructor(status: number, type: string, message: string, detail = '') {
    super(message);
    this.name = 'RequestError';
    this.status = status;
    this.type = type;
    this.detail = detail;
  }
}

/** 400 for the request body as a whole or an attribute's syntax (Neutron's pipeline says HTTPBadRequest). */
export const badRequest = (message: string): RequestError => new RequestError(400, 'HTTPBadRequest', message);

/** 400 for a value that breaks a rule between attributes. */
export const invalidInput = (message: string): RequestError =>
  new RequestError(400, 'InvalidInput', `Invalid input for operation: ${message}`);

/** 404. `what` is the resource's name in words, for instance `Security group`. */
export const notFound = (what: string, id: string): RequestError =>
  new RequestError(
    404,
    `${what.replace(/(^| )(\w)/g, (_, _space, c) => c.toUpperCase())}NotFound`,
    `${what} ${id} could not be found.`,
  );

/** 409 with Neutron's type. */
export const conflict = (type: string, message: string): RequestError => new RequestError(409, type, message);

/** 403: the caller may see the resource or attribute, but not do this. */
export const forbidden = (message: string): RequestError =>
  new RequestError(403, 'PolicyNotAuthorized', message);
