// Goal: evidence shows what its block says and nothing else: every part that is another is refused by name.
// Method: sample blocks, made by the maker, each with one flaw.
import { bytesToHex, hexToBytes, textFromUtf8, utf8 } from '@atomicity/kernel/codec/bytes';
import { canonicalJson } from '@atomicity/kernel/codec/canonical-json';
import { hashFromBytes } from '@atomicity/kernel/units/id';
import { sha256 } from '@noble/hashes/sha2.js';
import { describe, expect, it } from 'vitest';
import { versionedHash } from '../kzg/versioned-hash.ts';
import { type AnchorCall, encodeAnchorCall } from './anchor-call.ts';
import { decodeEvidence, type EthereumEvidence, encodeEvidence } from './evidence.ts';
import { EvidenceError, makeEvidence } from './make-evidence.ts';
import { decodeRlp, encodeRlp, isList, type RlpItem } from './rlp.ts';
import {
  addressOf,
  type SampleAnchor,
  type SampleFlaws,
  type SamplePlace,
  sampleBlock,
} from './sample-block.ts';
import { readEthereumEvidence, verifyEthereumEvidence } from './verify-evidence.ts';

const secretKey = sha256(utf8('publisher'));
const point = (label: string) => Uint8Array.from({ length: 48 }, (_, i) => label.charCodeAt(0) + i);
const payload = utf8('the state diffs of a batch');

const call: AnchorCall = {
  availability: 'blob',
  batch: sha256(utf8('batch')),
  root: sha256(utf8('root')),
  from: 3,
  size: 9_000_000_000,
  payloadHash: sha256(payload),
  payload: null,
};

const blobAnchor: SampleAnchor = {
  chainId: 31337,
  registry: sha256(utf8('registry')).slice(0, 20),
  secretKey,
  call,
  commitments: [point('a'), point('b')],
  blobProofs: [point('c'), point('d')],
};
const dataAnchor: SampleAnchor = {
  ...blobAnchor,
  call: { ...call, availability: 'calldata', payload },
  commitments: [],
  blobProofs: [],
};
const externalAnchor = { ...dataAnchor, call: { ...call, availability: 'external' } } as const;

const root = hashFromBytes(call.root);
const batch = hashFromBytes(call.batch);
const good = makeEvidence(sampleBlock(blobAnchor, { count: 3, index: 1, number: 77 }));

function evidenceOf(bytes: Uint8Array): EthereumEvidence {
  const decoded = decodeEvidence(bytes);
  if (decoded.kind === 'refused') throw new Error(decoded.reason);
  return decoded.evidence;
}

function reasonOf(bytes: Uint8Array): string {
  const verdict = readEthereumEvidence(bytes);
  if (verdict.kind === 'shown') return 'shown';
  return verdict.field === undefined ? verdict.reason : `${verdict.reason}: ${verdict.field}`;
}

const withParts = (parts: Partial<EthereumEvidence>) =>
  reasonOf(encodeEvidence({ ...evidenceOf(good), ...parts }));

/** Why no evidence can be made of a flawed block: the maker asks the verifier. */
function madeReason(anchor: SampleAnchor, flaws: SampleFlaws, place: SamplePlace = {}): string {
  try {
    makeEvidence(sampleBlock(anchor, place, flaws));
    return 'made';
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    return error.reason;
  }
}

