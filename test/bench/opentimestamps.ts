/**
 * The size of an `.ots` file: pending, and confirmed, for several numbers of calendars, of digests that a calendar
 * takes together, and of transactions in a block. What a calendar puts before its promise has the sizes that the
 * public ones have; blocks are the stand-in chain's. The control is a file that the reference client made in 2015.
 *
 * Options: `--json`.
 */
import { parseArgs } from 'node:util';
import { fixedBlockHeaders } from '@atomicity/rails/opentimestamps/block-headers';
import type { Calendar } from '@atomicity/rails/opentimestamps/calendar';
import { applyOperation } from '@atomicity/rails/opentimestamps/evaluate';
import { LocalBitcoin } from '@atomicity/rails/opentimestamps/local-bitcoin';
import {
  calendarPath,
  calendarRoot,
  chainOf,
  SHA256,
} from '@atomicity/rails/opentimestamps/merkle-steps';
import type { Operation } from '@atomicity/rails/opentimestamps/proof';
import { openTimestampsRail } from '@atomicity/rails/opentimestamps/rail';
import { HELLO_WORLD_PROOF } from '@atomicity/rails/opentimestamps/reference-proofs';

const { values: options } = parseArgs({ options: { json: { type: 'boolean', default: false } } });

const SECONDS = 1_700_000_000;
const signal = new AbortController().signal;
const sha256 = (bytes: Uint8Array) => applyOperation(SHA256, bytes);
const submission = { root: sha256(Uint8Array.of(1)), idempotencyKey: sha256(Uint8Array.of(2)) };
const made = (seed: number, size: number): Uint8Array =>
  sha256(new TextEncoder().encode(`made ${seed}`)).subarray(0, size);

type Size = {
  readonly calendars: number;
  readonly digests: number;
  readonly transactions: number;
};

/** A calendar that takes `digests` together and confirms them in a block of `transactions`. */
function calendarOf(index: number, { digests, transactions }: Size, roots: Record<string, string>) {
  const uri = `https://${['alice', 'bob', 'carol'][index]}.btc.calendar.opentimestamps.org`;
  // As in a promise of the public calendars: a nonce, their hash, the time, and a code of theirs.
  const promised: readonly Operation[] = [
    { kind: 'append', argument: made(10 + index, 16) },
    SHA256,
    { kind: 'prepend', argument: made(20 + index, 4) },
    { kind: 'append', argument: made(30 + index, 8) },
  ];
  const calendar: Calendar = {
    url: uri,
    answersFor: (asked) => asked === uri,
    lookUp: () => Promise.resolve({ kind: 'unknown' }),
    submit: () =>
      Promise.resolve(
        chainOf(promised, { attestations: [{ kind: 'pending', uri }], branches: [] }),
      ),
    timestampOf(commitment) {
      const leaf = applyOperation(SHA256, commitment);
      const leaves = Array.from({ length: digests }, (_, at) =>
        at === 0 ? leaf : made(100_000 * index + at, 32),
      );
      const root = calendarRoot(leaves);
      const chain = new LocalBitcoin();
      chain.mineMore(index, SECONDS);
      // Three transfers and the coinbase are there anyway.
      const others = Array.from({ length: transactions - 5 }, (_, at) =>
        made(100_000 * index + 50_000 + at, 32),
      );
      const block = chain.mine(SECONDS, [root, ...others]);
      const { height, operations } = chain.pathOf(block, root);
      roots[String(height)] = block.merkleRoot;
      const all = [SHA256, ...calendarPath(leaves, 0), ...operations];
      const timestamp = chainOf(all, { attestations: [{ kind: 'bitcoin', height }], branches: [] });
      return Promise.resolve({ kind: 'found', timestamp });
    },
  };
  return calendar;
}

async function sizes(size: Size) {
  const roots: Record<string, string> = {};
  const calendars = Array.from({ length: size.calendars }, (_, at) => calendarOf(at, size, roots));
  const pending = await openTimestampsRail({ label: 'bench', calendars }).submit(
    submission,
    signal,
  );
  const blockHeaders = {
    merkleRootAt: (height: number) => fixedBlockHeaders(roots).merkleRootAt(height, signal),
  };
  const rail = openTimestampsRail({ label: 'bench', calendars, blockHeaders });
  const upgraded = await rail.upgrade(pending, signal);
  if (upgraded.kind !== 'confirmed') throw new Error(`the proof is ${upgraded.kind}`);
  return {
    ...size,
    pendingBytes: pending.bytes.length,
    confirmedBytes: upgraded.evidence.bytes.length,
  };
}

const ROWS: readonly Size[] = [
  { calendars: 1, digests: 1, transactions: 5 },
  { calendars: 1, digests: 1_000, transactions: 3_000 },
  { calendars: 2, digests: 1_000, transactions: 3_000 },
  { calendars: 3, digests: 1_000, transactions: 3_000 },
];

const rows = [];
for (const row of ROWS) rows.push(await sizes(row));
const control = HELLO_WORLD_PROOF.length;
if (options.json) {
  process.stdout.write(`${JSON.stringify({ control, rows })}\n`);
} else {
  process.stdout.write('calendars  digests  transactions  pending  confirmed  (bytes)\n');
  for (const row of rows) {
    const { calendars, digests, transactions, pendingBytes, confirmedBytes } = row;
    const cells = [calendars, digests, transactions, pendingBytes, confirmedBytes];
    const line = cells.map((cell) => String(cell).padStart(9));
    process.stdout.write(`${line.join('  ')}\n`);
  }
  process.stdout.write(
    `control: the reference client's file of 2015, one block: ${control} bytes\n`,
  );
}
