/** The parts of a request that a signature can cover, as the server received them. */
export type RequestParts = {
  readonly method: string;
  readonly scheme: 'http' | 'https';
  /** Host and port, lower case, as in the Host header. */
  readonly authority: string;
  /** Absolute path as received, without the query. */
  readonly path: string;
  /** The query with its leading `?`, or `?` when there is none. */
  readonly query: string;
  readonly contentDigest: string | undefined;
  readonly contentType: string | undefined;
};

/**
 * The text that is signed, or undefined when a component is not one of `@method`, `@target-uri`,
 * `@authority`, `@scheme`, `@path`, `@query`, `content-digest`, `content-type`, or is absent.
 * Source: RFC 9421 §2.5; component values §2.2.
 */
export function signatureBase(
  request: RequestParts,
  components: readonly string[],
  params: string,
): string | undefined {
  let text = '';
  for (const component of components) {
    const value = componentValue(request, component);
    if (value === undefined) return undefined;
    text += `"${component}": ${value}\n`;
  }
  return `${text}"@signature-params": ${params}`;
}

function componentValue(request: RequestParts, component: string): string | undefined {
  switch (component) {
    case '@method':
      return request.method;
    case '@target-uri': {
      const query = request.query === '?' ? '' : request.query;
      return `${request.scheme}://${request.authority}${request.path}${query}`;
    }
    case '@authority':
      return request.authority;
    case '@scheme':
      return request.scheme;
    case '@path':
      return request.path;
    case '@query':
      return request.query;
    case 'content-digest':
      return request.contentDigest;
    case 'content-type':
      return request.contentType;
    default:
      return undefined;
  }
}

/**
 * Names the first component that a signature must cover and does not: the method, where the request
 * goes (`@target-uri`, or `@authority` with `@path` and, if there is one, `@query`), and the digest
 * of a body.
 */
export function missingCoverage(
  request: RequestParts,
  components: readonly string[],
  hasBody: boolean,
): string | undefined {
  const required = ['@method'];
  if (!components.includes('@target-uri')) {
    required.push('@authority', '@path');
    if (request.query !== '?') required.push('@query');
  }
  if (hasBody) required.push('content-digest');
  return required.find((component) => !components.includes(component));
}
