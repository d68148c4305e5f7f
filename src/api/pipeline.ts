/**
 * The Neutron pipeline: what happens to a request, the same for every resource. Authorise, validate, run the
 * resource's operation in one transaction, show the outcome. Knows definitions, no resource in particular.
 */

import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import { type ActionName, errors } from '../errors/index.ts';
import {
  type Context,
  type Definition,
  findRow,
  parseTag,
  type Resource,
  type ResourceRecord,
  requireQuota,
  type Settings,
  type Store,
  type Tables,
  type Tx,
  updateRow,
  type Values,
} from '../resources/index.ts';
import { auditedChanges } from './audit.ts';
import type { Caller } from './identity.ts';
import { Items } from './items.ts';
import { type Page, type PageEnds, pageLinks, readChunks, readVisible } from './list-page.ts';
import { fieldsIn, parseListQuery, type QueryString } from './list-query.ts';
import { parentOf, requireChanger, requireMaker, requireReader } from './policy.ts';
import { changesIn, itemsIn, parseCreate, parseUpdate } from './request-body.ts';
import { viewer } from './response-body.ts';
import { parseTags } from './tags.ts';

/** Most items in one bulk request. */
const MAX_BULK = 5000;

/** Where audited changes are told: the log of the request. */
type AuditLog = Pick<Logger, 'info'>;

/** Serves the requests about one resource. */
export class Pipeline {
  readonly #store: Store;
  readonly #settings: Settings;
  readonly #resource: Resource;
  readonly #items: Items;

  constructor(store: Store, settings: Settings, resource: Resource) {
    this.#store = store;
    this.#settings = settings;
    this.#resource = resource;
    this.#items = new Items(store, settings, resource);
  }

  #context(caller: Caller): Context {
    const { projectId, isAdmin, requestId } = caller;
    return { projectId, isAdmin, settings: this.#settings, cause: requestId };
  }

  #view(caller: Caller): (record: Values) => Values {
    return viewer(this.#resource.definition, caller, []);
  }

