/** JSON bodies. */
import { badRequest } from '../resources/errors.ts';

/** No request has more than a handful of levels; a thousand would exhaust the stack of whoever walks through them. */
const maxDepth = 32;

function checkDepth(value: unknown, left: number): void {
  if (typeof value !== 'object' || value === null) return;
  if (left === 0) throw badRequest(`The request body is nested more than ${maxDepth} levels deep.`);
  for (const member of Object.values(value)) checkDepth(member, left - 1);
}

/** @throws RequestError 400 for what is not JSON, or nested too deeply */
export function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw badRequest(
      `The request body is not valid JSON: ${error instanceof Error ? error.message : error}.`,
    );
  }
  checkDepth(value, maxDepth);
  return value;
}
