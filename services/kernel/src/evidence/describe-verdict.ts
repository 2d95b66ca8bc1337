import type { PartyId } from '../units/id.ts';
import { FAULTS, type Fault } from './faults.ts';
import type { Asked, MissedWindowVerdict } from './missed-window.ts';

const MEANINGS: ReadonlyMap<Fault, string> = new Map(
  FAULTS.map(({ fault, meaning }) => [fault, meaning]),
);

const QUESTIONS: Readonly<Record<Asked, string>> = {
  held_or_lapsed: 'whether it held the voucher that it was sent',
  forward_or_lapsed: 'for the voucher with which it forwarded what it held, or why it lapsed',
  finalize_or_lapsed: 'whether it finalized what it held, or why it lapsed',
  claim: 'for its own claim of what it owes onward',
  answer: 'for its answer to the claim',
  release: 'for the release on which it let go before its deadline',
};

const shown = (count: number) => (count === 1 ? '1 object' : `${count} objects`);

/**
 * Says a verdict in English, one sentence a line, without line ends. `nameOf` gives parties other
 * names than their keys. Pure.
 */
export function describeVerdict(
  verdict: MissedWindowVerdict,
  nameOf: (party: PartyId) => string = (party) => party,
): readonly string[] {
  switch (verdict.kind) {
    case 'named':
      return verdict.named.map(
        ({ hop, fault, objects }) =>
          `${nameOf(hop)} ${MEANINGS.get(fault) ?? fault} (${fault}; shown by ${shown(objects.length)}).`,
      );
    case 'finalized':
      return [`Finalized: the sender’s book says that ${verdict.amount} are paid.`];
    case 'between': {
      const [payer, payee] = verdict.hops.map(nameOf);
      return [
        `Between ${payer} and ${payee}: one claimed in time by its clock, the other lapsed in time by its own.`,
        'Neither convicts itself: an end or the link between them failed, and the evidence cannot say which.',
      ];
    }
    case 'ended_at':
      return [
        `Ended at ${nameOf(verdict.hop)}, by its own word: ${verdict.reason}. Nobody is to blame for that alone.`,
      ];
    case 'unanswered':
      return [`The next word is ${nameOf(verdict.hop)}’s: ask it ${QUESTIONS[verdict.asked]}.`];
    case 'nothing_shown':
      return ['No voucher of this part is shown.'];
  }
}