  /**
   * `GET /v2.0/networks?...`: the JSON of the answer, in parts, of which the first is there when this resolves.
   * @param url of the request, for the links to other pages
   */
  async list(caller: Caller, query: QueryString, url: URL): Promise<AsyncIterable<string>> {
    const { definition } = this.#resource;
    requireReader(caller, 'get', definition.name);
    const context = this.#context(caller);
    await this.#resource.beforeList?.(this.#store, context);
    const parsed = parseListQuery(definition, Object.keys(this.#resource.filters ?? {}), query, caller);
    const { columns, write } = this.#items.writer(caller, parsed.fields);
    const chunks = readChunks(this.#store.read, this.#resource, context, parsed, columns);
    const first = await chunks.next();
    return this.#listParts(first, chunks, write, (page) => pageLinks(url, page, parsed.limit));
  }

  async *#listParts(
    first: IteratorResult<Page>,
    chunks: AsyncIterable<Page>,
    write: (rows: Values[]) => Promise<string>,
    linksOf: (page: PageEnds) => object[],
  ): AsyncGenerator<string> {
    const { collection } = this.#resource.definition;
    let ends: PageEnds = { first: undefined, last: undefined, hasNext: false, hasPrevious: false };
    const part = async (page: Page): Promise<string> => {
      const isFirst = ends.first === undefined;
      ends = {
        first: ends.first ?? page.rows[0]?.id,
        last: page.rows.at(-1)?.id ?? ends.last,
        hasNext: page.hasNext,
        hasPrevious: isFirst ? page.hasPrevious : ends.hasPrevious,
      };
      const items = await write(page.rows);
      return isFirst || items === '' ? items : `,${items}`;
    };
    const begin = `{${JSON.stringify(collection)}:[`;
    yield first.done ? begin : begin + (await part(first.value));
    for await (const page of chunks) yield await part(page);
    const links = linksOf(ends);
    yield links.length === 0 ? ']}' : `],${JSON.stringify(`${collection}_links`)}:${JSON.stringify(links)}}`;
  }

  /** `GET /v2.0/networks/ID?fields=...`: the JSON of the answer. */
  async show(caller: Caller, id: string, query: QueryString): Promise<string> {
    const { name } = this.#resource.definition;
    const row = await this.#findRow(this.#store.read, caller, id);
    const { write } = this.#items.writer(caller, fieldsIn(query));
    return `{${JSON.stringify(name)}:${await write([row])}}`;
  }

  /** One, as its caller sees it. */
  async look(caller: Caller, id: string): Promise<Values> {
    const found = await this.#find(this.#store.read, caller, id);
    const [view = {}] = await this.#items.views(caller, [found]);
    return view;
  }

  /** `POST /v2.0/networks` with one or several: all are made, or none. */
  async create(caller: Caller, body: unknown, log: AuditLog): Promise<Values> {
    const { definition } = this.#resource;
    const { create, createAll } = this.#resource;
    if (create === undefined) throw errors.http.noSuchPath();
    const { bulk, items } = itemsIn(definition, body);
    if (items.length > MAX_BULK)
      throw errors.request.tooManyItems({ collection: definition.collection, maximum: MAX_BULK });
    requireReader(caller, 'create', definition.name);
    requireMaker(caller, definition.name);
    const requests = items.map((item, index) =>
      parseCreate(definition, item, caller, bulk ? `${definition.collection}[${index}].` : ''),
    );
    const context = this.#context(caller);
    const records = await this.#store.transaction(
      async (tx) => {
        const made = createAll ? await createAll.call(this.#resource, tx, context, requests) : [];
        if (!createAll)
          for (const request of requests) made.push(await create.call(this.#resource, tx, context, request));
        const projects = new Set(made.map(({ project_id }) => project_id));
        await requireQuota(tx, this.#settings, definition, projects);
        return made;
      },
      { cause: caller.requestId },
    );
    for (const record of records) this.#audit(log, caller, undefined, record);
    const views = records.map(this.#view(caller));
    return bulk ? { [definition.collection]: views } : { [definition.name]: views[0] };
  }

  /** `PUT /v2.0/networks/ID`; `ifMatch` is the header of that name. */
  async update(
    caller: Caller,
    id: string,
    body: unknown,
    ifMatch: string | undefined,
    log: AuditLog,
  ): Promise<Values> {
    const { definition } = this.#resource;
    const update = this.#resource.update;
    if (!update) throw errors.request.cannotBeChanged({ resource: definition.title.toLowerCase() });
    const changes = parseUpdate(definition, changesIn(definition, body), caller);
    const context = this.#context(caller);
    const [before, record] = await this.#store.transaction(
      async (tx) => {
        const current = await this.#own(tx, caller, id, 'update');
        checkRevision(definition.title, current, ifMatch);
        return [current, await update.call(this.#resource, tx, context, current, changes)] as const;
      },
      { cause: caller.requestId },
    );
    this.#audit(log, caller, before, record);
    return { [definition.name]: this.#view(caller)(record) };
  }

  /** `DELETE /v2.0/networks/ID` */
  async delete(caller: Caller, id: string, ifMatch: string | undefined): Promise<void> {
    const context = this.#context(caller);
    await this.#store.transaction(
      async (tx) => {
        const current = await this.#own(tx, caller, id, 'delete');
        checkRevision(this.#resource.definition.title, current, ifMatch);
        await this.#resource.delete(tx, context, current);
      },
      { cause: caller.requestId },
    );
  }

  /** `PUT /v2.0/routers/ID/ACTION` */
  async act(caller: Caller, id: string, action: ActionName, body: unknown): Promise<object> {
    const act = this.#resource.actions?.[action];
    if (!act) throw errors.http.noSuchPath();
    return this.change(caller, id, action, (tx, context, current) => act(tx, context, current, body));
  }

  /** Reads something that belongs to a resource. */
  async read<T>(
    caller: Caller,
    id: string,
    read: (db: Kysely<Tables>, context: Context, owner: ResourceRecord) => Promise<T>,
  ): Promise<T> {
    const { read: db } = this.#store;
    return read(db, this.#context(caller), await this.#find(db, caller, id));
  }

  /**
   * Changes something of a resource, or what belongs to it, in one transaction.
   * @param verb what is done, for who may not
   */
  change<T>(
    caller: Caller,
    id: string,
    verb: string,
    change: (tx: Tx, context: Context, owner: ResourceRecord) => Promise<T>,
  ): Promise<T> {
    const context = this.#context(caller);
    return this.#store.transaction(async (tx) => change(tx, context, await this.#own(tx, caller, id, verb)), {
      cause: caller.requestId,
    });
  }

  /** `GET /v2.0/networks/ID/tags` */
  async tags(caller: Caller, id: string): Promise<{ tags: string[] }> {
    const { tags } = await this.look(caller, id);
    return { tags: tags as string[] };
  }

  /** `PUT /v2.0/networks/ID/tags` */
  async replaceTags(caller: Caller, id: string, body: unknown): Promise<{ tags: string[] }> {
    const { tags } = parseTags(body);
    return this.#changeTags(caller, id, () => tags);
  }

  /** `DELETE /v2.0/networks/ID/tags` */
  async clearTags(caller: Caller, id: string): Promise<void> {
    await this.#changeTags(caller, id, () => []);
  }

  /** `PUT /v2.0/networks/ID/tags/TAG` */
  async addTag(caller: Caller, id: string, tag: string): Promise<void> {
    const added = parseTag(tag);
    await this.#changeTags(caller, id, (tags) => (tags.includes(added) ? tags : [...tags, added]));
  }

  /** `DELETE /v2.0/networks/ID/tags/TAG` */
  async removeTag(caller: Caller, id: string, tag: string): Promise<void> {
    await this.#changeTags(caller, id, (tags) => {
      if (!tags.includes(tag)) throw errors.request.tagNotFound({ tag });
      return tags.filter((one) => one !== tag);
    });
  }

  /** `HEAD`-like look-up of one tag: 404 unless it is there. */
  async requireTag(caller: Caller, id: string, tag: string): Promise<void> {
    const { tags } = await this.tags(caller, id);
    if (!tags.includes(tag)) throw errors.request.tagNotFound({ tag });
  }

  async #changeTags(
    caller: Caller,
    id: string,
    change: (tags: string[]) => string[],
  ): Promise<{ tags: string[] }> {
    const { definition } = this.#resource;
    return this.#store.transaction(
      async (tx) => {
        const current = await this.#own(tx, caller, id, 'update');
        const tags = parseTags({ tags: change(current.tags as string[]) }).tags;
        updateRow<Definition>(tx, definition, current, { tags });
        return { tags };
      },
      { cause: caller.requestId },
    );
  }

  /** @throws RequestError 404 unless the caller may see it */
  async #findRow(db: Kysely<Tables>, caller: Caller, id: string): Promise<Values> {
    const { name } = this.#resource.definition;
    requireReader(caller, 'get', name);
    const row = await readVisible(db, this.#resource, this.#context(caller), id);
    if (!row) throw errors.notFound[name]({ id });
    return row;
  }

  /** @throws RequestError 404 unless the caller may see it */
  async #find(db: Kysely<Tables>, caller: Caller, id: string): Promise<ResourceRecord> {
    const row = await this.#findRow(db, caller, id);
    const [record] = await this.#resource.load(db, [row], this.#settings);
    if (!record) throw errors.notFound[this.#resource.definition.name]({ id });
    return record;
  }

  /** The resource, for a change: 404 when the caller may not see it, 403 when it may, but not change it. */
  async #own(tx: Tx, caller: Caller, id: string, verb: string): Promise<ResourceRecord> {
    const record = await this.#find(tx.db, caller, id);
    await requireChanger(caller, this.#resource.definition.name, verb, {
      owner: () => record.project_id,
      'parent owner': () => this.#parentOwner(tx, record),
    });
    return record;
  }

  async #parentOwner(tx: Tx, record: ResourceRecord): Promise<string | undefined> {
    const parent = parentOf(this.#resource.definition.name);
    return parent && (await findRow(tx.db, parent.table, String(record[parent.attribute])))?.project_id;
  }

  /** After the commit: what was refused or undone is not told. */
  #audit(log: AuditLog, caller: Caller, before: ResourceRecord | undefined, after: ResourceRecord): void {
    const { definition } = this.#resource;
    const changes = auditedChanges(definition, before, after);
    if (Object.keys(changes).length === 0) return;
    const { projectId, isAdmin, user } = caller;
    const resource = { kind: definition.name, id: after.id, project: after.project_id };
    log.info({ audit: { by: { user, project: projectId, admin: isAdmin }, resource, changes } }, 'audit');
  }
}

/** @throws RequestError 412 unless the resource still has the revision that the caller knows */
function checkRevision(title: string, current: ResourceRecord, ifMatch: string | undefined): void {
  if (ifMatch === undefined) return;
  const expected = /^"?revision_number=(\d+)"?$/.exec(ifMatch.trim());
  const wanted = expected?.[1];
  if (wanted === undefined) throw errors.request.ifMatch({ value: ifMatch });
  if (Number(wanted) !== current.revision_number) {
    throw errors.request.revisionDiffers({
      wanted,
      resource: title.toLowerCase(),
      id: current.id,
      revision: current.revision_number,
    });
  }
}
