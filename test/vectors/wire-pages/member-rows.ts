import type { JsonValue } from '@atomicity/kernel/codec/canonical-json';
import { WIRE_TYPES } from '@atomicity/kernel/wire/body-codecs';
import type { SchemaNode } from '@atomicity/kernel/wire/schema-node';

/** A member of a body: its path, and its form with units and limits. */
export type MemberRow = { readonly path: string; readonly form: string };

const NAMES: Readonly<Record<string, string>> = {
  Amount: 'amount, ledger units',
  SignedAmount: 'position, ledger units',
  UnixMs: 'time, ms since the epoch',
  Hash: 'hash',
  PartyId: 'key',
  Signature: 'signature',
  Nonce: 'nonce',
  FieldElement: 'field element',
  Denomination: 'denomination',
  NoteCore: '[NoteCore](../wire-objects.md#notes)',
  NoteTail: '[NoteTail](../wire-objects.md#notes)',
};

const isNode = (value: JsonValue | undefined): value is SchemaNode =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const nodes = (value: JsonValue | undefined): SchemaNode[] =>
  Array.isArray(value) ? value.filter(isNode) : [];

const digits = (value: JsonValue | undefined) =>
  typeof value === 'number' ? value.toLocaleString('en-US') : String(value);

function count(min: JsonValue | undefined, max: JsonValue | undefined): string {
  return min === max ? digits(min) : `${digits(min)} … ${digits(max)}`;
}

/** True for an object and its signature. */
function isEvidence({ properties }: SchemaNode): boolean {
  return isNode(properties) && Object.keys(properties).join() === 'object,sig';
}

function evidenceForm({ properties }: SchemaNode): string {
  const object = isNode(properties) && isNode(properties['object']) ? properties['object'] : {};
  return `${formOf(object)} as \`object\`, and its signature as \`sig\``;
}

function namedForm(title: string): string {
  const type = WIRE_TYPES.find((one) => one === title);
  return type === undefined ? (NAMES[title] ?? title) : `[${type}](${type}.md)`;
}

/** What a value looks like, in words. */
export function formOf(schema: SchemaNode): string {
  const { title, anyOf, type, description } = schema;
  if (typeof title === 'string') return namedForm(title);
  if (anyOf !== undefined) return `${nodes(anyOf).slice(0, -1).map(formOf).join(' or ')} or null`;
  if ('const' in schema) return `\`${schema['const']}\``;
  if (Array.isArray(schema['enum'])) {
    return schema['enum'].map((value) => `\`${value}\``).join(', ');
  }
  if (type === 'integer') return `integer ${count(schema['minimum'], schema['maximum'])}`;
  if (type === 'array') {
    const size = count(schema['minItems'], schema['maxItems']);
    const { items } = schema;
    return `list of ${size}: ${isNode(items) ? formOf(items) : ''}`;
  }
  if (isEvidence(schema)) return evidenceForm(schema);
  return typeof description === 'string' ? description.replace(/^an? /, '') : String(type);
}

/** The object whose members are listed below a member: inside a list, beside null. */
function inner(schema: SchemaNode): { readonly suffix: string; readonly node: SchemaNode } {
  const [one] = nodes(schema['anyOf']);
  if (one !== undefined) return inner(one);
  const { items } = schema;
  if (isNode(items)) {
    const { suffix, node } = inner(items);
    return { suffix: `[]${suffix}`, node };
  }
  return { suffix: '', node: schema };
}

/** A row for each member of an object and, below it, for each member inside that has no page. */
export function memberRows(schema: SchemaNode, prefix = ''): MemberRow[] {
  const { properties } = schema;
  if (!isNode(properties)) return [];
  return Object.entries(properties).flatMap(([name, value]) => {
    if (!isNode(value)) return [];
    const path = `${prefix}${name}`;
    const { suffix, node } = inner(value);
    const isOpen = node['title'] === undefined && !isEvidence(node);
    const below = isOpen ? memberRows(node, `${path}${suffix}.`) : [];
    return [{ path, form: formOf(value) }, ...below];
  });
}
