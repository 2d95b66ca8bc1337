// Goal: pending is shown as pending, with age and names. Method: rows.
import { describe, expect, it } from 'vitest';
import { encodeProof } from './encode.ts';
import { LOCAL_CALENDAR_URI } from './local-calendar.ts';
import { pendingReport, pendingText } from './pending-report.ts';
import type { Attestation, DetachedProof } from './proof.ts';

const proofWith = (...attestations: readonly Attestation[]): DetachedProof => ({
  hashOperation: 'sha256',
  digest: new Uint8Array(32),
  timestamp: { attestations, branches: [] },
});
const pending = (uri: string): Attestation => ({ kind: 'pending', uri });
const HOUR = 3_600_000;

describe('the report on a pending proof', () => {
  it.each([
    [0, '0 s'],
    [119_999, '119 s'],
    [120_000, '2 min'],
    [2 * HOUR - 1, '119 min'],
    [47 * HOUR, '47 h'],
    [49 * HOUR, '2 d'],
    [-5, '0 s'],
  ])('%i ms after the plan says %s', (ageMs, text) => {
    const report = pendingReport(proofWith(pending('https://a')), 1_000_000 + ageMs, 1_000_000);
    expect(report.text).toBe(`pending for ${text}: no block yet from https://a`);
    expect(report.ageMs).toBe(Math.max(0, ageMs));
  });

  it('names every calendar once, and a stand-in as what it is', () => {
    const proof = proofWith(
      pending('https://a'),
      pending('https://b'),
      pending(LOCAL_CALENDAR_URI),
    );
    const { waitingFor, text } = pendingReport(proof, 0, 0);
    expect(waitingFor).toEqual(['https://a', 'https://b', LOCAL_CALENDAR_URI]);
    expect(text).toContain('https://a, https://b, local calendar: proves nothing to outsiders');
  });

  it('calls a block that nobody has compared a claim', () => {
    const block: Attestation = { kind: 'bitcoin', height: 900_000 };
    expect(pendingReport(proofWith(block, pending('https://a')), 0, 0)).toEqual({
      ageMs: 0,
      waitingFor: [],
      claimedBlocks: [900_000],
      text: 'pending for 0 s: not checked: block 900000',
    });
  });

  it('says when nobody has promised anything', () => {
    const unknown: Attestation = {
      kind: 'unknown',
      tag: new Uint8Array(8),
      payload: new Uint8Array(),
    };
    expect(pendingReport(proofWith(unknown), 0, 0).text).toContain('nobody has promised a block');
  });

  it('is made of a file too, and of no other bytes', () => {
    const bytes = encodeProof(proofWith(pending('https://a')));
    expect(pendingText(bytes, 2 * HOUR, 0)).toBe('pending for 2 h: no block yet from https://a');
    expect(pendingText(bytes.subarray(1), 0, 0)).toBeUndefined();
  });
});
