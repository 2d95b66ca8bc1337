/** A rail for tests that counts submissions and fails as it is told, before or after counting. */

import { bytesToHex } from '@atomicity/kernel/codec/bytes';
import {
  type AnchorEvidence,
  type AnchorRail,
  type LookUp,
  RailError,
  type Submission,
  type Upgrade,
} from '@atomicity/rails/port';

/**
 * - `fine`: counted and answered.
 * - `refused`: surely not counted.
 * - `lost`: counted, but the answer was lost.
 * - `away`: not counted, and nobody can tell.
 */
export type Fault = 'fine' | 'refused' | 'lost' | 'away';

export type ScriptedRailOptions = {
  readonly repeatIsSameSubmission?: boolean;
  /** Whether `lookUp` knows; otherwise it answers `unknown`. */
  readonly knows?: boolean;
};

function failure(outcome: 'not_applied' | 'unknown'): RailError {
  return new RailError({ code: 'rail_unreachable', shortMessage: 'scripted', outcome });
}

export class ScriptedRail implements AnchorRail {
  readonly name = 'scripted';
  readonly label = 'scripted rail';
  readonly repeatIsSameSubmission: boolean;
  /** Every submission counted, as root and key; a set, as a rail counts one key once. */
  readonly counted = new Set<string>();
  /** Every call, in order. */
  readonly calls: string[] = [];
  /** Faults of the next submissions, then `fine`. */
  readonly faults: Fault[] = [];
  /** What the next upgrade gives; `unchanged` without it. */
  nextUpgrade: Upgrade | undefined;
  /** Makes the next look-up fail. */
  lookUpFails = false;
  readonly #knows: boolean;

  constructor(options: ScriptedRailOptions = {}) {
    this.repeatIsSameSubmission = options.repeatIsSameSubmission ?? true;
    this.#knows = options.knows ?? true;
  }

  async submit(submission: Submission): Promise<AnchorEvidence> {
    const fault = this.faults.shift() ?? 'fine';
    this.calls.push(`submit ${fault}`);
    if (fault === 'refused') throw failure('not_applied');
    if (fault !== 'away') this.counted.add(this.#id(submission));
    if (fault !== 'fine') throw failure('unknown');
    return this.#evidence(submission);
  }

  async lookUp(submission: Submission): Promise<LookUp> {
    this.calls.push('lookUp');
    if (this.lookUpFails) {
      this.lookUpFails = false;
      throw failure('not_applied');
    }
    if (!this.#knows) return { kind: 'unknown' };
    return this.counted.has(this.#id(submission))
      ? { kind: 'applied', evidence: this.#evidence(submission) }
      : { kind: 'not_applied' };
  }

  async upgrade(): Promise<Upgrade> {
    this.calls.push('upgrade');
    const upgrade = this.nextUpgrade ?? { kind: 'unchanged' };
    this.nextUpgrade = undefined;
    return upgrade;
  }

  #id({ root, idempotencyKey }: Submission): string {
    return `${bytesToHex(root)}/${bytesToHex(idempotencyKey)}`;
  }

  #evidence({ root, idempotencyKey }: Submission): AnchorEvidence {
    return { bytes: Uint8Array.of(1, ...root, ...idempotencyKey) };
  }
}
