/** Claim `payloads`: every payload opens its commitment, and none is missing but the erased ones. */
import type { AuditContext } from './context.ts';
import { type Finding, notShown, worstOf } from './verdict.ts';

export function payloadsClaim({ evidence }: AuditContext): Finding {
  if (evidence.header.kind === 'sealed') return notShown('a sealed bundle carries no payloads');
  const { payloadsOpened: opened, payloadsErased: erased } = evidence;
  const summary = `${opened} payloads open their commitments`;
  return worstOf(
    evidence.payloadFindings,
    erased === 0 ? summary : `${summary}; ${erased} were erased by signed order`,
  );
}
