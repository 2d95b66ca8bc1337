import type { Amount } from '../units/amount.ts';
import type { Hash, PartyId } from '../units/id.ts';
import type { HopReceipt } from '../wire/objects.ts';
import { contradictions } from './contradictions.ts';
import type { NamedFault } from './faults.ts';
import { misstatements } from './misstatements.ts';
import {
  type EdgeCase,
  type Evidence,
  forwardings,
  ofIncoming,
  type Said,
  type Statements,
  saying,
  statementsIn,
} from './statements.ts';

/**
 * What a hop that has not spoken is asked for. `held_or_lapsed`: what became of a voucher at its
 * payee; `forward_or_lapsed`: at a middle hop that held it; `finalize_or_lapsed`: at the receiver;
 * `claim`: its own claim for what it owes onward; `answer`: to a claim; `release`: the payee's release
 * on which it lapsed a hold before its deadline.
 */
export type Asked =
  | 'held_or_lapsed'
  | 'forward_or_lapsed'
  | 'finalize_or_lapsed'
  | 'claim'
  | 'answer'
  | 'release';

/** What evidence says of one part; `objects` are the ids that it rests on, ascending. */
export type MissedWindowVerdict =
  /** Hops whose own statements convict them, ascending by hop and fault. */
  | { readonly kind: 'named'; readonly named: readonly NamedFault[] }
  /** The sender's book answered: the part is paid, and every hop owes its payee. */
  | { readonly kind: 'finalized'; readonly amount: Amount; readonly objects: readonly Hash[] }
  /** One claimed in time, the other lapsed in time: an end or the link between them failed. */
  | {
      readonly kind: 'between';
      readonly hops: readonly [payer: PartyId, payee: PartyId];
      readonly objects: readonly Hash[];
    }
  /** The hop gave the part up by its own word. No blame: holds may be refused, released, expire. */
  | {
      readonly kind: 'ended_at';
      readonly hop: PartyId;
      readonly reason: string;
      readonly objects: readonly Hash[];
    }
  /** The next word is this hop's. */
  | {
      readonly kind: 'unanswered';
      readonly hop: PartyId;
      readonly asked: Asked;
      readonly objects: readonly Hash[];
    }
  /** No voucher of the part is shown. */
  | { readonly kind: 'nothing_shown' };

const sorted = (ids: readonly Hash[]) => [...new Set(ids)].sort();

const ids = (statements: readonly Said<unknown>[]) => statements.map(({ id }) => id);

function unanswered(hop: PartyId, asked: Asked, objects: readonly Hash[]): MissedWindowVerdict {
  return { kind: 'unanswered', hop, asked, objects: sorted(objects) };
}

function endedAt({ id, body }: Said<HopReceipt>, voucher: Hash): MissedWindowVerdict {
  const reason = body.reason ?? 'expired';
  return { kind: 'ended_at', hop: body.hop, reason, objects: sorted([id, voucher]) };
}

/** The payer's word that the voucher is a debt: its answer, or its own claim for the same part. */
function debtWords(all: Statements, edge: EdgeCase): readonly Said<HopReceipt>[] {
  const claims = forwardings(all)
    .filter(({ outgoing }) => outgoing.voucher.id === edge.voucher.id)
    .flatMap(({ held }) => saying(ofIncoming(all, held), 'active'));
  return [...saying(edge.payer, 'active'), ...claims];
}

/** What stands between a claim and the payer's word for it, or undefined if nothing does. */
function openClaim(all: Statements, edge: EdgeCase): MissedWindowVerdict | undefined {
  const { voucher, payer, payee } = edge;
  const claims = saying(payee, 'active');
  if (claims.length === 0 || debtWords(all, edge).length > 0) return undefined;
  const [denial] = saying(payer, 'lapsed');
  const objects = [voucher.id, ...ids(claims), ...(denial === undefined ? [] : [denial.id])];
  const { from, to } = voucher.body;
  if (denial === undefined) return unanswered(from, 'answer', objects);
  // The payer lapsed on the payee's own word: a refusal, say, of another copy of the voucher.
  const [release] = saying(payee, 'lapsed');
  if (release !== undefined) return endedAt(release, voucher.id);
  if (denial.body.at < denial.body.deadline) return unanswered(from, 'release', objects);
  return { kind: 'between', hops: [from, to], objects: sorted(objects) };
}

/** Every claim shown has the payer's word: either all up to the sender, or the next claim is due. */
function afterClaims(all: Statements, top: EdgeCase): MissedWindowVerdict {
  const { from, amount, prevReceipt } = top.voucher.body;
  const objects = [top.voucher.id, ...ids(debtWords(all, top))];
  return prevReceipt === null
    ? { kind: 'finalized', amount, objects: sorted(objects) }
    : unanswered(from, 'claim', objects);
}

/** No claim is shown: how far the part came, and whose word is missing there. */
function beforeClaims(all: Statements, last: EdgeCase): MissedWindowVerdict {
  const { voucher, payer, payee } = last;
  const { from, to, route } = voucher.body;
  const receipts = all.finalizeReceipts.map(({ within }) => within);
  if (route.hops.length === 0 && receipts.length > 0) {
    return unanswered(to, 'claim', [voucher.id, ...receipts]);
  }
  const [release] = saying(payee, 'lapsed');
  if (release !== undefined) return endedAt(release, voucher.id);
  const early = saying(payer, 'lapsed').filter(({ body }) => body.at < body.deadline);
  if (early.length > 0) return unanswered(from, 'release', [voucher.id, ...ids(early)]);
  const held = saying(payee, 'held');
  if (held.length === 0) return unanswered(to, 'held_or_lapsed', [voucher.id]);
  const asked = route.hops.length === 0 ? 'finalize_or_lapsed' : 'forward_or_lapsed';
  return unanswered(to, asked, [voucher.id, ...ids(held)]);
}

function outcome(all: Statements): MissedWindowVerdict {
  const [last] = all.edges;
  if (last === undefined) return { kind: 'nothing_shown' };
  const claimed = all.edges.filter(
    (edge) => saying(edge.payee, 'active').length > 0 || debtWords(all, edge).length > 0,
  );
  const top = claimed.at(-1);
  if (top === undefined) return beforeClaims(all, last);
  for (const edge of claimed) {
    const open = openClaim(all, edge);
    if (open !== undefined) return open;
  }
  return afterClaims(all, top);
}

const keyOf = ({ hop, fault, objects }: NamedFault) => `${hop} ${fault} ${objects.join()}`;

/** One entry for a hop and fault: the one whose objects come first. */
function distinct(all: readonly NamedFault[]): readonly NamedFault[] {
  const inOrder = [...all].sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
  return inOrder.filter(
    ({ hop, fault }, i) => inOrder[i - 1]?.hop !== hop || inOrder[i - 1]?.fault !== fault,
  );
}

/**
 * Says how one part of a payment ended as far as the evidence shows, and names the hops whose own
 * statements convict them. A hop is never named by what others say, nor by its silence, nor by
 * comparing two clocks; so an honest hop is never named. Where two ends contradict each other, the
 * link is named and neither end.
 * Pure and total. The order of the objects does not matter, and repeats do not. With more evidence
 * whoever is named stays named; other verdicts may give way to better ones.
 * Source: whitepaper §7 (attributable failure); the rules one by one: docs/reference/evidence.md.
 */
export function nameMissedWindow(evidence: Evidence): MissedWindowVerdict {
  const all = statementsIn(evidence);
  const faults = distinct([...contradictions(all), ...misstatements(all)]);
  return faults.length > 0 ? { kind: 'named', named: faults } : outcome(all);
}
