/** The same rail, asking no more often than its calendars can know anything new. */

import { bytesToHex } from '@atomicity/kernel/codec/bytes';
import type { AnchorEvidence, AnchorRail, Submission } from '../port.ts';
import { UPGRADE_PACING, UpgradePacer, type UpgradePacing } from './upgrade-pacing.ts';

/** An anchor has one submission; without it, what is asked about is the evidence. */
function keyOf(evidence: AnchorEvidence, submission: Submission | undefined): string {
  return bytesToHex(submission?.idempotencyKey ?? evidence.bytes);
}

/**
 * Wraps a rail so that `upgrade` is `unchanged`, and asks nobody, before the next question is due. So whoever
 * has the timer may call it as often as it likes.
 *
 * @param options.now ms since the epoch.
 * @throws {RangeError} if the pacing is none, or the rail prepares what it sends: those follow a chain.
 */
export function pacedUpgrades(
  rail: AnchorRail,
  options: { readonly now: () => number; readonly pacing?: UpgradePacing },
): AnchorRail {
  const { now, pacing = UPGRADE_PACING } = options;
  const pacer = new UpgradePacer(pacing);
  if (rail.prepare !== undefined) throw new RangeError('rail: must not prepare');
  return {
    name: rail.name,
    label: rail.label,
    repeatIsSameSubmission: rail.repeatIsSameSubmission,
    lookUp: (submission, signal) => rail.lookUp(submission, signal),
    async submit(submission, signal) {
      const evidence = await rail.submit(submission, signal);
      pacer.submitted(keyOf(evidence, submission), now());
      return evidence;
    },
    async upgrade(evidence, signal, submission) {
      const key = keyOf(evidence, submission);
      if (!pacer.isDue(key, now())) return { kind: 'unchanged' };
      pacer.asked(key, now());
      const upgrade = await rail.upgrade(evidence, signal, submission);
      if (upgrade.kind === 'confirmed') pacer.forget(key);
      return upgrade;
    },
  };
}
