import { taggedTextHash } from '@atomicity/kernel/codec/tagged-hash';
import type { WireType } from '@atomicity/kernel/wire/objects';
import { encodeObject, parseObject } from '@atomicity/kernel/wire/parse-object';
import type { Refusal } from '@atomicity/kernel/wire/refusals';
import type { SharedObject, SharePorts } from './share-ports.ts';

/** What a book has against a key, not against the party that signed with it. */
const OF_THE_KEY: ReadonlySet<string> = new Set([
  'key_unknown',
  'key_revoked',
  'key_not_yet_active',
  'key_expired',
  'key_lacks_role',
]);

/** What a delegated key of the party signs for an edge. Identities speak for keys themselves. */
const TYPES: ReadonlySet<WireType> = new Set<WireType>([
  'EdgeAgreement',
  'EdgeLimitChange',
  'EdgeState',
  'Reassign',
  'SettlementRequest',
  'SettlementReceipt',
]);

/**
 * The same object with the party's signature of today in place of the one that a neighbour's book does
 * not take any more: the key may have ended while the object was on its way. The party's own book has
 * it, so it says nothing new; its id does not cover signatures, so it counts once. Signatures of
 * others stay. It is another text, and goes under another command id.
 * Undefined: another refusal, not signed by the party, or today's signature is the one it has.
 */
export function signedAgain(
  { text }: SharedObject,
  { reason }: Refusal,
  { party, sign }: Pick<SharePorts, 'party' | 'sign'>,
): SharedObject | undefined {
  const parsed = OF_THE_KEY.has(reason) ? parseObject(text) : undefined;
  if (parsed?.kind !== 'parsed' || !TYPES.has(parsed.object.body.type)) return undefined;
  const { id, body, signatures } = parsed.object;
  if (!signatures.some(({ by }) => by === party)) return undefined;
  const others = signatures.filter(({ by }) => by !== party);
  const again = encodeObject(body, [...others, sign(id)]);
  if (again === text) return undefined;
  return { id, text: again, commandId: taggedTextHash('SignedAgain', again) };
}
