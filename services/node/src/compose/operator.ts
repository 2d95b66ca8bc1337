import { keyPairFromSeed } from '@atomicity/client/key-pair';
import { delegateKey, type Party } from '@atomicity/client/party';
import { randomNonce } from '@atomicity/client/signer';
import type { PartyId } from '@atomicity/kernel/units/id';
import type { VerificationPool } from '@atomicity/ledger/verify/verification-pool';
import type { BookWriter } from '@atomicity/ledger/writer/book-writer';
import { type DataDir, keySeed } from './data-dir.ts';

const YEAR_MS = 365 * 86_400_000;

/**
 * The operator of a node. The identity signs the delegation of the everyday key and nothing else; once
 * the node has started, its file may be moved away and kept cold.
 */
export function operatorOf(dir: DataDir): Party {
  const identity = keyPairFromSeed(keySeed(dir, 'operator-identity'));
  const key = keyPairFromSeed(keySeed(dir, 'operator'));
  return {
    id: identity.id,
    identity,
    // A node has no second operator identity in reserve: it commits to the one it has.
    nextIdentity: identity.id,
    key,
    noteSecret: new Uint8Array(32),
  };
}

/**
 * Records the delegation of the operator's key when the book lacks it. A second call changes nothing.
 * @throws Error with the refusal when the book does not take it.
 */
export async function introduceOperator(
  operator: Party,
  book: {
    readonly writer: BookWriter;
    readonly pool: VerificationPool;
    readonly isKnown: (key: PartyId) => boolean;
  },
  now: number,
): Promise<void> {
  if (book.isKnown(operator.key.id)) return;
  const window = { notBefore: now - 60_000, expiresAt: now + YEAR_MS };
  const delegation = delegateKey(operator, ['operator', 'auditor'], window, randomNonce);
  const [verification] = await book.pool.verify([delegation.text], () => undefined);
  if (verification?.kind !== 'verified') throw new Error('operator delegation does not verify');
  const outcome = await book.writer.submit(
    `operator-${delegation.id.slice(0, 32)}`,
    verification.object,
  );
  if (outcome.kind !== 'accepted') {
    throw new Error(`operator delegation: ${JSON.stringify(outcome)}`);
  }
}
