/** Objects that several parties sign in processes of their own: proposals travel half-signed. */
import type { Amount } from '@atomicity/kernel/units/amount';
import type { Hash, PartyId } from '@atomicity/kernel/units/id';
import type { EdgeAgreement, WireBody, WireType } from '@atomicity/kernel/wire/objects';
import { encodeObject, parseObject, parsePartial } from '@atomicity/kernel/wire/parse-object';
import { refuseChecks, requiredChecks } from '@atomicity/kernel/wire/signatures';
import { type DrawNonce, type SignedObject, type Signer, signObject } from './signer.ts';

/** Terms of an edge as the party sees them who proposes it. Amounts in units, times in ms. */
export type ProposedEdge = Pick<
  EdgeAgreement,
  'denomination' | 'expiresAt' | 'rateBps' | 'graceMs' | 'haircutBps'
> & {
  readonly counterparty: PartyId;
  /** How much the counterparty may owe the proposer, and the proposer the counterparty. */
  readonly theyMayOwe: Amount;
  readonly weMayOwe: Amount;
};

/** Signs an edge as its first party; `text` is for the counterparty, no node takes it yet. */
export function proposeEdge(
  proposer: Signer,
  terms: ProposedEdge,
  draw: DrawNonce,
): SignedObject<EdgeAgreement> {
  const { counterparty, theyMayOwe, weMayOwe, ...rest } = terms;
  const isA = proposer.by < counterparty;
  const body: EdgeAgreement = {
    v: 1,
    type: 'EdgeAgreement',
    a: isA ? proposer.by : counterparty,
    b: isA ? counterparty : proposer.by,
    limitA: isA ? theyMayOwe : weMayOwe,
    limitB: isA ? weMayOwe : theyMayOwe,
    nonce: draw(),
    ...rest,
  };
  return signObject(body, [proposer]);
}

/** A proposal that was read and whose signatures so far verify. */
export type Proposal = {
  readonly id: Hash;
  readonly body: WireBody;
  readonly missing: readonly PartyId[];
};

/** Why a proposal can't be used: the reason of the wire layer, its field and rule. */
export class ProposalRefused extends Error {
  override readonly name = 'ProposalRefused';
}

/**
 * Reads a proposal of one type and checks the signatures that it has. `missing` is empty for one that
 * everybody has signed. That the keys are delegated is for the node to judge.
 * @throws ProposalRefused.
 */
export function readProposal(text: string, type: WireType): Proposal {
  const read = parsePartial(text);
  if (read.kind === 'refused') throw refusedBy(read.refusal);
  const { id, body } = read.object;
  if (body.type !== type) throw new ProposalRefused(`${body.type}, not ${type}`);
  const refusal = refuseChecks(requiredChecks(read.object));
  if (refusal !== undefined) throw refusedBy(refusal);
  return { id, body, missing: read.kind === 'partial' ? read.missing : [] };
}

/**
 * Adds a party's signature to a proposal. What is missing after it stays missing: three sign a
 * Reassign. A second call gives the same text.
 * @throws ProposalRefused when it can't be read or does not wait for this party.
 */
export function coSign(text: string, signer: Signer): string {
  const read = parsePartial(text);
  if (read.kind === 'refused') throw refusedBy(read.refusal);
  const { id, body, signatures } = read.object;
  const { by, key } = signer;
  if (signatures.some((each) => each.by === by)) return text;
  if (read.kind !== 'partial' || !read.missing.includes(by)) {
    throw new ProposalRefused(`it does not wait for a signature of ${by}`);
  }
  return encodeObject(body, [...signatures, { by, key: key.id, sig: key.signId(id) }]);
}

/** True for an object that everybody has signed who must. */
export function isWhole(text: string): boolean {
  return parseObject(text).kind === 'parsed';
}

function refusedBy(refusal: {
  readonly reason: string;
  readonly field?: string;
  readonly rule?: string;
}): ProposalRefused {
  const { reason, field, rule } = refusal;
  const words = [reason, field, rule].filter((part) => part !== undefined && part !== '');
  return new ProposalRefused(words.join(': '));
}
