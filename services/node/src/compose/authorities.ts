/** What clients may call a node in the `Host` of a request: a signature is for one node only. */

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);
const WILDCARD: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/** True if the address says nothing of what clients call the node. */
export function isWildcard(host: string): boolean {
  return WILDCARD.has(host);
}

/**
 * The authorities (`host:port`) of a node that listens on this address; none for a wildcard. A request
 * that was signed for another node is not for this one, even if that node hands it on.
 */
export function authoritiesOf(host: string, port: number): readonly string[] {
  if (isWildcard(host)) return [];
  const names = LOOPBACK.has(host) ? [...LOOPBACK] : [host];
  return names.flatMap((name) => {
    const authority = name.includes(':') ? `[${name}]` : name.toLowerCase();
    // Clients leave the default port out.
    return port === 80 ? [authority, `${authority}:80`] : [`${authority}:${port}`];
  });
}
