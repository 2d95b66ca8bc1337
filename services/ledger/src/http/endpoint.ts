/** A row of the endpoint table, and the ways to write one. */
import type { CallerRole } from './roles.ts';
import * as schemas from './schemas.ts';

export type Parameter = {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly pattern: RegExp;
  readonly description: string;
  /** May be left out; only for the query. */
  readonly optional?: true;
};

/** Which of the settings bounds a body. */
export type BodyLimit = 'object' | 'batch' | 'message';

export type Endpoint = {
  readonly id: string;
  readonly method: 'GET' | 'POST';
  /** Path with `:name` parameters; `*` takes the rest. */
  readonly path: string;
  readonly summary: string;
  /** Roles that may call it; `public` needs no signature. */
  readonly access: 'public' | readonly CallerRole[];
  readonly parameters: readonly Parameter[];
  readonly request: schemas.Schema | undefined;
  readonly bodyLimit: BodyLimit;
  readonly response: {
    readonly status: number;
    readonly contentType: string;
    readonly schema: schemas.Schema;
  };
};

const JSON_TYPE = 'application/json';
export const HASH = /^[0-9a-f]{64}$/;
export const PARTY = /^pk:[ybndrfg8ejkmcpqxot1uwisza345h769]{52}$/;
export const NUMBER = /^(0|[1-9][0-9]{0,14})$/;

export const inPath = (name: string, pattern: RegExp, description: string): Parameter => ({
  name,
  in: 'path',
  pattern,
  description,
});
export const inQuery = (
  name: string,
  description: string,
  pattern: RegExp = NUMBER,
): Parameter => ({ name, in: 'query', pattern, description });

export const json = (schema: schemas.Schema, status = 200) => ({
  status,
  contentType: JSON_TYPE,
  schema,
});

export const WRITERS: readonly CallerRole[] = ['party', 'operator', 'identity'];
export const READERS: readonly CallerRole[] = ['party', 'operator', 'auditor'];
/** What even an operator and an auditor are not shown: it belongs to one party. */
export const PARTIES_ONLY: readonly CallerRole[] = ['party'];
export const OPERATOR_ONLY: readonly CallerRole[] = ['operator'];
export const EXAMINERS: readonly CallerRole[] = ['operator', 'auditor'];

/** A signed read whose answer is not of the read side. */
export function plainRead(
  id: string,
  path: string,
  summary: string,
  parameters: readonly Parameter[],
  answer: schemas.Schema,
  access: readonly CallerRole[] = READERS,
): Endpoint {
  const request = undefined;
  const response = json(answer);
  return {
    id,
    method: 'GET',
    path,
    summary,
    access,
    parameters,
    request,
    bodyLimit: 'object',
    response,
  };
}

/** A read of the projected state. */
export function read(
  id: string,
  path: string,
  summary: string,
  parameters: readonly Parameter[],
  value: schemas.Schema,
): Endpoint {
  return plainRead(id, path, summary, parameters, schemas.answer(value));
}

/** A read that needs no signature. */
export function open(
  id: string,
  path: string,
  summary: string,
  response: Endpoint['response'],
  parameters: readonly Parameter[] = [],
): Endpoint {
  return {
    id,
    method: 'GET',
    path,
    summary,
    access: 'public',
    parameters,
    request: undefined,
    bodyLimit: 'object',
    response,
  };
}

/** A signed request with a body. */
export function post(
  id: string,
  path: string,
  summary: string,
  access: readonly CallerRole[],
  request: schemas.Schema,
  response: schemas.Schema,
  more: { readonly parameters?: readonly Parameter[]; readonly bodyLimit?: BodyLimit } = {},
): Endpoint {
  const { parameters = [], bodyLimit = 'object' } = more;
  return {
    id,
    method: 'POST',
    path,
    summary,
    access,
    parameters,
    request,
    bodyLimit,
    response: json(response),
  };
}