describe('evidence shows', () => {
  it('a batch in blobs', () => {
    const verdict = verifyEthereumEvidence(good, { root, batch });
    if (verdict.kind === 'refused') throw new Error(verdict.reason);
    const { blockHash, transactionHash, ...rest } = verdict.anchor;
    expect([blockHash, transactionHash].every((hash) => /^0x[0-9a-f]{64}$/.test(hash))).toBe(true);
    expect(rest).toEqual({
      chainId: 31337,
      registry: `0x${bytesToHex(blobAnchor.registry)}`,
      publisher: `0x${bytesToHex(addressOf(secretKey))}`,
      isTransactionProven: true,
      blockNumber: 77,
      blockTimestamp: 1_800_000_000,
      batch,
      root,
      from: 3,
      size: 9_000_000_000,
      payloadHash: hashFromBytes(sha256(payload)),
      availability: 'blob',
      versionedHashes: blobAnchor.commitments.map((each) => `0x${bytesToHex(versionedHash(each))}`),
      commitments: blobAnchor.commitments,
      blobProofs: blobAnchor.blobProofs,
      payload: null,
      costWei: 1_200_000_000_000n,
    });
  });

  it.each([0, 1, 31, 32, 33, 8000])('a batch of %i bytes in the call itself', (size) => {
    const bytes = new Uint8Array(size).fill(7);
    const anchor = {
      ...dataAnchor,
      call: { ...dataAnchor.call, payload: bytes, payloadHash: sha256(bytes) },
    };
    const verdict = verifyEthereumEvidence(makeEvidence(sampleBlock(anchor)), { root });
    expect(verdict).toMatchObject({
      kind: 'shown',
      anchor: { availability: 'calldata', payload: bytes, versionedHashes: [] },
    });
  });

  it('a batch whose payload is elsewhere', () => {
    const verdict = readEthereumEvidence(makeEvidence(sampleBlock(externalAnchor)));
    expect(verdict).toMatchObject({
      kind: 'shown',
      anchor: { availability: 'external', payload: null },
    });
  });

  it('a batch in blobs by its receipt, where the header has no root over canonical transactions', () => {
    const place = { count: 3, index: 1, number: 77 };
    const parts = sampleBlock(blobAnchor, place);
    const others = { ...parts, transactions: parts.transactions.toReversed() };
    expect(() => makeEvidence(others)).toThrow('transactions_root_mismatch');
    const made = makeEvidence({ ...others, hasForeignTransactionsRoot: true });
    const [only, ...rest] = evidenceOf(made).transactionProof;
    expect([only, rest]).toEqual([parts.transactions[1], []]);
    const proven = readEthereumEvidence(good);
    if (proven.kind === 'refused') throw new Error(proven.reason);
    const anchor = { ...proven.anchor, isTransactionProven: false };
    expect(readEthereumEvidence(made)).toEqual({ kind: 'shown', anchor });
    // What is in the call itself, no event says: it needs its proof.
    const data = sampleBlock(dataAnchor, place);
    const transaction = data.transactions[1] ?? new Uint8Array();
    const alone = encodeEvidence({
      ...evidenceOf(makeEvidence(data)),
      transactionProof: [transaction],
    });
    expect(reasonOf(alone)).toBe('transaction_not_in_block');
  });

  it('nothing by a lone transaction that its receipt does not say', () => {
    const lies: readonly (readonly [SampleAnchor, string])[] = [
      [{ ...blobAnchor, commitments: [point('a'), point('e')] }, 'log_mismatch'],
      [{ ...blobAnchor, commitments: [point('a')], blobProofs: [point('c')] }, 'log_mismatch'],
      [{ ...blobAnchor, call: { ...call, root: sha256(utf8('other')) } }, 'log_mismatch'],
      [{ ...blobAnchor, call: { ...call, batch: sha256(utf8('other')) } }, 'log_mismatch'],
      [{ ...blobAnchor, call: { ...call, from: 4 } }, 'log_mismatch'],
      [{ ...blobAnchor, call: { ...call, payloadHash: sha256(utf8('other')) } }, 'log_mismatch'],
      [{ ...blobAnchor, secretKey: sha256(utf8('somebody else')) }, 'log_mismatch'],
      [{ ...blobAnchor, registry: new Uint8Array(20) }, 'log_mismatch'],
      [dataAnchor, 'transaction_not_in_block'],
      [externalAnchor, 'transaction_not_in_block'],
    ];
    for (const [lie, reason] of lies) {
      const { commitments, blobProofs, registry } = lie;
      const { transactions } = sampleBlock(lie, { count: 3, index: 1, number: 77 });
      const transactionProof = [transactions[1] ?? new Uint8Array()];
      const told = { ...evidenceOf(good), commitments, blobProofs, registry, transactionProof };
      expect(reasonOf(encodeEvidence(told))).toBe(reason);
    }
  });

  it('the same from the same block, in the same bytes', () => {
    const again = makeEvidence(sampleBlock(blobAnchor, { count: 3, index: 1, number: 77 }));
    expect(again).toEqual(good);
    expect(encodeEvidence(evidenceOf(good))).toEqual(good);
  });
});

