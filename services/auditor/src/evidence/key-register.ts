/** Which delegated key spoke for which party at which place in the log, from the disclosed records. */

import type { Hash, PartyId } from '@atomicity/kernel/units/id';
import { nextIdentityHash } from '@atomicity/kernel/wire/identity-hash';
import type { Role, WireType } from '@atomicity/kernel/wire/objects';
import { type Finding, fails, notShown } from '../claims/verdict.ts';
import { verifyIdSignature } from '../crypto/signatures.ts';
import { type Evidence, type Logged, type LoggedObject, shortKey } from './evidence.ts';

/** Names what speaks against a signature of `party` in a role; undefined if nothing does. */
export type JudgeSigner = (
  logged: LoggedObject<WireType>,
  party: PartyId,
  role: Role,
) => Finding | undefined;

type Delegated = LoggedObject<'KeyDelegation'>;

export type KeyRegister = {
  /** What is wrong with the delegations and revocations themselves. */
  readonly findings: readonly Finding[];
  readonly judge: JudgeSigner;
};

const where = ({ logIndex }: Logged<object>) => `log index ${logIndex}`;
/** A revocation says that a key is lost, so it counts in every book of the log. */
const revocable = (party: PartyId, key: PartyId) => `${party}/${key}`;
const slot = (stream: string, party: PartyId, key: PartyId) => `${stream}/${party}/${key}`;

/** True if every signature of an object is valid over its id, whoever the keys belong to. */
export function signaturesVerify({ object }: LoggedObject<WireType>): boolean {
  return object.signatures.every(({ key, sig }) => verifyIdSignature(key, object.id, sig));
}

/** Reads the register of all books of a log. Source: docs/glossary.md, "delegated key". */
export function keyRegister(evidence: Evidence): KeyRegister {
  const findings: Finding[] = [];
  const delegated = new Map<string, Delegated>();
  const nextIdentity = new Map<string, Hash>();
  const revokedAt = new Map<string, number>();
  for (const logged of evidence.delegations) {
    const { stream, object } = logged;
    const { party, key } = object.body;
    if (!signaturesVerify(logged)) {
      findings.push(fails('a delegation that its identity did not sign', where(logged)));
      continue;
    }
    const identity = `${stream}/${party}`;
    if (!nextIdentity.has(identity)) nextIdentity.set(identity, object.body.nextIdentityHash);
    const place = slot(stream, party, key);
    if (!delegated.has(place)) delegated.set(place, logged);
  }
  for (const logged of evidence.revocations) {
    const { stream, object, logIndex } = logged;
    const { party, key } = object.body;
    const next = nextIdentity.get(`${stream}/${party}`);
    const entitled = object.signatures.some(
      (signature) => signature.key === party || nextIdentityHash(signature.key) === next,
    );
    if (!entitled || !signaturesVerify(logged)) {
      findings.push(fails('a revocation that neither identity signed', where(logged)));
      continue;
    }
    const name = revocable(party, key);
    if (!revokedAt.has(name)) revokedAt.set(name, logIndex);
  }
  const firstWithheld = evidence.withheldRevocations[0];

  const judge: JudgeSigner = (logged, party, role) => {
    const { object, stream, logIndex, at } = logged;
    const type = object.body.type;
    const signature = object.signatures.find(({ by }) => by === party);
    if (signature === undefined) {
      return fails(`a ${type} that ${shortKey(party)} did not sign`, where(logged));
    }
    if (!signaturesVerify(logged)) return fails(`a ${type} with a bad signature`, where(logged));
    const place = slot(stream, party, signature.key);
    const delegation = delegated.get(place);
    if (delegation === undefined || delegation.logIndex > logIndex) {
      if (evidence.withheldDisclosures > 0) {
        return notShown(`a ${type} by a key whose delegation is sealed`, where(logged));
      }
      return fails(`a ${type} by a key that ${shortKey(party)} had not delegated`, where(logged));
    }
    const { notBefore, expiresAt, roles } = delegation.object.body;
    if (at < notBefore || at >= expiresAt || !roles.includes(role)) {
      return fails(`a ${type} by a key out of its time or role`, where(logged));
    }
    const revoked = revokedAt.get(revocable(party, signature.key));
    if (revoked !== undefined && revoked < logIndex) {
      return fails(`a ${type} by a revoked key`, where(logged));
    }
    const identityRevoked = revokedAt.get(revocable(party, party));
    if (identityRevoked !== undefined && identityRevoked < delegation.logIndex) {
      return fails(`a ${type} by a key that a revoked identity delegated`, where(logged));
    }
    if (firstWithheld !== undefined && firstWithheld < logIndex) {
      const reason = `a sealed revocation before this ${type} may be of its key: see a full bundle`;
      return notShown(reason, where(logged));
    }
    return undefined;
  };
  return { findings, judge };
}
