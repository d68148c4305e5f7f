/** Documents in folders, as metadata services have them: what is at a path. Pure. */

export interface Document {
  readonly type: 'text/plain' | 'application/json' | 'application/octet-stream';
  readonly body: string | Uint8Array;
}

export interface Folder {
  readonly entries: ReadonlyMap<string, Document | Folder>;
  /** How the folder's own listing shows an entry; its name when left out. */
  list?(name: string, entry: Document | Folder): string;
}

export const isFolder = (node: Document | Folder): node is Folder => 'entries' in node;

export const textDocument = (body: string): Document => ({ type: 'text/plain', body });

export const json = (value: unknown): Document => ({
  type: 'application/json',
  body: JSON.stringify(value),
});

/** A folder of what there is: entries without value are left out. */
export function folder(
  entries: Readonly<Record<string, Document | Folder | undefined>>,
  list?: Folder['list'],
): Folder {
  const there = Object.entries(entries).filter(
    (entry): entry is [string, Document | Folder] => entry[1] !== undefined,
  );
  return { entries: new Map(there), ...(list && { list }) };
}

/**
 * What a path leads to: a document, or the listing of a folder, one entry in a line. A slash at the end changes
 * nothing, but other empty parts, `.` and `..` lead nowhere.
 * @param path as in the request, from `/` on, without a query
 */
export function documentAt(root: Folder, path: string): Document | undefined {
  if (!path.startsWith('/')) return undefined;
  const parts = path.slice(1).split('/');
  if (parts.at(-1) === '') parts.pop();
  let node: Document | Folder | undefined = root;
  for (const part of parts) node = node && isFolder(node) ? node.entries.get(part) : undefined;
  return node && isFolder(node) ? listing(node) : node;
}

function listing({ entries, list = (name) => name }: Folder): Document {
  return textDocument(Array.from(entries, ([name, entry]) => list(name, entry)).join('\n'));
}
