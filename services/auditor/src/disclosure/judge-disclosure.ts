/** What somebody discloses of a period against the bundle that attests it, in the words of the claims. */
import type { AttestedPeriod, LoggedNote } from '@atomicity/kernel/disclosure/attested-period';
import { type Disclosure, refuseDisclosure } from '@atomicity/kernel/disclosure/disclosure-file';
import type { ProofDisclosure } from '@atomicity/kernel/disclosure/proof-disclosure';
import type { ProofVerifier } from '../claims/context.ts';
import type { ClaimName } from '../claims/names.ts';
import type { ClaimRow } from '../claims/report.ts';
import { type Finding, fails, holds, notShown } from '../claims/verdict.ts';
import { type Evidence, shortHash } from '../evidence/evidence.ts';
import type { TrustFile } from '../trust/trust-file.ts';

export type DisclosureToJudge = {
  readonly disclosure: Disclosure;
  /** Checks proofs with as many public signals as the disclosure's circuit has. */
  readonly proofs: ProofVerifier;
};

/** What each kind stands on besides its own openings and proof. */
const RESTS_ON: Readonly<Record<Disclosure['kind'], readonly ClaimName[]>> = {
  // Both ends signed the note, and the attested root is over the notes of the log.
  note: ['note-signatures', 'leaves-root', 'period-digest'],
  // Totals are true because a proof made them, period upon period.
  summary: ['spend-proof', 'summary-chain'],
  proof: ['spend-proof', 'summary-chain'],
};

function attestedPeriod({ header, periods }: Evidence, period: Disclosure['period']) {
  const [logged] = periods.get(period)?.attestations ?? [];
  if (logged === undefined) return undefined;
  const { body } = logged.object;
  const { name, tier } = body.circuit;
  const { budget, periodIndex, publicSignals } = body;
  const { origin } = header;
  const attested: AttestedPeriod = {
    origin,
    budget,
    period,
    periodIndex,
    circuit: name,
    tier,
    publicSignals,
  };
  return attested;
}

function loggedNote({ periods }: Evidence, disclosure: Disclosure): LoggedNote | undefined {
  if (disclosure.kind !== 'note') return undefined;
  const { period, index } = disclosure;
  const found = periods.get(period)?.cores.find(({ core }) => core.index === index);
  return found && { core: found.hash, kind: found.core.kind, commitment: found.core.commitment };
}

/** Undefined where the proof verifies under a key that the trust file lists, of a production ceremony for that circuit. */
async function judgeProof(
  disclosure: ProofDisclosure,
  proofs: ProofVerifier,
  trust: TrustFile,
  where: string,
): Promise<Finding | undefined> {
  const { verificationKey, verificationKeyHash, publicSignals, proof } = disclosure;
  if (proofs.keyHash(verificationKey) !== verificationKeyHash) {
    return fails('the verification key is malformed or has another hash', where);
  }
  if (!(await proofs.verify(verificationKey, publicSignals, proof))) {
    return fails('the proof is invalid', where);
  }
  const listed = trust.verificationKeys.get(verificationKeyHash);
  if (listed?.ceremony === 'production') {
    if (listed.circuit === disclosure.circuit) return undefined;
    // Circuits with the same public signals claim different things: a key says not which.
    const says =
      listed.circuit === undefined
        ? 'does not say of which circuit it is'
        : `lists it for ${listed.circuit}`;
    return notShown(
      `it verifies under key ${shortHash(verificationKeyHash)}: the trust file ${says}`,
      where,
    );
  }
  const key =
    listed?.ceremony === 'development'
      ? `a development key (${shortHash(verificationKeyHash)})`
      : `key ${shortHash(verificationKeyHash)}, which the trust file does not list`;
  return notShown(`it verifies under ${key}: whoever ran that setup could have forged it`, where);
}

/** What a true disclosure shows, in a line. */
function shownBy(disclosure: Disclosure): string {
  switch (disclosure.kind) {
    case 'note':
      return `note ${disclosure.index} is as it was opened, and counted in the attestation`;
    case 'summary':
      return 'these are the totals that the attestation hides';
    case 'proof':
      return disclosure.claim;
  }
}

/**
 * Judges a disclosure: `fails` where it contradicts the log or its proof is invalid, `not shown` where
 * what it rests on does not hold under the trust file, else `holds` with what it shows.
 */
export async function judgeDisclosure(
  evidence: Evidence,
  trust: TrustFile,
  rows: readonly ClaimRow[],
  { disclosure, proofs }: DisclosureToJudge,
): Promise<Finding> {
  const where = `period ${shortHash(disclosure.period)}`;
  const attested = attestedPeriod(evidence, disclosure.period);
  const logged = loggedNote(evidence, disclosure);
  const refusal = refuseDisclosure(disclosure, evidence.header.origin, attested, logged);
  if (refusal !== undefined) {
    const at = refusal.field === undefined ? '' : ` at ${refusal.field}`;
    return fails(`${refusal.reason}${at}: ${refusal.rule ?? ''}`, where);
  }
  if (disclosure.kind === 'proof') {
    const finding = await judgeProof(disclosure, proofs, trust, where);
    if (finding !== undefined) return finding;
  }
  const shown = shownBy(disclosure);
  for (const base of RESTS_ON[disclosure.kind]) {
    const row = rows.find(({ claim }) => claim === base);
    if (row?.verdict === 'holds') continue;
    const verdict = row?.verdict === 'fails' ? 'fails' : 'is not shown';
    return notShown(`rests on ${base}, which ${verdict}; by itself: ${shown}`, where);
  }
  return holds(shown, where);
}
