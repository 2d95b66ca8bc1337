// Goal: bytes of the reference client are read and written unchanged; each damage has its name.
// Method: example proofs of the reference client, and a table of damaged ones.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { decodeProof, decodeTimestamp, type ProofRefusalReason } from './decode.ts';
import { encodeProof, encodeTimestamp } from './encode.ts';
import { evaluate } from './evaluate.ts';
import { mergeProofs } from './normal-form.ts';
import { type DetachedProof, PROOF_MAGIC, PROOF_SIZE_BYTES_MAX, type Timestamp } from './proof.ts';
import { HELLO_WORLD_PROOF, HELLO_WORLD_TEXT, UNKNOWN_NOTARY_PROOF } from './reference-proofs.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

function proofIn(bytes: Uint8Array): DetachedProof {
  const decoded = decodeProof(bytes);
  if (decoded.kind !== 'decoded') throw new Error(decoded.reason);
  return decoded.proof;
}

const MAGIC = toHex(PROOF_MAGIC);
const DIGEST = '11'.repeat(32);
const PENDING_A = '00 83dfe30d2ef90c8e 02 01 61';
const PENDING_B = '00 83dfe30d2ef90c8e 02 01 62';
const file = (tree: string, head = `01 08 ${DIGEST}`) => hex(`${MAGIC} ${head} ${tree}`);

describe('the reference client’s proofs', () => {
  it.each([HELLO_WORLD_PROOF, UNKNOWN_NOTARY_PROOF])('are written as they were read', (bytes) => {
    expect(toHex(encodeProof(proofIn(bytes)))).toBe(toHex(bytes));
  });

  it('stand for the file they were made of', () => {
    const digest = createHash('sha256').update(HELLO_WORLD_TEXT).digest('hex');
    expect(toHex(proofIn(HELLO_WORLD_PROOF).digest)).toBe(digest);
  });

  it('keep attestations of an unknown kind', () => {
    const attestations = evaluate(proofIn(UNKNOWN_NOTARY_PROOF)).map((one) => one.attestation);
    expect(attestations).toEqual([
      { kind: 'pending', uri: 'https://bob.btc.calendar.opentimestamps.org' },
      { kind: 'unknown', tag: hex('0102030405060708'), payload: hex('78'.repeat(46)) },
    ]);
  });
});

// Source: tests of python-opentimestamps 0.4.2, core/test_timestamp.py, test_serialization.
describe('the reference library’s vectors', () => {
  const message = new TextEncoder().encode('foo');
  const pending = (uri: string) => ({ kind: 'pending', uri }) as const;
  const entry = (uri: string) => `00 83dfe30d2ef90c8e 07 06 ${toHex(Buffer.from(uri))}`;
  const rows: readonly (readonly [Timestamp, string])[] = [
    [{ attestations: [pending('foobar')], branches: [] }, entry('foobar')],
    [
      { attestations: [pending('foobar'), pending('barfoo')], branches: [] },
      `ff ${entry('barfoo')} ${entry('foobar')}`,
    ],
    [
      {
        attestations: [pending('foobaz'), pending('foobar'), pending('barfoo')],
        branches: [
          {
            operation: { kind: 'sha256' },
            next: { attestations: [pending('deeper')], branches: [] },
          },
        ],
      },
      `ff ${entry('barfoo')} ff ${entry('foobar')} ff ${entry('foobaz')} 08 ${entry('deeper')}`,
    ],
  ];

  it.each(rows)('%#', (timestamp, expected) => {
    expect(toHex(encodeTimestamp(timestamp))).toBe(toHex(hex(expected)));
    expect(decodeTimestamp(hex(expected), message.length).kind).toBe('decoded');
  });
});

