import { bytesToHex, hexToBytes, utf8 } from '@atomicity/kernel/codec/bytes';
import {
  canonicalJson,
  type JsonValue,
  parseCanonicalJson,
} from '@atomicity/kernel/codec/canonical-json';
import { fieldToHex } from '@atomicity/kernel/codec/field';
import {
  denominationField,
  originField,
  partyField,
} from '@atomicity/kernel/codec/field-encodings';
import { merkleRoot16, type Tier } from '@atomicity/kernel/codec/merkle-16';
import {
  type PoseidonTag,
  poseidon,
  poseidonFrom,
  poseidonTag,
} from '@atomicity/kernel/codec/poseidon';
import { taggedHash } from '@atomicity/kernel/codec/tagged-hash';
import { words } from '@atomicity/kernel/codec/words';
import { encodeZBase32Key } from '@atomicity/kernel/codec/z-base-32';
import {
  disclosureHash,
  type Envelope,
  encodeEnvelope,
  eventId,
  payloadCommitment,
} from '@atomicity/kernel/log/envelope';
import { batchCommitment, batchCommitmentInputs } from '@atomicity/kernel/note/batch-commitment';
import { commitment, commitmentInputs, tokenOf } from '@atomicity/kernel/note/commitment';
import { coreHash, tailHash, tailOf, voidHash } from '@atomicity/kernel/note/note';
import { pack } from '@atomicity/kernel/note/packed';
import { leavesRoot, SLOT_STATUSES, tokensRoot } from '@atomicity/kernel/note/roots';
import {
  nullifier,
  periodDigest,
  periodDigestInputs,
} from '@atomicity/kernel/period/period-digest';
import {
  summaryCommitment,
  summaryInputs,
  summaryOpeningCodec,
} from '@atomicity/kernel/period/summary';
import { policyDigest, policyDigestInputs } from '@atomicity/kernel/policy/policy-digest';
import { amount } from '@atomicity/kernel/units/amount';
import { type StreamId, ZERO_HASH } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import { parseObject } from '@atomicity/kernel/wire/parse-object';
import { signingBytes } from '@atomicity/kernel/wire/signing-bytes';
import { fleetVectors } from './build-fleet-vectors.ts';
import { stateDiffPayloadVectors, stateDiffProofVectors } from './build-state-diff-vectors.ts';
import { ed25519Cases } from './ed25519-cases.ts';
import { hash, key, nonce } from './sample-keys.ts';
import {
  ORIGIN,
  sampleAuthorization,
  sampleBatchVoucher,
  sampleBudget,
  sampleObjects,
  sampleParts,
  sampleVoucher,
} from './sample-objects.ts';
import { wireRefusalCases } from './wire-refusal-cases.ts';

const decimals = (values: readonly bigint[]) => values.map(String);

function canonicalJsonVectors() {
  const values: JsonValue[] = [
    {},
    [],
    null,
    '',
    0,
    -1,
    9_007_199_254_740_991,
    -9_007_199_254_740_991,
    [true, false, null],
    // RFC 8785 §3.2.3: order by UTF-16 code units, not by code points.
    { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '😀': 5, '\u0080': 6, ö: 7 },
    { '10': 1, '9': 2, a: { z: [], b: {} }, A: 3, '': 4, aa: 5 },
    // RFC 8785 §3.2.2.2: two-letter escapes, \u00xx for other controls, nothing else escaped.
    '\b\t\n\f\r"\\/\u0000\u001f\u007f\u2028\u00e9😀',
    { ['__proto__']: 1, constructor: 2 },
  ];
  const refused = [
    '',
    '{',
    '1.5',
    '1e2',
    '-0',
    '01',
    '[1,]',
    '{"a":1,"a":2}',
    '"\\u0041"',
    ' 1',
    '{"b":1,"a":2}',
    '"\\ud83d"',
    '9007199254740992',
    '{"a":{"b":1,"b":1}}',
    '[[1]',
    'nul',
    '\ufeff1',
    '"\\/"',
    '"\u0001"',
    '{"a":1,"\\u0061":2}',
    '1E400',
    '-',
  ];
  return {
    accepted: values.map((value) => canonicalJson(value)),
    refused: refused.map((text) => {
      const parsed = parseCanonicalJson(text);
      return { text, reason: parsed.ok ? 'accepted' : parsed.reason };
    }),
  };
}

