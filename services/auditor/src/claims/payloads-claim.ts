/** Claim `payloads`: every payload opens its commitment, and none is missing but the erased ones. */
import type { Evidence } from '../evidence/evidence.ts';
import { keyRegister } from '../evidence/key-register.ts';
import type { AuditContext } from './context.ts';
import { type Finding, notShown, worstOf } from './verdict.ts';

/** What is wrong with the orders, and the events that sound ones erase. */
function ordersOf(evidence: Evidence) {
  const findings: Finding[] = [];
  const ordered = new Set<string>();
  if (evidence.erasures.length === 0) return { findings, ordered };
  const { judge } = keyRegister(evidence);
  for (const order of evidence.erasures) {
    const { body, signatures } = order.object;
    // Where the book's opening is erased, whoever signed as an operator stands for it.
    const operator = order.operator ?? signatures[0]?.by;
    if (operator === undefined) continue;
    const finding = judge(order, operator, 'operator');
    if (finding === undefined) ordered.add(body.eventId);
    else findings.push(finding);
  }
  return { findings, ordered };
}

export function payloadsClaim({ evidence }: AuditContext): Finding {
  if (evidence.header.kind === 'sealed') return notShown('a sealed bundle carries no payloads');
  const { findings, ordered } = ordersOf(evidence);
  let erased = 0;
  const unordered = evidence.missingPayloads.flatMap(({ eventId, where }) => {
    // An order covers one event, however many are given its id.
    if (eventId !== null && ordered.delete(eventId)) {
      erased += 1;
      return [];
    }
    return [notShown('a payload is missing that no signed order erased', where)];
  });
  const summary = `${evidence.payloadsOpened} payloads open their commitments`;
  return worstOf(
    [...evidence.payloadFindings, ...findings, ...unordered],
    erased === 0 ? summary : `${summary}; ${erased} were erased by signed order`,
  );
}
