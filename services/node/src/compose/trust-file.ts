import { canonicalJson } from '@atomicity/kernel/codec/canonical-json';
import type { Hash, PartyId } from '@atomicity/kernel/units/id';

/**
 * The text of a trust file with one log key and the given principals. It accepts no Bitcoin block, and
 * verification keys only as what they are: development keys, which never make a claim hold.
 */
export function trustFileText(trust: {
  readonly origin: string;
  readonly logKey: PartyId;
  readonly principals: readonly PartyId[];
  readonly developmentKeys: Iterable<Hash>;
}): string {
  const { origin, logKey, principals, developmentKeys } = trust;
  const file = {
    v: 1,
    logs: [{ origin, key: logKey }],
    principals: [...new Set(principals)],
    verificationKeys: [...developmentKeys].map((hash) => ({ hash, ceremony: 'development' })),
    bitcoin: { blocks: {} },
  };
  return `${canonicalJson(file)}\n`;
}
