/** What clients were told, and so what must be there: the books of those who ask while everything fails. */

/** The kinds of resources that are asked for. */
export type Kind = 'network' | 'subnet' | 'port' | 'router';

/** How a resource may be; what is undefined was not told. */
export interface State {
  readonly description: string;
  /** Of a port: its addresses. Of a router: the subnets that it has interfaces in. */
  readonly has: readonly string[] | undefined;
}

/** A resource as it was found. */
export interface Found extends State {
  readonly kind: Kind;
  readonly id: string;
  readonly name: string;
  readonly has: readonly string[];
}

/** One that somebody asked for, under a name that nothing else has. */
export class Entry {
  readonly kind: Kind;
  readonly name: string;
  /** Known from when its making was answered, or it was found. */
  id: string | undefined;
  /** All that it may be by what was answered; undefined stands for not being there. */
  possible: (State | undefined)[] = [undefined];
  /** Nobody asks for a change of it any more: an answer did not come, and what was asked may be done yet. */
  isOpen = false;

  constructor(kind: Kind, name: string) {
    this.kind = kind;
    this.name = name;
  }

  /** The only state that it can have. */
  get state(): State | undefined {
    return this.possible.length === 1 ? this.possible[0] : undefined;
  }

  /** A change was answered with success. */
  done(state: State | undefined): void {
    this.possible = [state];
  }

  /** A change was asked for, and it is not known what became of it. */
  unanswered(state: State | undefined): void {
    this.possible.push(state);
    this.isOpen = true;
  }
}

const same = (found: Found, state: State | undefined): boolean =>
  state !== undefined &&
  found.description === state.description &&
  (state.has === undefined || JSON.stringify(found.has) === JSON.stringify(state.has));

const inWords = (state: State | undefined): string => (state ? JSON.stringify(state) : 'nothing');

export class Ledger {
  readonly #entries = new Map<string, Entry>();

  /** Begins the account of a resource that is about to be made. */
  open(kind: Kind, name: string): Entry {
    const entry = new Entry(kind, name);
    this.#entries.set(name, entry);
    return entry;
  }

  /**
   * Holds what there is against what was told, when nothing is under way any more. What was open is as it was found from
   * then on.
   * @returns what is wrong: what was lost, what came twice, back, or from nowhere
   */
  settle(found: readonly Found[]): string[] {
    const wrong: string[] = [];
    const byName = Map.groupBy(found, ({ name }) => name);
    for (const [name, ones] of byName) {
      if (!this.#entries.has(name)) wrong.push(`${ones[0]!.kind} ${name} came from nowhere`);
      if (ones.length > 1) wrong.push(`${ones[0]!.kind} ${name} is there ${ones.length} times`);
    }
    for (const entry of this.#entries.values()) {
      const [one] = byName.get(entry.name) ?? [];
      const isRight = one
        ? entry.possible.some((state) => same(one, state))
        : entry.possible.includes(undefined);
      const isOther = one !== undefined && entry.id !== undefined && one.id !== entry.id;
      if (!isRight || isOther) {
        const expected = entry.possible.map(inWords).join(' or ');
        wrong.push(`${entry.kind} ${entry.name} is ${inWords(one)}, not ${expected}`);
      }
      entry.id = one?.id ?? entry.id;
      entry.possible = [one && { description: one.description, has: one.has }];
      entry.isOpen = false;
    }
    return wrong;
  }
}
