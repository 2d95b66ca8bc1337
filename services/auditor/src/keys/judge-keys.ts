/** Which verification keys an audit trusts and why: the trust file first, then what transcripts show. */
import type { Hash } from '@atomicity/kernel/units/id';
import { periodCircuitName } from '@atomicity/prover/artifacts/circuits';
import {
  checkTranscript,
  TRANSCRIPT_LEAVES_OPEN,
  TRANSCRIPT_SHOWS,
} from '@atomicity/prover/ceremony/phase-2/check-transcript';
import type { CeremonyTranscript } from '@atomicity/prover/ceremony/phase-2/transcript';
import type { Evidence } from '../evidence/evidence.ts';
import { shortHash } from '../evidence/evidence.ts';
import type { TrustedKey, TrustFile } from '../trust/trust-file.ts';

/** A transcript that was handed to the auditor; its form was checked when it was read. */
export type SuppliedTranscript = {
  readonly hash: Hash;
  readonly transcript: CeremonyTranscript;
};

export type TranscriptReport = {
  readonly hash: Hash;
  /** `contradicts`: it is broken, a rehearsal, or not what the trust file says of the key. */
  readonly verdict: 'supports' | 'contradicts';
  readonly reason: string;
  /** Contributions besides the beacon. */
  readonly contributors: number;
  readonly shows: readonly string[];
  readonly notChecked: readonly string[];
};

export type KeyReport = {
  readonly hash: Hash;
  /** From the trust file, the transcripts and the attestations; more than one where they disagree. */
  readonly circuits: readonly string[];
  /** Attestations in the bundle whose proof names this key. */
  readonly attestations: number;
  /** True if proofs under this key make a claim hold. */
  readonly trusted: boolean;
  readonly ceremony: TrustedKey['ceremony'] | null;
  /** Why it is trusted, or why not. */
  readonly reason: string;
  readonly transcripts: readonly TranscriptReport[];
};

export type KeyReports = ReadonlyMap<Hash, KeyReport>;

const REHEARSAL = 'it is of a rehearsal: nobody contributed to its phase 1';

function contradiction(
  { hash, transcript }: SuppliedTranscript,
  listed: TrustedKey | undefined,
): string | undefined {
  const verdict = checkTranscript(transcript);
  if (verdict.kind === 'fails') return verdict.reason;
  if (transcript.powersOfTau.contributions === 0) return REHEARSAL;
  if (listed === undefined) return undefined;
  const { transcript: named, circuit, contributors, ceremony } = listed;
  if (ceremony === 'development') return 'the trust file calls it a development key';
  if (named !== undefined && named !== hash) {
    return `the trust file names another transcript (${shortHash(named)})`;
  }
  if (circuit !== undefined && circuit !== transcript.circuit) {
    return `it is of ${transcript.circuit}, the trust file says ${circuit}`;
  }
  if (contributors !== undefined && contributors !== verdict.contributors) {
    return `it has ${verdict.contributors} contributors, the trust file says ${contributors}`;
  }
  return undefined;
}

function transcriptReport(
  supplied: SuppliedTranscript,
  listed: TrustedKey | undefined,
): TranscriptReport {
  const { hash, transcript } = supplied;
  const contributors = transcript.contributions.filter((step) => !step.beacon).length;
  const against = contradiction(supplied, listed);
  const supports = against === undefined;
  const confirms =
    listed?.transcript === undefined ? '' : ' and is the one that the trust file names';
  return {
    hash,
    verdict: supports ? 'supports' : 'contradicts',
    reason: against ?? `it ends at this key${confirms}`,
    contributors,
    shows: supports ? TRANSCRIPT_SHOWS : [],
    notChecked: TRANSCRIPT_LEAVES_OPEN,
  };
}

function reasonOf(
  listed: TrustedKey | undefined,
  transcripts: readonly TranscriptReport[],
): { readonly trusted: boolean; readonly reason: string } {
  if (listed === undefined) {
    return { trusted: false, reason: 'the trust file does not list it' };
  }
  if (listed.ceremony === 'development') {
    const reason = 'the trust file lists it as a development key: anyone can forge under it';
    return { trusted: false, reason };
  }
  const against = transcripts.find(({ verdict }) => verdict === 'contradicts');
  if (against !== undefined) {
    const transcript = `transcript ${shortHash(against.hash)}`;
    return {
      trusted: false,
      reason: `${transcript} contradicts the trust file: ${against.reason}`,
    };
  }
  const { contributors } = listed;
  const of = contributors === undefined ? '' : ` of ${contributors} contributors`;
  const source = `the trust file lists it as of a production ceremony${of}`;
  if (transcripts.length > 0)
    return { trusted: true, reason: `${source}, and a transcript supports it` };
  const pinned =
    listed.transcript === undefined
      ? 'names no transcript'
      : `names transcript ${shortHash(listed.transcript)}, which was not supplied`;
  return {
    trusted: true,
    reason: `${source}, and ${pinned}: that file alone vouches for the ceremony`,
  };
}

function usedCircuits(evidence: Evidence): ReadonlyMap<Hash, readonly string[]> {
  const used = new Map<Hash, string[]>();
  for (const { object } of evidence.attestations) {
    const { verificationKeyHash, circuit } = object.body;
    const names = used.get(verificationKeyHash) ?? [];
    names.push(periodCircuitName(circuit.name, circuit.tier));
    used.set(verificationKeyHash, names);
  }
  return used;
}

/**
 * A report on every key that the trust file lists, the bundle has or uses, or a transcript ends at, in the
 * order of their hashes. Only the trust file makes a key trusted; a transcript can take that away, never
 * give it.
 */
export function judgeKeys(
  evidence: Evidence,
  trust: TrustFile,
  supplied: readonly SuppliedTranscript[],
): KeyReports {
  const used = usedCircuits(evidence);
  const ends = supplied.map(({ transcript }) => transcript.verificationKeyHash);
  const hashes = new Set<Hash>([
    ...trust.verificationKeys.keys(),
    ...evidence.verificationKeys.keys(),
    ...used.keys(),
    ...ends,
  ]);
  const reports = [...hashes].sort().map((hash): [Hash, KeyReport] => {
    const listed = trust.verificationKeys.get(hash);
    const own = supplied.filter(({ transcript }) => transcript.verificationKeyHash === hash);
    const transcripts = own.map((each) => transcriptReport(each, listed));
    const attested = used.get(hash) ?? [];
    const circuits = new Set<string>([
      ...(listed?.circuit === undefined ? [] : [listed.circuit]),
      ...own.map(({ transcript }) => transcript.circuit),
      ...attested,
    ]);
    const report = {
      hash,
      circuits: [...circuits],
      attestations: attested.length,
      ceremony: listed?.ceremony ?? null,
      ...reasonOf(listed, transcripts),
      transcripts,
    };
    return [hash, report];
  });
  return new Map(reports);
}
