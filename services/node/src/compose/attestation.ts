import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AttestationProgress, ProofCheck } from '@atomicity/attestor/attest-period';
import { Attestor } from '@atomicity/attestor/attestor';
import { AttestationJournal } from '@atomicity/attestor/journal/attestation-journal';
import type { RegistryAddress } from '@atomicity/attestor/plan-statement';
import type { Submit } from '@atomicity/attestor/ports';
import { randomNonce } from '@atomicity/client/signer';
import type { Sequencer } from '@atomicity/event-log/sequencer/sequencer';
import { BOOK_REFUSALS } from '@atomicity/kernel/book/refusals';
import type { Tier } from '@atomicity/kernel/codec/merkle-16';
import type { PeriodPlace } from '@atomicity/kernel/period/closed-period';
import type { PeriodCircuit } from '@atomicity/kernel/period/period-digest';
import type { FieldHex } from '@atomicity/kernel/units/id';
import { hashFromBytes, signatureFromBytes } from '@atomicity/kernel/units/id';
import type { Groth16Proof } from '@atomicity/kernel/wire/objects';
import type { VerificationPool } from '@atomicity/ledger/verify/verification-pool';
import type { BookWriter } from '@atomicity/ledger/writer/book-writer';
import { closedPeriod, pendingPeriods } from '@atomicity/projector/closed-periods';
import type { Projector } from '@atomicity/projector/projector';
import {
  type CircuitName,
  circuitRow,
  periodCircuitName,
} from '@atomicity/prover/artifacts/circuits';
import { ensureArtifacts, type KeyChoice } from '@atomicity/prover/artifacts/ensure-artifacts';
import { type ChosenProver, chooseProver } from '@atomicity/prover/prove/choose-prover';
import type { Groth16Prover } from '@atomicity/prover/prove/groth16-prover';
import {
  parseVerificationKeyText,
  type VerificationKey,
} from '@atomicity/prover/verify/verification-key';
import { verifySpendProof } from '@atomicity/prover/verify/verify-spend-proof';
import { type DataDir, JOURNAL_FILE } from './data-dir.ts';
import type { Operator } from './operator.ts';

export type ProofHolds = (
  circuit: CircuitName,
  publicSignals: readonly FieldHex[],
  proof: Groth16Proof,
) => Promise<boolean>;

export type Attestation = {
  readonly attestor: Attestor;
  /** What proves the periods; proofs of other circuits queue up behind them. */
  readonly prover: Pick<Groth16Prover, 'prove'>;
  /** Checks a proof natively, under the key that the prover takes. */
  readonly holds: ProofHolds;
  /** Which prover that is, and why: for the start-up line. */
  readonly provedBy: Pick<ChosenProver, 'kind' | 'reason'>;
  /** Closed periods that have no attestation in the projection yet. */
  pending(): readonly PeriodPlace[];
  /** Hears of every step of every period from now on. */
  onProgress(listener: (progress: AttestationProgress) => void): void;
  close(): Promise<void>;
};

export type AttestationInputs = {
  readonly dir: DataDir;
  readonly origin: string;
  readonly operator: Operator;
  readonly projector: Projector;
  readonly sequencer: Sequencer;
  readonly writer: BookWriter;
  readonly pool: VerificationPool;
  /** The contract that may be shown the attestations. */
  readonly registry?: RegistryAddress | undefined;
  /** The keys to prove with; development keys if absent. */
  readonly keys?: KeyChoice | undefined;
  readonly onError: (error: unknown) => void;
};

/** The attestor over this node's projection, log and book, proving in child processes. */
export function openAttestation(inputs: AttestationInputs): Attestation {
  const { dir, origin, operator, projector, sequencer, keys = 'development', onError } = inputs;
  const journal = new AttestationJournal(join(dir.attestor, JOURNAL_FILE));
  const { prover, ...provedBy } = chooseProver((circuit) => ensureArtifacts(circuit, { keys }));
  const listeners: ((progress: AttestationProgress) => void)[] = [];
  const { file } = projector.projection;
  const attestor = new Attestor({
    origin,
    registry: inputs.registry,
    journal,
    prover,
    proofCheck: (circuit, tier) => proofCheck(circuit, tier, keys),
    periods: {
      pending: () => pendingPeriods(file),
      closed: (place) => closedPeriod(file, place),
    },
    checkpoints: {
      covering: async () => {
        const { size, root } = await sequencer.checkpoint();
        return { size, root: hashFromBytes(root) };
      },
    },
    signer: {
      party: operator.id,
      key: operator.key.id,
      sign: async (message) => signatureFromBytes(operator.key.signBytes(message)),
    },
    submit: submitTo(inputs),
    drawNonce: randomNonce,
    onProgress: (progress) => {
      for (const listener of listeners) listener(progress);
    },
    onError,
  });
  return {
    attestor,
    provedBy,
    prover,
    holds: async (circuit, publicSignals, proof) =>
      await verifySpendProof(await keyOf(circuit, keys), publicSignals, proof),
    pending: () => pendingPeriods(file),
    onProgress: (listener) => listeners.push(listener),
    async close() {
      await attestor.stop();
      prover.close();
      journal.close();
    },
  };
}

/** The key that the lock of the artifacts or of the ceremony pins for a circuit. */
async function keyOf(circuit: CircuitName, keys: KeyChoice): Promise<VerificationKey> {
  const { verificationKey, verificationKeyHash } = await ensureArtifacts(circuit, { keys });
  const text = await readFile(verificationKey, 'utf8');
  const parsed = parseVerificationKeyText(text, circuitRow(circuit).publicSignals);
  if (parsed.kind === 'refused') throw new Error(`verification key: ${parsed.reason}`);
  const { key } = parsed;
  // An attestation names it: a lock that was edited must not make us sign another key's name.
  if (key.hash !== verificationKeyHash) throw new Error('verification key: not that of its lock');
  return key;
}

/** The native check of a period's proofs. */
async function proofCheck(
  circuit: PeriodCircuit,
  tier: Tier,
  keys: KeyChoice,
): Promise<ProofCheck> {
  const key = await keyOf(periodCircuitName(circuit, tier), keys);
  return {
    verificationKeyHash: key.hash,
    holds: (publicSignals, proof) => verifySpendProof(key, publicSignals, proof),
  };
}

/** Whether the same object may be accepted later is the kernel's to say. */
function transience(reason: string): { readonly reason: string; readonly transient: boolean } {
  const known = BOOK_REFUSALS.find((row) => row.reason === reason);
  return { reason, transient: known?.transient ?? false };
}

function submitTo({ pool, writer }: AttestationInputs): Submit {
  return async (commandId, text) => {
    const [verification] = await pool.verify([text], () => undefined);
    if (verification?.kind !== 'verified') {
      const reason = verification?.refusal.reason ?? 'verification_failed';
      return { kind: 'rejected', reason, transient: false };
    }
    const outcome = await writer.submit(commandId, verification.object);
    switch (outcome.kind) {
      case 'accepted':
        return { kind: outcome.duplicate ? 'duplicate' : 'accepted' };
      case 'refused':
        return { kind: 'rejected', ...transience(outcome.refusal.reason) };
      default:
        // Nothing was recorded, or it is not known: the same command again finds out.
        return { kind: 'rejected', reason: outcome.reason, transient: true };
    }
  };
}
