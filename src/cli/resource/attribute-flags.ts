/** The flags that an attribute's definition gives each command, as the `openstack` command has them. */
import type { Attribute } from '../../resources/index.ts';
import type { Flag } from './flag.ts';
import { type Shape, shapeOf } from './shape.ts';
import { placeholderOf, readerOf } from './values.ts';

/** An attribute with its name and the shape of its values. */
interface Named {
  readonly name: string;
  readonly attribute: Attribute;
  readonly shape: Shape;
}

const named = (name: string, attribute: Attribute): Named => ({
  name,
  attribute,
  shape: shapeOf(attribute.type.schema),
});

/** `create --flag VALUE` for an attribute; none when POST does not take it. */
export function createFlags(name: string, attribute: Attribute): Flag[] {
  if (attribute.create === undefined) return [];
  const it = named(name, attribute);
  const flags = valueFlags(it);
  // Without a default, leaving a list out and giving an empty one differ: ports get addresses and groups.
  if (it.shape.kind === 'list' && attribute.default === undefined) flags.push(emptyFlag(it, `None at all.`));
  return attribute.required && attribute.flags === undefined
    ? flags.map((flag) => ({ ...flag, required: true }))
    : flags;
}

/** `set --flag VALUE`: lists and objects grow by what is given, unless `--no-flag` clears them first. */
export function setFlags(name: string, attribute: Attribute): Flag[] {
  const it = named(name, attribute);
  // What comes and goes by actions can be cleared item by item alone.
  if (attribute.actions !== undefined) return valueFlags(it);
  if (attribute.update === undefined) return [];
  const flags = valueFlags(it);
  if (it.shape.kind === 'list' || it.shape.kind === 'free') {
    flags.push({ ...emptyFlag(it, `Clear it; with --${flagName(it)}, replace it.`), clears: name });
  }
  return flags;
}

/** `unset --flag [VALUE]`: takes items off a list or keys off an object, or takes the value away. */
export function unsetFlags(name: string, attribute: Attribute): Flag[] {
  if (attribute.update === undefined && attribute.actions === undefined) return [];
  const it = named(name, attribute);
  const { shape } = it;
  if (shape.kind === 'list') {
    return valueFlags(it).map((flag) => ({ ...flag, doc: `Take it off. ${flag.doc}` }));
  }
  if (shape.kind === 'free') {
    const body = (key: string) => ({ [name]: { [key]: null } });
    return [{ name: flagName(it), placeholder: 'key', repeatable: true, doc: 'Take this key off.', body }];
  }
  if (!shape.nullable && !(shape.kind === 'text' && attribute.default === '')) return [];
  const empty = shape.nullable ? null : '';
  return [{ name: flagName(it), doc: 'Take it away.', body: () => ({ [name]: empty }) }];
}

/** `list --flag VALUE`: only resources with this value. */
export function filterFlags(name: string, attribute: Attribute): Flag[] {
  const it = named(name, attribute);
  const { shape } = it;
  if (
    attribute.filter === false ||
    shape.kind === 'list' ||
    shape.kind === 'object' ||
    shape.kind === 'free'
  ) {
    return [];
  }
  const settable = attribute.create !== undefined || attribute.update !== undefined;
  const oneOfWords = shape.kind === 'text' && shape.choices !== undefined;
  return settable || oneOfWords ? valueFlags(it) : [];
}

/** Flags that give a value of the attribute, or an item of it. */
function valueFlags(it: Named): Flag[] {
  const { name, attribute, shape } = it;
  if (attribute.flags !== undefined) return switches(it, attribute.flags);
  const read = readerOf(shape, attribute);
  const flag = flagName(it);
  if (shape.kind === 'list') {
    const body = async (text: string, lookup: Parameters<Flag['body']>[1]) => ({
      [name]: [await read(flag, text, lookup)],
    });
    return [
      {
        name: flag,
        placeholder: placeholderOf(shape, attribute),
        repeatable: true,
        doc: attribute.doc,
        body,
      },
    ];
  }
  const removable = shape.nullable && attribute.update !== undefined;
  const choices = shape.kind === 'text' || shape.kind === 'integer' ? shape.choices : undefined;
  return [
    {
      name: flag,
      // `--ipv6-ra-mode <mode>`: the choices stand in the text.
      placeholder: choices === undefined ? placeholderOf(shape, attribute) : flag.split('-').at(-1),
      choices,
      ...(shape.kind === 'free' && { repeatable: true }),
      doc: removable ? `${attribute.doc} "none" for null.` : attribute.doc,
      body: async (text, lookup) => ({
        [name]: removable && text === 'none' ? null : await read(flag, text, lookup),
      }),
    },
  ];
}

/** Flags without value: the first sets a boolean true and the second false; words set themselves. */
function switches({ name, attribute, shape }: Named, names: readonly string[]): Flag[] {
  return names.map((flag, index) => {
    const value = shape.kind === 'boolean' ? index === 0 : flag;
    const doc = index === 0 ? attribute.doc : `The opposite of --${names[0]}.`;
    const isDefault = attribute.default === value;
    return { name: flag, doc: isDefault ? `${doc} The default.` : doc, body: () => ({ [name]: value }) };
  });
}

const emptyFlag = (it: Named, doc: string): Flag => ({
  name: `no-${flagName(it)}`,
  doc,
  body: () => ({ [it.name]: it.shape.kind === 'free' ? {} : [] }),
});

const flagName = ({ name, attribute }: Named): string => attribute.flag ?? name.replace(/[_:]/g, '-');
