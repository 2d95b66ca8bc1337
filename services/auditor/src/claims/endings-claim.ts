/**
 * Claim `endings`: every authorization of a closed period ended exactly once, and as the close says:
 * spent with a tail, void with a void, lapsed with a lapse; unspent only where a pair's close, signed
 * by both, shows that the lapsed note is not among the pair's notes.
 */
import type { SlotStatus } from '@atomicity/kernel/note/roots';
import { type Hash, ZERO_HASH } from '@atomicity/kernel/units/id';
import {
  type Evidence,
  type LoggedCore,
  type LoggedObject,
  type LoggedPeriodClose,
  shortHash,
} from '../evidence/evidence.ts';
import { signaturesVerify } from '../evidence/key-register.ts';
import type { AuditContext } from './context.ts';
import { type Finding, fails, worstOf } from './verdict.ts';

type Ended = { readonly ending: 'spent' | 'void' | 'lapsed'; readonly logIndex: number };

const pairOf = (period: Hash, payer: string, payee: string) => `${period}/${payer}/${payee}`;

/** How each core ended; a second ending is a finding. */
function endingsOf(evidence: Evidence, findings: Finding[]): ReadonlyMap<Hash, Ended> {
  const ended = new Map<Hash, Ended>();
  const add = (core: Hash, ending: Ended['ending'], logIndex: number) => {
    const where = `log index ${logIndex}`;
    if (ended.has(core)) findings.push(fails(`a second ending (${ending}) of one note`, where));
    const logged = evidence.cores.get(core);
    if (logged === undefined) findings.push(fails('an ending of an unknown note', where));
    else if (logged.logIndex > logIndex) findings.push(fails('a note ends before its hold', where));
    ended.set(core, { ending, logIndex });
  };
  for (const { tail, logIndex } of evidence.tails) add(tail.core, 'spent', logIndex);
  for (const { noteVoid, logIndex } of evidence.voids) add(noteVoid.core, 'void', logIndex);
  for (const { core, logIndex } of evidence.lapses) add(core, 'lapsed', logIndex);
  return ended;
}

/** A pair's close is right if both signed it and it names the pair's last tail before it. */
function judgePairClose(
  evidence: Evidence,
  logged: LoggedObject<'PairClose'>,
  lastTails: ReadonlyMap<string, { seq: number; hash: Hash; logIndex: number }>,
): Finding | undefined {
  const { period, payer, payee, lastSeq, prev } = logged.object.body;
  const where = `log index ${logged.logIndex}`;
  if (!signaturesVerify(logged)) return fails('a pair’s close with a bad signature', where);
  const last = lastTails.get(pairOf(period, payer, payee));
  if ((last?.seq ?? 0) !== lastSeq || (last?.hash ?? ZERO_HASH) !== prev) {
    return fails('a pair’s close that does not name the pair’s last note', where);
  }
  return evidence.periods.has(period)
    ? undefined
    : fails('a pair’s close in an unknown period', where);
}

function lastTailsOf(evidence: Evidence) {
  const last = new Map<string, { seq: number; hash: Hash; logIndex: number }>();
  for (const { tail, hash, logIndex } of evidence.tails) {
    last.set(pairOf(tail.period, tail.payer, tail.payee), { seq: tail.seq, hash, logIndex });
  }
  return last;
}

function statusOf(
  { core, hash }: LoggedCore,
  close: LoggedPeriodClose,
  ended: ReadonlyMap<Hash, Ended>,
  pairClosedAt: ReadonlyMap<string, number>,
): SlotStatus | undefined {
  const end = ended.get(hash);
  if (end === undefined || end.logIndex > close.logIndex) return undefined;
  if (end.ending !== 'lapsed') return end.ending;
  const pairClose = pairClosedAt.get(pairOf(core.period, core.payer, core.payee));
  return pairClose !== undefined && pairClose < close.logIndex ? 'unspent' : 'lapsed';
}

export function endingsClaim({ evidence }: AuditContext): Finding {
  const findings: Finding[] = [];
  const ended = endingsOf(evidence, findings);
  const lastTails = lastTailsOf(evidence);
  const pairClosedAt = new Map<string, number>();
  for (const logged of evidence.pairCloses) {
    const finding = judgePairClose(evidence, logged, lastTails);
    const { period, payer, payee } = logged.object.body;
    if (finding === undefined) pairClosedAt.set(pairOf(period, payer, payee), logged.logIndex);
    else findings.push(finding);
  }
  for (const close of evidence.periodCloses) {
    const { period, count } = close.object.body;
    const cores = evidence.periods.get(period)?.cores ?? [];
    const where = `period ${shortHash(period)}, log index ${close.logIndex}`;
    if (count !== cores.length || close.statuses.length !== count) {
      findings.push(fails(`${count} authorizations closed, ${cores.length} in the log`, where));
      continue;
    }
    for (const logged of cores) {
      const status = statusOf(logged, close, ended, pairClosedAt);
      const stated = close.statuses[logged.core.index];
      if (status === stated) continue;
      const reason = `index ${logged.core.index} is stated ${stated}, shown ${status ?? 'open'}`;
      findings.push(fails(reason, where));
    }
  }
  return worstOf(
    findings,
    `${ended.size} notes ended once, as ${evidence.periodCloses.length} closes state`,
  );
}
