import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type KeyPair, keyPairFromSeed } from '@atomicity/client/key-pair';
import { delegateKey } from '@atomicity/client/party';
import { randomNonce } from '@atomicity/client/signer';
import type { PartyId } from '@atomicity/kernel/units/id';
import type { VerificationPool } from '@atomicity/ledger/verify/verification-pool';
import type { BookWriter } from '@atomicity/ledger/writer/book-writer';
import { type DataDir, keySeed, type NodeConfig } from './data-dir.ts';

const YEAR_MS = 365 * 86_400_000;

/** Who runs a node: an identity, and the delegated key that signs for it. */
export type Operator = { readonly id: PartyId; readonly key: KeyPair };

/** The operator of a node. Its identity key is not needed and not read. */
export function operatorOf(dir: DataDir, config: NodeConfig): Operator {
  return { id: config.operator, key: keyPairFromSeed(keySeed(dir, 'operator')) };
}

/**
 * Records the delegation of the operator's key when the book lacks it, signed by the identity, whose file
 * may be moved away and kept cold from then on. A second call changes nothing.
 * @throws Error when the identity's key is needed and away, or with the refusal of the book.
 */
export async function introduceOperator(
  dir: DataDir,
  operator: Operator,
  book: {
    readonly writer: BookWriter;
    readonly pool: VerificationPool;
    readonly isKnown: (key: PartyId) => boolean;
  },
  now: number,
): Promise<void> {
  if (book.isKnown(operator.key.id)) return;
  const file = join(dir.keys, 'operator-identity');
  if (!existsSync(file)) {
    throw new Error(`${file}: the operator's key is not delegated; put the identity back to do so`);
  }
  const identity = keyPairFromSeed(keySeed(dir, 'operator-identity'));
  if (identity.id !== operator.id) throw new Error(`${file}: not the operator of this book`);
  const delegation = delegateKey(
    // A node has no second operator identity in reserve: it commits to the one it has.
    { id: identity.id, identity, nextIdentity: identity.id, key: operator.key },
    ['operator', 'auditor'],
    { notBefore: now - 60_000, expiresAt: now + YEAR_MS },
    randomNonce,
  );
  const [verification] = await book.pool.verify([delegation.text], () => undefined);
  if (verification?.kind !== 'verified') throw new Error('operator delegation does not verify');
  const commandId = `operator-${delegation.id.slice(0, 32)}`;
  const outcome = await book.writer.submit(commandId, verification.object);
  if (outcome.kind !== 'accepted') {
    throw new Error(`operator delegation: ${JSON.stringify(outcome)}`);
  }
}