describe('evidence is refused', () => {
  it('of another root or batch', () => {
    const other = hashFromBytes(sha256(utf8('other')));
    const reason = (expected: Parameters<typeof verifyEthereumEvidence>[1]) => {
      return verifyEthereumEvidence(good, expected);
    };
    expect(reason({ root: other })).toEqual({ kind: 'refused', reason: 'other_root' });
    expect(reason({ root, batch: other })).toEqual({ kind: 'refused', reason: 'other_batch' });
    expect(verifyEthereumEvidence(new Uint8Array(), { root }).kind).toBe('refused');
  });

  const evidence = evidenceOf(good);
  const foreign = evidenceOf(makeEvidence(sampleBlock(blobAnchor, { count: 2, index: 1 })));

  /** The header with other extra data, which no root is over. */
  function headerWith(extraData: RlpItem): Uint8Array {
    const fields = decodeRlp(evidence.header);
    return isList(fields) ? encodeRlp(fields.with(12, extraData)) : new Uint8Array();
  }

  it.each<[string, Partial<EthereumEvidence>]>([
    ['other_chain', { chainId: 1 }],
    ['other_registry', { registry: new Uint8Array(20) }],
    ['header_malformed', { header: evidence.header.slice(1) }],
    ['header_malformed', { header: new Uint8Array(3000) }],
    ['transaction_not_in_block', { header: foreign.header }],
    ['transaction_not_in_block', { transactionIndex: 0 }],
    ['transaction_not_in_block', { transactionProof: evidence.transactionProof.slice(1) }],
    ['transaction_not_in_block', { transactionProof: evidence.receiptProof }],
    ['receipt_not_in_block', { receiptProof: evidence.receiptProof.slice(0, -1) }],
    ['receipt_not_in_block', { receiptProof: foreign.receiptProof }],
    ['receipt_not_in_block', { receiptProof: [] }],
    ['blobs_mismatch', { commitments: evidence.commitments.slice(1) }],
    ['blobs_mismatch', { commitments: evidence.commitments.slice(0, 1) }],
    ['header_malformed', { header: headerWith(new Uint8Array(2000)) }],
    ['header_malformed', { header: headerWith([]) }],
    ['blobs_mismatch', { commitments: evidence.commitments.toReversed() }],
    ['blobs_mismatch', { blobProofs: [] }],
    ['blobs_mismatch', { commitments: [], blobProofs: [] }],
  ])('%s', (reason, parts) => {
    expect(withParts(parts)).toBe(reason);
  });

  const dirty = encodeAnchorCall(call);
  dirty[4 + 2 * 32] = 1;
  const long = Uint8Array.of(...encodeAnchorCall(call), 0);
  const data = (change: (bytes: Uint8Array) => void) => {
    const bytes = encodeAnchorCall(dataAnchor.call);
    change(bytes);
    return bytes;
  };

  it.each<[string, SampleAnchor, SampleFlaws]>([
    ['transaction_malformed', dataAnchor, { type: 1 }],
    ['transaction_malformed', dataAnchor, { type: 3 }],
    ['transaction_malformed', dataAnchor, { to: new Uint8Array() }],
    ['signature_invalid', blobAnchor, { highS: true }],
    ['other_registry', blobAnchor, { to: new Uint8Array(20) }],
    ['call_malformed', blobAnchor, { data: new Uint8Array(4) }],
    ['call_malformed', blobAnchor, { data: new Uint8Array() }],
    ['call_malformed', blobAnchor, { data: dirty }],
    ['call_malformed', blobAnchor, { data: long }],
    ['call_malformed', blobAnchor, { data: long.slice(0, -2) }],
    ['call_malformed', blobAnchor, { data: encodeAnchorCall({ ...call, from: 9, size: 9 }) }],
    [
      'call_malformed',
      dataAnchor,
      { data: data((bytes) => bytes.fill(0, 4 + 5 * 32, 4 + 6 * 32)) },
    ],
    [
      'call_malformed',
      dataAnchor,
      { data: data((bytes) => bytes.fill(255, 4 + 6 * 32, 4 + 7 * 32)) },
    ],
    ['call_malformed', dataAnchor, { data: data((bytes) => bytes.fill(1, bytes.length - 1)) }],
    ['call_malformed', dataAnchor, { data: data(() => {}).slice(0, -1) }],
    [
      'payload_mismatch',
      dataAnchor,
      { data: data((bytes) => bytes.fill(1, 4 + 7 * 32, 5 + 7 * 32)) },
    ],
    ['blobs_mismatch', blobAnchor, { data: encodeAnchorCall(externalAnchor.call) }],
    ['blobs_mismatch', dataAnchor, { data: encodeAnchorCall(call) }],
    ['call_failed', blobAnchor, { status: 0 }],
    ['receipt_malformed', blobAnchor, { status: 2 }],
    ['receipt_malformed', blobAnchor, { receiptType: 2 }],
    ['receipt_malformed', dataAnchor, { receiptType: 3 }],
    ['receipt_malformed', dataAnchor, { receiptType: 1 }],
    ['log_mismatch', blobAnchor, { log: (log) => ({ ...log, address: new Uint8Array(20) }) }],
    [
      'log_mismatch',
      blobAnchor,
      {
        log: ({ topics: [name = call.root, , batch = name], ...log }) => {
          return { ...log, topics: [name, new Uint8Array(32), batch] };
        },
      },
    ],
    ['log_mismatch', blobAnchor, { log: (log) => ({ ...log, topics: log.topics.slice(1) }) }],
    ['log_mismatch', blobAnchor, { log: (log) => ({ ...log, topics: log.topics.slice(0, 2) }) }],
    [
      'receipt_malformed',
      blobAnchor,
      { log: (log) => ({ ...log, topics: new Array(5).fill(call.root) }) },
    ],
    [
      'log_mismatch',
      blobAnchor,
      { log: (log) => ({ ...log, topics: [...log.topics, call.root] }) },
    ],
    ['log_mismatch', blobAnchor, { log: (log) => ({ ...log, data: log.data.slice(0, -32) }) }],
    ['receipt_malformed', blobAnchor, { log: (log) => ({ ...log, address: new Uint8Array(19) }) }],
    ['receipt_malformed', blobAnchor, { log: (log) => ({ ...log, topics: [new Uint8Array(31)] }) }],
    ['log_mismatch', blobAnchor, { logs: 0 }],
    ['log_mismatch', blobAnchor, { logs: 2 }],
    ['log_mismatch', blobAnchor, { data: encodeAnchorCall({ ...call, size: 10 }) }],
    ['log_mismatch', blobAnchor, { data: encodeAnchorCall({ ...call, batch: call.root }) }],
  ])('%s, and none is made', (reason, anchor, flaws) => {
    expect(madeReason(anchor, flaws)).toBe(reason);
  });

  it.each<[string, (members: Record<string, unknown>) => void]>([
    ['evidence_malformed: chainId', (members) => Object.assign(members, { chainId: 0 })],
    ['evidence_malformed: chainId', (members) => Object.assign(members, { chainId: '1' })],
    ['evidence_malformed: registry', (members) => Object.assign(members, { registry: '0x00' })],
    ['evidence_malformed: header', (members) => Object.assign(members, { header: '0xABCD' })],
    ['evidence_malformed: header', (members) => Object.assign(members, { header: '0x123' })],
    ['evidence_malformed: transactionIndex', (m) => Object.assign(m, { transactionIndex: 65_536 })],
    ['evidence_malformed: receiptProof', (m) => Object.assign(m, { receiptProof: '0x' })],
    [
      'evidence_malformed: receiptProof',
      (m) => {
        m['receiptProof'] = new Array(10).fill('0x');
      },
    ],
    ['evidence_malformed: commitments[0]', (m) => Object.assign(m, { commitments: ['0x00'] })],
    ['evidence_malformed: blobProofs', (m) => Object.assign(m, { blobProofs: null })],
    ['evidence_malformed: costWei', (members) => Object.assign(members, { costWei: '01' })],
    ['evidence_malformed: rail', (members) => Object.assign(members, { rail: 'lightning' })],
    ['evidence_malformed: members', (members) => Object.assign(members, { more: 1 })],
    ['evidence_malformed: members', (members) => delete members['costWei']],
    ['version_unknown: v', (members) => Object.assign(members, { v: 2 })],
  ])('%s', (reason, change) => {
    const members = JSON.parse(textFromUtf8(good) ?? '');
    change(members);
    expect(reasonOf(utf8(canonicalJson(members)))).toBe(reason);
  });

  it.each([
    ['evidence_too_large', new Uint8Array(65_537)],
    ['evidence_malformed', new Uint8Array()],
    ['evidence_malformed', Uint8Array.of(0xff)],
    ['evidence_malformed', utf8('[]')],
    ['evidence_malformed', utf8(` ${textFromUtf8(good)}`)],
  ])('%s', (reason, bytes) => {
    expect(reasonOf(bytes)).toBe(reason);
  });
});

