/** What is told about a proof that is not confirmed: how old it is, and who owes what. Pure. */

import { decodeProof } from './decode.ts';
import { evaluate } from './evaluate.ts';
import {
  LOCAL_CALENDAR_LABEL,
  LOCAL_CALENDAR_URI,
  REHEARSAL_CALENDAR_LABEL,
  REHEARSAL_CALENDAR_URI,
} from './local-calendar.ts';
import type { DetachedProof } from './proof.ts';
import { openQuestions } from './upgrade-proof.ts';

export type PendingReport = {
  /** Since the anchor was planned, ms; 0 if a clock was set back. */
  readonly ageMs: number;
  /** URIs of calendars that have promised and named no block yet, each once, in the order of the file. */
  readonly waitingFor: readonly string[];
  /** Heights of blocks that calendars have named, lowest first: claims, until a header is compared. */
  readonly claimedBlocks: readonly number[];
  /** One line for people, e.g. `pending for 3 h: no block yet from https://…`. */
  readonly text: string;
};

const STAND_INS: Readonly<Record<string, string>> = {
  [LOCAL_CALENDAR_URI]: LOCAL_CALENDAR_LABEL,
  [REHEARSAL_CALENDAR_URI]: REHEARSAL_CALENDAR_LABEL,
};

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** Whole units of the largest kind of which there are two; seconds below. */
function ageText(ageMs: number): string {
  const [unit, ms] = UNITS.find(([, size]) => ageMs >= 2 * size) ?? (['s', 1_000] as const);
  return `${Math.floor(ageMs / ms)} ${unit}`;
}

/** How a calendar is called for people: a stand-in says that it is one. */
function nameOf(uri: string): string {
  return Object.hasOwn(STAND_INS, uri) ? (STAND_INS[uri] ?? uri) : uri;
}

/**
 * Reports on a pending proof.
 *
 * @param now ms since the epoch.
 * @param plannedAt when the anchor was planned, ms since the epoch.
 */
export function pendingReport(proof: DetachedProof, now: number, plannedAt: number): PendingReport {
  const ageMs = Math.max(0, now - plannedAt);
  const waitingFor = [...new Set(openQuestions(proof).map(({ uri }) => uri))];
  const claimed = evaluate(proof).flatMap(({ attestation }) =>
    attestation.kind === 'bitcoin' ? [attestation.height] : [],
  );
  const claimedBlocks = [...new Set(claimed)].sort((a, b) => a - b);
  const parts = [
    ...(waitingFor.length === 0
      ? []
      : [`no block yet from ${waitingFor.map((uri) => nameOf(uri)).join(', ')}`]),
    ...(claimedBlocks.length === 0 ? [] : [`not checked: block ${claimedBlocks.join(', ')}`]),
  ];
  const what = parts.length === 0 ? 'nobody has promised a block' : parts.join('; ');
  return { ageMs, waitingFor, claimedBlocks, text: `pending for ${ageText(ageMs)}: ${what}` };
}

/** The line of the report on the bytes of an `.ots` file; undefined if they are none. */
export function pendingText(bytes: Uint8Array, now: number, plannedAt: number): string | undefined {
  const decoded = decodeProof(bytes);
  return decoded.kind === 'decoded' ? pendingReport(decoded.proof, now, plannedAt).text : undefined;
}
