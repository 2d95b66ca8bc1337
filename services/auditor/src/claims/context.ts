/** What every claim is a function of. */

import type { JsonObject } from '@atomicity/kernel/codec/canonical-json';
import type { IssuedList } from '@atomicity/kernel/period-close/issued-list';
import type { Hash } from '@atomicity/kernel/units/id';
import type { Groth16Proof } from '@atomicity/kernel/wire/objects';
import type { SignatureQueue } from '../crypto/signature-queue.ts';
import type { Evidence } from '../evidence/evidence.ts';
import type { LogView } from '../evidence/log-view.ts';
import type { KeyReports } from '../keys/judge-keys.ts';
import type { TrustFile } from '../trust/trust-file.ts';

/** True if the proof verifies; false for an invalid or malformed proof, key or signal. */
export type VerifySpendProof = (
  key: JsonObject,
  publicSignals: readonly string[],
  proof: Groth16Proof,
) => Promise<boolean>;

/** The port behind the claims on proofs. */
export type ProofVerifier = {
  /** The hash under which attestations and trust files name a key; undefined if it is malformed. */
  readonly keyHash: (key: JsonObject) => Hash | undefined;
  readonly verify: VerifySpendProof;
};

export type AuditContext = {
  readonly evidence: Evidence;
  readonly log: LogView;
  readonly trust: TrustFile;
  /** Which keys are trusted, and why. */
  readonly keys: KeyReports;
  /** What principals say that they issued, handed to the auditor by them. */
  readonly issued: readonly IssuedList[];
  readonly proofs: ProofVerifier;
  readonly signatures: SignatureQueue;
};