describe('no evidence is made', () => {
  const parts = sampleBlock(blobAnchor, { count: 3, index: 1 });
  const reason = (changed: object) => {
    try {
      makeEvidence({ ...parts, ...changed });
      return 'made';
    } catch (error) {
      return error instanceof EvidenceError ? error.reason : error;
    }
  };

  it.each([
    ['header_malformed', { header: new Uint8Array() }],
    ['transaction_not_in_block', { index: 3 }],
    ['receipt_not_in_block', { receipts: parts.receipts.slice(1) }],
    ['transactions_root_mismatch', { transactions: parts.transactions.toReversed() }],
    ['receipts_root_mismatch', { receipts: parts.receipts.toReversed() }],
    ['transaction_malformed', { index: 0 }],
    ['other_chain', { chainId: 1 }],
    ['blobs_mismatch', { commitments: [hexToBytes('00'.repeat(48))] }],
  ])('%s', (name, changed) => {
    expect(reason(changed)).toBe(name);
  });

  it('of more than 65,536 bytes', () => {
    const bytes = new Uint8Array(33_000);
    const large = { ...dataAnchor.call, payload: bytes, payloadHash: sha256(bytes) };
    expect(madeReason({ ...dataAnchor, call: large }, {})).toBe('evidence_too_large');
  });
});