function hashVectors() {
  const rows = [
    ['Budget', []],
    ['Budget', ['00']],
    ['Payload', ['11'.repeat(32), bytesToHex(utf8('{}'))]],
    ['Ünïcode', ['ff']],
  ] as const;
  const party = key('principal').id;
  const keyBytes = ['00'.repeat(32), 'ff'.repeat(32), '01'.padEnd(64, '0'), '1'.padStart(64, '0')];
  return {
    taggedHashes: rows.map(([tag, parts]) => ({
      tag,
      parts,
      hash: bytesToHex(taggedHash(tag, ...parts.map((part) => hexToBytes(part)))),
    })),
    zBase32: keyBytes.map((hex) => ({ hex, text: encodeZBase32Key(hexToBytes(hex)) })),
    fields: {
      party: { party, field: fieldToHex(partyField(party)) },
      denomination: {
        denomination: sampleBudget.denomination,
        field: fieldToHex(denominationField(sampleBudget.denomination)),
      },
      origin: { origin: ORIGIN, field: fieldToHex(originField(ORIGIN)) },
    },
  };
}

const TAGS: readonly PoseidonTag[] = [
  'commitment',
  'leaves',
  'nullifier',
  'period',
  'policy',
  'summary',
  'tokens',
];

function poseidonVectors() {
  const upTo = (count: number) => Array.from({ length: count }, (_, i) => BigInt(i + 1));
  const leaves = (count: number) => upTo(count).map((value) => value * 1_000_003n);
  const trees: readonly (readonly [Tier, number])[] = [
    [16, 0],
    [16, 1],
    [16, 16],
    [64, 0],
    [64, 17],
    [64, 64],
    [256, 33],
    [1024, 1024],
  ];
  return {
    tags: TAGS.map((tag) => ({ tag, initialState: String(poseidonTag(tag)) })),
    zeroState: Array.from({ length: 16 }, (_, i) => ({
      inputs: decimals(upTo(i + 1)),
      output: String(poseidonFrom(0n, upTo(i + 1))),
    })),
    tagged: TAGS.map((tag) => ({
      tag,
      inputs: decimals([1n, 2n]),
      output: String(poseidon(tag, [1n, 2n])),
    })),
    trees: (['leaves', 'tokens'] as const).flatMap((tag) =>
      trees.map(([tier, count]) => ({
        tag,
        tier,
        leaves: `i·1000003 for i = 1 … ${count}`,
        count,
        root: String(merkleRoot16(tag, leaves(count), tier)),
      })),
    ),
    words: {
      values: decimals(upTo(8)),
      words: decimals(words(upTo(8))),
    },
  };
}

function noteVectors() {
  const { grant } = sampleVoucher;
  const packed = [
    { spend: amount(0n), at: unixMs(0), category: 0, regime: 0 },
    { spend: amount(2n ** 63n - 1n), at: unixMs(2 ** 48 - 1), category: 7, regime: 31 },
    { spend: amount(1_250_250n), at: sampleVoucher.at, category: 1, regime: 3 },
  ];
  const openings = packed.map((note) => ({
    packed: note,
    period: grant.period,
    token: tokenOf(sampleAuthorization),
    salt: grant.noteSalt,
  }));
  const largest = { spend: amount(2n ** 48n - 1n), stepMs: 2 ** 32 - 1 };
  const batches = [
    { ...openings[2]?.packed, items: sampleBatchVoucher.grant.items ?? [] },
    { ...openings[0]?.packed, items: [{ spend: amount(0n), stepMs: 0 }] },
    { ...openings[1]?.packed, items: new Array(16).fill(largest) as (typeof largest)[] },
  ].map(({ at = unixMs(0), category = 0, regime = 0, items }) => ({
    at,
    category,
    regime,
    items,
    period: grant.period,
    token: tokenOf(sampleAuthorization),
    salt: grant.noteSalt,
  }));
  const tail = tailOf(grant.core, 1, ZERO_HASH);
  const slots = SLOT_STATUSES.map((status, i) => ({
    status,
    commitment: fieldToHex(BigInt(i + 1)),
    authorization: hash(`authorization ${i}`),
    category: i,
  }));
  return {
    packed: packed.map((note) => ({
      ...note,
      spend: String(note.spend),
      packed: String(pack(note)),
    })),
    authorization: {
      id: sampleAuthorization,
      token: String(tokenOf(sampleAuthorization)),
      category: 1,
    },
    commitments: openings.map((opening) => ({
      inputs: decimals(commitmentInputs(opening)),
      commitment: fieldToHex(commitment(opening)),
    })),
    batches: batches.map((opening) => ({
      at: opening.at,
      category: opening.category,
      regime: opening.regime,
      items: opening.items.map(({ spend, stepMs }) => ({ spend: String(spend), stepMs })),
      inputs: decimals(batchCommitmentInputs(opening)),
      commitment: fieldToHex(batchCommitment(opening)),
    })),
    note: {
      core: grant.core,
      coreHash: coreHash(grant.core),
      tail,
      tailHash: tailHash(tail),
      voidHash: voidHash({ v: 1, core: coreHash(grant.core) }),
    },
    roots: {
      slots,
      leavesRoot: { 16: fieldToHex(leavesRoot(slots, 16)), 64: fieldToHex(leavesRoot(slots, 64)) },
      tokensRoot: { 16: fieldToHex(tokensRoot(slots, 16)), 64: fieldToHex(tokensRoot(slots, 64)) },
    },
  };
}