describe('a damaged file', () => {
  const deep = (levels: number) => file(`${'08'.repeat(levels)} ${PENDING_A}`);
  const rows: readonly (readonly [string, Uint8Array, ProofRefusalReason])[] = [
    ['empty', new Uint8Array(0), 'truncated'],
    ['of another format', hex(MAGIC.replace('4f', '4e')), 'wrong_magic'],
    ['of version 2', file(PENDING_A, `02 08 ${DIGEST}`), 'unknown_version'],
    ['with an operation as file hash', file(PENDING_A, `01 f2 ${DIGEST}`), 'unknown_hash'],
    ['with an operation nobody knows', file(`99 ${PENDING_A}`), 'unknown_operation'],
    ['cut short', file('00 83dfe30d'), 'truncated'],
    ['with no tree', file(''), 'truncated'],
    ['with bytes left over', file(`${PENDING_A} 00`), 'trailing_bytes'],
    ['with a number not minimal', file('00 83dfe30d2ef90c8e 82 00 01 61'), 'number_not_minimal'],
    [
      'with a height above 2^53',
      file('00 0588960d73d71901 08 ffffffffffffff7f'),
      'number_too_large',
    ],
    ['with a number without end', file(`f0 ${'ff'.repeat(20)}`), 'number_too_large'],
    ['with an empty argument', file(`f0 00 ${PENDING_A}`), 'size_out_of_range'],
    [
      'with an argument of 4,097 bytes',
      file(`f0 8120 ${'00'.repeat(4097)} ${PENDING_A}`),
      'size_out_of_range',
    ],
    [
      'with a message of 4,097 bytes',
      file(`f0 e11f ${'00'.repeat(4065)} ${PENDING_A}`),
      'message_too_long',
    ],
    [
      'with a message hexlified too often',
      file(`${'f3'.repeat(8)} ${PENDING_A}`),
      'message_too_long',
    ],
    ['257 levels deep', deep(256), 'tree_too_deep'],
    ['with one attestation twice', file(`ff ${PENDING_A} ${PENDING_A}`), 'duplicate'],
    ['with one branch twice', file(`ff 08 ${PENDING_A} 08 ${PENDING_B}`), 'duplicate'],
    ['with a query in the URI', file('00 83dfe30d2ef90c8e 02 01 3f'), 'bad_uri'],
    ['with a byte above ASCII in the URI', file('00 83dfe30d2ef90c8e 02 01 e9'), 'bad_uri'],
    ['with bytes after the height', file('00 0588960d73d71901 02 0101'), 'trailing_bytes'],
    ['over 65,536 bytes', new Uint8Array(PROOF_SIZE_BYTES_MAX + 1), 'proof_too_large'],
  ];

  it.each(rows)('%s is refused', (_name, bytes, reason) => {
    expect(decodeProof(bytes)).toMatchObject({ kind: 'refused', reason });
  });

  it('at the limits is read', () => {
    expect(decodeProof(deep(255)).kind).toBe('decoded');
    expect(decodeProof(file(`f0 e01f ${'00'.repeat(4064)} ${PENDING_A}`)).kind).toBe('decoded');
    expect(decodeProof(file(`${'f3'.repeat(7)} ${PENDING_A}`)).kind).toBe('decoded');
  });

  it('whose branches stand in another order is read, and written in order', () => {
    const turned = file(`ff ${PENDING_B} ${PENDING_A}`);
    expect(toHex(encodeProof(proofIn(turned)))).toBe(toHex(file(`ff ${PENDING_A} ${PENDING_B}`)));
  });
});

describe('writing refuses', () => {
  const leaf: Timestamp = { attestations: [{ kind: 'pending', uri: 'a' }], branches: [] };
  const proof = (timestamp: Timestamp): DetachedProof => ({
    hashOperation: 'sha256',
    digest: hex(DIGEST),
    timestamp,
  });
  const alone = (attestation: Timestamp['attestations'][number]): Timestamp => ({
    attestations: [attestation],
    branches: [],
  });
  const rows: readonly (readonly [string, DetachedProof])[] = [
    ['an empty node', proof({ attestations: [], branches: [] })],
    ['a digest of another size', { ...proof(leaf), digest: hex('11') }],
    ['a URI with a query', proof(alone({ kind: 'pending', uri: 'a?b' }))],
    ['a negative height', proof(alone({ kind: 'bitcoin', height: -1 }))],
    ['a short tag', proof(alone({ kind: 'unknown', tag: hex('00'), payload: hex('') }))],
    [
      'a known tag as unknown',
      proof(alone({ kind: 'unknown', tag: hex('0588960d73d71901'), payload: hex('') })),
    ],
    [
      'an empty argument',
      proof({
        attestations: [],
        branches: [{ operation: { kind: 'append', argument: hex('') }, next: leaf }],
      }),
    ],
  ];

  it.each(rows)('%s', (_name, value) => {
    expect(() => encodeProof(value)).toThrow(RangeError);
  });
});

describe('merging', () => {
  it('joins proofs of one digest and refuses others', () => {
    const a = proofIn(file(PENDING_A));
    const b = proofIn(file(PENDING_B));
    const both = mergeProofs(a, b);
    expect(both && toHex(encodeProof(both))).toBe(toHex(file(`ff ${PENDING_A} ${PENDING_B}`)));
    expect(mergeProofs(a, { ...b, digest: hex('22'.repeat(32)) })).toBeUndefined();
  });
});
