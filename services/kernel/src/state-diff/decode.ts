/** Payload to state diffs. */
import { equalBytes } from '../codec/bytes.ts';
import { DiffCoder } from './diff-coder.ts';
import { modeBits, modeOf } from './diff-mode.ts';
import { emptySymbols, fromSymbols } from './diff-symbols.ts';
import { DIFFS_ROOT_BYTES, diffsRoot } from './diffs-tree.ts';
import { type Header, readHeader } from './header.ts';
import { type BitCoder, RangeDecoder, RangeEncoder } from './range-coder.ts';
import type { StateDiffRefusal } from './refusals.ts';
import type { StateDiff } from './state-diff.ts';

export type DecodedStateDiffs =
  | {
      readonly kind: 'decoded';
      readonly registrySize: number;
      /** By ascending edge. */
      readonly diffs: readonly StateDiff[];
      /** All 32 bytes of the root over the diffs. */
      readonly root: Uint8Array;
    }
  | {
      readonly kind: 'refused';
      readonly reason: StateDiffRefusal;
      /** Byte of the payload near which the rule is broken. */
      readonly offset: number;
    };

const refused = (reason: StateDiffRefusal, offset: number): DecodedStateDiffs => ({
  kind: 'refused',
  reason,
  offset,
});

/** Reads bits and encodes them again with the same probabilities, so that the bytes can be compared. */
class EchoingDecoder implements BitCoder {
  readonly decoder: RangeDecoder;
  private readonly encoder = new RangeEncoder();

  constructor(decoder: RangeDecoder) {
    this.decoder = decoder;
  }

  code(bit: number, p: number): number {
    return this.encoder.code(this.decoder.code(bit, p), p);
  }

  /** The bytes that an encoder gives for the bits. Called once. */
  finish(): Uint8Array {
    return this.encoder.finish();
  }
}

/** The diffs of the columns from `start` on, or why there are none. */
function readColumns(
  bytes: Uint8Array,
  start: number,
  { registrySize, count, mode }: Header,
): readonly StateDiff[] | DecodedStateDiffs {
  const echo = new EchoingDecoder(new RangeDecoder(bytes, start));
  const coder = new DiffCoder(echo, mode, count);
  const symbols = emptySymbols();
  const diffs: StateDiff[] = [];
  let before = -1;
  for (let i = 0; i < count; i += 1) {
    coder.code(symbols);
    const offset = Math.min(echo.decoder.offset, bytes.length);
    if (echo.decoder.isExhausted) return refused('truncated', offset);
    const diff = fromSymbols(symbols, before, registrySize, mode);
    if (typeof diff === 'string') return refused(`${diff}_out_of_range`, offset);
    diffs.push(diff);
    before = diff.edge;
  }
  return equalBytes(echo.finish(), bytes.subarray(start)) ? diffs : refused('not_canonical', start);
}

/**
 * The diffs of exactly the bytes that `encodeStateDiffs` gives for them; of all others a refusal. Never
 * throws. The work is bounded by the count in the header, which is at most 262,144; memory too.
 */
export function decodeStateDiffs(bytes: Uint8Array): DecodedStateDiffs {
  const read = readHeader(bytes);
  if (read.kind === 'refused') return read;
  const { header, end } = read;
  const diffs = readColumns(bytes, end, header);
  if ('kind' in diffs) return diffs;
  if (modeBits(modeOf(diffs)) !== modeBits(header.mode)) return refused('not_canonical', end);
  const root = diffsRoot(diffs);
  if (!equalBytes(root.subarray(0, DIFFS_ROOT_BYTES), bytes.subarray(0, DIFFS_ROOT_BYTES))) {
    return refused('root_mismatch', 0);
  }
  return { kind: 'decoded', registrySize: header.registrySize, diffs, root };
}
