/** What a transcript alone shows. Pure; bundles into the one-file auditor. */
import { circuitRow } from '../../artifacts/circuits.ts';
import { parseVerificationKey } from '../../verify/verification-key.ts';
import { checkContributionChain, endsAt } from './contribution-chain.ts';
import type { CeremonyTranscript } from './transcript.ts';

/** What `checkTranscript` establishes when it holds. */
export const TRANSCRIPT_SHOWS = [
  'the verification key in it has the hash that it names, valid points and γ ≠ δ',
  'every contribution was made on those before it by somebody who knew its secret; none is dropped or moved',
  'the beacon is the last step and follows from the randomness that it names',
  'δ of the verification key is the product of exactly these contributions',
] as const;

/** What no transcript can show: it takes the files, or people. */
export const TRANSCRIPT_LEAVES_OPEN = [
  'that the first key, with α, β, γ and IC, was made from the named r1cs and phase 1 file, and that the proving key follows: `atomicity ceremony verify` on the files',
  'that the phase 1 file comes from a sound ceremony: its published hash',
  'that the beacon was announced before it was drawn, and drawn where it says',
  'that the names are those of the contributors, and that one of them threw the secret away: ask them for their contribution hashes',
] as const;

export type TranscriptVerdict =
  | { readonly kind: 'holds'; readonly contributors: number }
  /** `reason` is for people: it names the step. */
  | { readonly kind: 'fails'; readonly reason: string };

const fails = (reason: string): TranscriptVerdict => ({ kind: 'fails', reason });

/** Checks everything that TRANSCRIPT_SHOWS lists. Some 0.1 s a contribution. */
export function checkTranscript(transcript: CeremonyTranscript): TranscriptVerdict {
  const { circuit, contributions, circuitHash, verificationKey } = transcript;
  const parsed = parseVerificationKey(verificationKey, circuitRow(circuit).publicSignals);
  if (parsed.kind === 'refused') return fails(`its verification key: ${parsed.reason}`);
  if (parsed.key.hash !== transcript.verificationKeyHash) {
    return fails('its verification key has another hash');
  }
  const at = contributions.findIndex(({ beacon }) => beacon !== undefined);
  if (contributions.length === 0 || at === 0) return fails('nobody contributed');
  if (at === -1) return fails('it has no beacon');
  if (at !== contributions.length - 1) return fails('its beacon is not the last step');
  const chain = checkContributionChain(circuitHash, contributions);
  if (chain.kind === 'fails') {
    const name = contributions[chain.position - 1]?.name ?? '';
    return fails(`contribution ${chain.position} (${name}): ${chain.fault}`);
  }
  if (!endsAt(chain.delta, parsed.key.delta)) {
    return fails('the contributions do not end at δ of its verification key');
  }
  return { kind: 'holds', contributors: contributions.length - 1 };
}
