/** What the command line needs to know of an attribute's type, read from its JSON Schema. */
import type { Schema } from '../../resources/index.ts';
import { isObject } from './flag.ts';

export type Shape = { readonly nullable: boolean } & (
  | { readonly kind: 'text' | 'integer'; readonly choices?: readonly string[] | undefined }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'list'; readonly item: Shape }
  | { readonly kind: 'object'; readonly members: Readonly<Record<string, ObjectMember>> }
  /** A text without an equals sign, or an object. */
  | { readonly kind: 'either'; readonly object: Shape; readonly text: Shape }
  /** Keys of the client's own choosing. */
  | { readonly kind: 'free' }
);

export interface ObjectMember {
  readonly shape: Shape;
  readonly required: boolean;
}

export function shapeOf(schema: Schema): Shape {
  const alternatives = Array.isArray(schema.anyOf) ? schema.anyOf.filter(isObject) : [];
  const [first, second] = alternatives.filter(({ type }) => type !== 'null');
  if (first !== undefined) {
    const nullable = alternatives.some(({ type }) => type === 'null');
    if (second?.type === 'object')
      return { kind: 'either', text: shapeOf(first), object: shapeOf(second), nullable };
    return { ...shapeOf(first), nullable };
  }
  switch (schema.type) {
    case 'array':
      return { kind: 'list', item: shapeOf(isObject(schema.items) ? schema.items : {}), nullable: false };
    case 'object':
      return schema.additionalProperties === true || isObject(schema.additionalProperties)
        ? { kind: 'free', nullable: false }
        : { kind: 'object', members: membersOf(schema), nullable: false };
    case 'boolean':
      return { kind: 'boolean', nullable: false };
    default: {
      const choices = Array.isArray(schema.enum) ? schema.enum.map(String) : undefined;
      return { kind: schema.type === 'integer' ? 'integer' : 'text', choices, nullable: false };
    }
  }
}

function membersOf(schema: Schema): Record<string, ObjectMember> {
  const required = Array.isArray(schema.required) ? schema.required : [];
  const properties = isObject(schema.properties) ? schema.properties : {};
  return Object.fromEntries(
    Object.entries(properties).map(([name, property]) => [
      name,
      { shape: shapeOf(isObject(property) ? property : {}), required: required.includes(name) },
    ]),
  );
}
