import type { Endpoint } from './endpoint.ts';
import { ENDPOINTS } from './endpoints.ts';
import { problem, type Schema } from './schemas.ts';

/**
 * The OpenAPI 3.1 document of the interface, built from the endpoint table alone.
 * Source: OpenAPI Specification 3.1.0.
 */
export function openapiDocument(): Schema {
  const paths: Record<string, Record<string, Schema>> = {};
  for (const endpoint of ENDPOINTS) {
    const path = openapiPath(endpoint.path);
    paths[path] = { ...paths[path], [endpoint.method.toLowerCase()]: operation(endpoint) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Atomicity ledger',
      version: '1',
      description: 'Signed objects in, balances, holds, budgets and the transparency log out.',
    },
    paths,
    components: {
      schemas: { Problem: problem },
      securitySchemes: {
        httpMessageSignature: {
          type: 'http',
          scheme: 'signature',
          description: 'RFC 9421 with Ed25519 by a delegated key; see docs/reference/http-api.md',
        },
      },
    },
  };
}

/** `:name` becomes `{name}`, and the rest of a tile's path `{path}`. */
export function openapiPath(path: string): string {
  return path.replace(/:([a-z]+)/g, '{$1}').replace('*', '{path}');
}

function operation(endpoint: Endpoint): Schema {
  const { response } = endpoint;
  const signed = endpoint.access !== 'public';
  return {
    operationId: endpoint.id,
    summary: endpoint.summary,
    ...(signed ? { security: [{ httpMessageSignature: [] }], 'x-roles': endpoint.access } : {}),
    parameters: endpoint.parameters.map((parameter) => ({
      name: parameter.name === '*' ? 'path' : parameter.name,
      in: parameter.in,
      required: parameter.optional !== true,
      description: parameter.description,
      schema: { type: 'string', pattern: parameter.pattern.source },
    })),
    ...(endpoint.request
      ? {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: endpoint.request } },
          },
        }
      : {}),
    responses: {
      [response.status]: {
        description: endpoint.summary,
        content: { [response.contentType.replace(/;.*/, '')]: { schema: response.schema } },
      },
      default: {
        description: 'A refusal',
        content: {
          'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
        },
      },
    },
  };
}
