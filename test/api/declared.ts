/** Holds the API to its word: an operation ends with the errors that OpenAPI says it may end with, and no others. */
import assert from 'node:assert/strict';
import type { Answer, Body, TestApi } from '../support/api.ts';

/** The operation of a request in OpenAPI's document; none for a path that nothing has. */
function operationFor(document: Body, method: string, url: string): Body | undefined {
  const [path = ''] = url.split('?');
  const template = Object.keys(document.paths ?? {}).find((one) =>
    new RegExp(`^${one.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path),
  );
  return template === undefined ? undefined : document.paths?.[template]?.[method.toLowerCase()];
}

function check(document: Body, method: string, path: string, { status, body }: Answer): void {
  const operation = operationFor(document, method, path);
  if (status < 400 || operation === undefined) return;
  const schema = operation.responses?.[String(status)]?.content?.['application/json']?.schema;
  const types = schema?.properties?.NeutronError?.properties?.type?.enum ?? [];
  const type = String(body.NeutronError?.type);
  assert.ok(types.map(String).includes(type), `OpenAPI has no ${status} ${type} of ${method} ${path}`);
}

/** The API, with every answer compared with what OpenAPI says. */
export async function heldToOpenApi(api: TestApi): Promise<TestApi> {
  const { body: document } = await api.call('GET', '/openapi.json');
  return {
    ...api,
    async call(method, path, body, headers) {
      const answer = await api.call(method, path, body, headers);
      check(document, method, path, answer);
      return answer;
    },
  };
}
