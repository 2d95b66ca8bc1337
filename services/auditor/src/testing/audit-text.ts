/** Audits a bundle's text under a trust file's text with the real verifier. */
import type { IssuedList } from '@atomicity/kernel/period-close/issued-list';
import { audit } from '../audit.ts';
import type { ClaimName } from '../claims/names.ts';
import type { ClaimRow } from '../claims/report.ts';
import type { Verdict } from '../claims/verdict.ts';
import { groth16Verifier } from '../crypto/proof-verifier.ts';
import { parseTrustFile, type TrustFile } from '../trust/trust-file.ts';

export function trustOf(text: string): TrustFile {
  const parsed = parseTrustFile(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.refusal));
  return parsed.trust;
}

async function* once(bytes: Uint8Array) {
  yield bytes;
}

/** The rows by claim, or the reason for which the file is unusable. */
export async function auditText(
  bundle: string | Uint8Array,
  trust: string,
  issued: readonly IssuedList[] = [],
): Promise<ReadonlyMap<ClaimName, ClaimRow> | string> {
  const bytes = typeof bundle === 'string' ? Buffer.from(bundle) : bundle;
  const result = await audit(once(bytes), {
    trust: trustOf(trust),
    issued,
    proofs: groth16Verifier(),
  });
  if (result.kind === 'unusable') return result.refusal.reason;
  return new Map(result.rows.map((row) => [row.claim, row]));
}

/** The verdict of each claim; throws for an unusable file. */
export async function verdictsOf(
  bundle: string | Uint8Array,
  trust: string,
): Promise<Readonly<Record<string, Verdict>>> {
  const rows = await auditText(bundle, trust);
  if (typeof rows === 'string') throw new Error(`unusable: ${rows}`);
  return Object.fromEntries([...rows.values()].map(({ claim, verdict }) => [claim, verdict]));
}
