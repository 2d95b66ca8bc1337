import { type Signer, signObject } from '@atomicity/client/signer';
import { type EdgeStateDifference, judgeEdgeState } from '@atomicity/kernel/credit/edge-state';
import { signedAmount } from '@atomicity/kernel/units/amount';
import type { Hash, PartyId } from '@atomicity/kernel/units/id';
import type { UnixMs } from '@atomicity/kernel/units/time';
import type { EdgeState } from '@atomicity/kernel/wire/objects';
import { encodeObject, parsePartial } from '@atomicity/kernel/wire/parse-object';
import type { Refusal } from '@atomicity/kernel/wire/refusals';
import type { VerifiedObject } from '@atomicity/kernel/wire/verified';
import type { StateProposalAnswer } from '@atomicity/ledger/peer-port';
import type { BookPort } from '@atomicity/router/ports';

export type StateDesk = {
  readonly signer: Signer;
  readonly book: BookPort;
  readonly verify: (text: string) => Promise<VerifiedObject | Refusal>;
  readonly now: () => UnixMs;
};

/**
 * Judges a peer's proposal of an edge's state by this book. Where both agree it is signed, recorded
 * and handed back; where nothing under way explains the difference, this end signs what it has.
 * Refusals: those of the wire layer and of `judgeEdgeState`; other_edge; state_in_motion (messages
 * are under way: ask again later); those of the book for the whole state.
 */
export async function answerStateProposal(
  desk: StateDesk,
  from: PartyId,
  edge: Hash,
  text: string,
): Promise<StateProposalAnswer> {
  const read = parsePartial(text);
  if (read.kind === 'refused') return read;
  const { body, id, signatures } = read.object;
  if (body.type !== 'EdgeState') return refused('unknown_type', '/body/type', 'an EdgeState');
  if (body.edge !== edge) return refused('other_edge', '/body/edge', 'the edge of the address');
  if (read.kind !== 'partial') return recordWhole(desk, text);
  if (!read.missing.includes(desk.signer.by) || from === desk.signer.by) {
    return refused('not_on_edge', '/body', 'the other end of the edge has to sign');
  }
  const verdict = judgeEdgeState(desk.book.state(), body, desk.now());
  switch (verdict.kind) {
    case 'refused':
      return verdict;
    case 'in_motion':
      return refused('state_in_motion', '/body', 'messages are under way: ask again later');
    case 'agree': {
      const { by, key } = desk.signer;
      const sig = { by, key: key.id, sig: key.signId(id) };
      return recordWhole(desk, encodeObject(body, [...signatures, sig]));
    }
    case 'disagree':
      return {
        kind: 'differs',
        object: signObject(oursOf(body, verdict.facts), [desk.signer]).text,
      };
    default:
      return assertNever(verdict);
  }
}

/** The state in the place of the proposed one as this book has it: both together are the proof. */
function oursOf(proposed: EdgeState, facts: EdgeStateDifference): EdgeState {
  const { previous, balance, carry, onlyOurs, onlyTheirs } = facts;
  const shared = proposed.open.filter((voucher) => !onlyTheirs.includes(voucher));
  return {
    ...proposed,
    previous: previous.ours,
    balance: signedAmount(balance.ours),
    carry: signedAmount(carry.ours),
    open: [...shared, ...onlyOurs].sort(),
  };
}

/** The book checks the proposer's signature and key with everything else. */
async function recordWhole(
  { book, verify }: StateDesk,
  text: string,
): Promise<StateProposalAnswer> {
  const object = await verify(text);
  if ('reason' in object) return { kind: 'refused', refusal: object };
  const outcome = await book.submit(object);
  switch (outcome.kind) {
    case 'accepted':
    case 'duplicate':
      return { kind: 'signed', object: text };
    case 'refused':
      return outcome;
    case 'failed':
      return refused(outcome.reason, '', 'the book could not record it');
    default:
      return assertNever(outcome);
  }
}

function refused(reason: string, field: string, rule: string): StateProposalAnswer {
  return { kind: 'refused', refusal: { reason, field, rule } };
}

function assertNever(value: never): never {
  throw new Error(`unknown ${JSON.stringify(value)}`);
}