function digestVectors() {
  const eight = (...values: bigint[]) =>
    Array.from({ length: 8 }, (_, i) => amount(values[i] ?? 0n));
  const opening = {
    policyDigest: fieldToHex(policyDigest(sampleBudget)),
    periodDigest: fieldToHex(periodDigest(sampleParts)),
    nullifier: fieldToHex(nullifier(sampleBudget.budget, 0)),
    periodTotal: amount(1_250_250n),
    cumulativeTotal: amount(1_250_250n),
    count: 1,
    firstAt: sampleVoucher.at,
    lastAt: sampleVoucher.at,
    categoryTotals: eight(0n, 1_250_250n),
    cumulativeCategoryTotals: eight(0n, 1_250_250n),
    salt: nonce('summary'),
  };
  return {
    policy: {
      budget: sampleBudget.budget,
      inputs: decimals(policyDigestInputs(sampleBudget)),
      policyDigest: opening.policyDigest,
    },
    period: {
      parts: sampleParts,
      inputs: decimals(periodDigestInputs(sampleParts)),
      periodDigest: opening.periodDigest,
    },
    nullifier: { budget: sampleBudget.budget, periodIndex: 0, nullifier: opening.nullifier },
    summary: {
      opening: summaryOpeningCodec.write(opening),
      inputs: decimals(summaryInputs(opening)),
      summaryCommitment: fieldToHex(summaryCommitment(opening)),
    },
  };
}

function envelopeVectors() {
  const stream = '5'.repeat(32) as StreamId;
  const salt = '07'.repeat(32);
  const payload = '{"cause":{"none":true},"data":{}}';
  const disclosure = { core: 'x' };
  const envelope: Envelope = {
    v: 1,
    stream,
    revision: 3,
    type: 'HoldPlaced',
    at: sampleVoucher.at,
    payloadCommitment: payloadCommitment(hexToBytes(salt), payload),
    disclosure: disclosureHash(disclosure),
  };
  return {
    salt,
    payload,
    disclosure,
    envelope,
    envelopeHex: bytesToHex(encodeEnvelope(envelope)),
    eventId: { stream, commandId: 'command-1', ordinal: 0, id: eventId(stream, 'command-1', 0) },
  };
}

function wireVectors() {
  const objects = sampleObjects().map(({ text }) => {
    const parsed = parseObject(text);
    if (parsed.kind === 'refused') throw new Error(JSON.stringify(parsed.refusal));
    const { body, id } = parsed.object;
    return { type: body.type, id, signingBytes: bytesToHex(signingBytes(id)), text };
  });
  return { objects, refused: wireRefusalCases().filter(({ text }) => text.length < 8_192) };
}

/** The content of every vector file, by its name. */
export function buildVectors(): Readonly<Record<string, unknown>> {
  return {
    'canonical-json.json': canonicalJsonVectors(),
    'digests.json': digestVectors(),
    'ed25519.json': ed25519Cases(),
    'envelope.json': envelopeVectors(),
    'fleet.json': fleetVectors(),
    'hashes.json': hashVectors(),
    'notes.json': noteVectors(),
    'poseidon.json': poseidonVectors(),
    'state-diff-payloads.json': stateDiffPayloadVectors(),
    'state-diff-proof.json': stateDiffProofVectors(),
    'wire-objects.json': wireVectors(),
  };
}
