/**
 * Goal: notes, keys and checkpoints are those of the Go implementation, and nothing looser is read.
 * Method: its published example, then everything near it.
 */
import { expect, test } from 'vitest';
import { decodeBase64, encodeBase64 } from './base64.ts';
import {
  checkpointText,
  openCheckpoint,
  parseCheckpointText,
  readCheckpoint,
  signCheckpoint,
} from './checkpoint.ts';
import { nodeNoteSigner, nodeVerifyEd25519 } from './node-signer.ts';
import {
  encodeVerifierKey,
  noteKeyId,
  openNote,
  parseNote,
  parseVerifierKey,
  signNote,
  type VerifierKey,
} from './signed-note.ts';

// Source: golang.org/x/mod/sumdb/note, the example of its documentation and tests.
const VERIFIER_KEY = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const SIGNER_SEED = 'AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz';
const TEXT =
  'If you think cryptography is the answer to your problem,\n' +
  "then you don't know what your problem is.\n";
const LINE =
  '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';
const NOTE = `${TEXT}\n${LINE}`;

function peter(): VerifierKey {
  const key = parseVerifierKey(VERIFIER_KEY);
  if (key === undefined) throw new Error('the example key parses');
  return key;
}
const seed = (decodeBase64(SIGNER_SEED) ?? new Uint8Array(33)).subarray(1);

test('the published key, signature and note are reproduced byte for byte', async () => {
  const signer = nodeNoteSigner('PeterNeumann', seed);
  expect(encodeVerifierKey(signer)).toBe(VERIFIER_KEY);
  expect(noteKeyId(signer)).toBe('c74f20a3');
  expect(await signNote(TEXT, [signer])).toBe(NOTE);
  expect(openNote(NOTE, peter(), nodeVerifyEd25519)).toBe(TEXT);
});

test('no part of a verifier key may be missing or changed', () => {
  for (let start = 0; start < VERIFIER_KEY.length; start += 1) {
    for (let end = start + 1; end <= VERIFIER_KEY.length; end += 1) {
      if (start === 0 && end === VERIFIER_KEY.length) continue;
      expect(parseVerifierKey(VERIFIER_KEY.slice(start, end))).toBeUndefined();
    }
    const next = String.fromCharCode(VERIFIER_KEY.charCodeAt(start) + 1);
    const changed = VERIFIER_KEY.slice(0, start) + next + VERIFIER_KEY.slice(start + 1);
    expect(parseVerifierKey(changed)).toBeUndefined();
  }
});

test('any change of one character spoils the note', () => {
  for (let at = 0; at < NOTE.length; at += 1) {
    for (const other of ['x', ' ', '\n', '=']) {
      if (NOTE[at] === other) continue;
      const changed = NOTE.slice(0, at) + other + NOTE.slice(at + 1);
      expect(openNote(changed, peter(), nodeVerifyEd25519)).toBeUndefined();
    }
  }
});

test.each([
  ['no signature', `${TEXT}\n`],
  ['no blank line', TEXT + LINE],
  ['no final newline', NOTE.slice(0, -1)],
  ['a control character', NOTE.replace('If', 'I\tf')],
  ['a hyphen for the dash', NOTE.replace('—', '-')],
  ['two spaces', NOTE.replace('— PeterNeumann ', '— PeterNeumann  ')],
  ['unpadded base64', NOTE.replace('=\n', '\n')],
  ['a signature of four bytes', `${TEXT}\n— PeterNeumann x08gow==\n`],
  ['too many signatures', `${TEXT}\n${LINE.repeat(101)}`],
  ['an empty line after the signatures', `${NOTE}\n`],
])('refuses a note with %s', (_, note) => {
  expect(parseNote(note)).toBeUndefined();
});

test('signatures of other keys are passed over; a bad one of this key is not', async () => {
  const other = nodeNoteSigner('other.example/log', new Uint8Array(32).fill(9));
  const both = await signNote(TEXT, [other, nodeNoteSigner('PeterNeumann', seed)]);
  expect(openNote(both, peter(), nodeVerifyEd25519)).toBe(TEXT);
  expect(openNote(both, other, nodeVerifyEd25519)).toBe(TEXT);
  expect(openNote(await signNote(TEXT, [other]), peter(), nodeVerifyEd25519)).toBeUndefined();
  const bad = LINE.replace('ZJku', 'ZJkv');
  expect(openNote(NOTE + bad, peter(), nodeVerifyEd25519)).toBeUndefined();
});

test('checkpoints: text, signature and strict reading', async () => {
  const signer = nodeNoteSigner('example.com/log', seed);
  const checkpoint = { origin: 'example.com/log', size: 7, root: new Uint8Array(32).fill(1) };
  const text = checkpointText(checkpoint);
  expect(text).toBe('example.com/log\n7\nAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n');
  const note = await signCheckpoint(checkpoint, signer);
  expect(openCheckpoint(note, signer, nodeVerifyEd25519)).toEqual(checkpoint);
  expect(readCheckpoint(note)).toEqual(checkpoint);
  const another = { ...signer, name: 'example.com/other' };
  expect(openCheckpoint(note, another, nodeVerifyEd25519)).toBeUndefined();
  await expect(signCheckpoint(checkpoint, another)).rejects.toThrow(RangeError);
  for (const wrong of [
    text.replace('7', '07'),
    text.replace('7', '-1'),
    text.replace('7', '9007199254740992'),
    text.replace('7', '1e3'),
    text.replace('AQE=', 'AQF='),
    text.replace('AQEB', ''),
    `${text}extension\n`,
    text.slice(0, -1),
    text.replace('example.com/log', 'example com'),
  ]) {
    expect(parseCheckpointText(wrong)).toBeUndefined();
  }
});

test('base64 has one text for each byte string', () => {
  expect(decodeBase64('AQ==')).toEqual(Uint8Array.of(1));
  for (const text of ['AR==', 'AQ', 'AQ=', 'A===', ' AQ==', 'AQ==\n', 'A_-=']) {
    expect(decodeBase64(text)).toBeUndefined();
  }
  expect(encodeBase64(new Uint8Array(0))).toBe('');
});
