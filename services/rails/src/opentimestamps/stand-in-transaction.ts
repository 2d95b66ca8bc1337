/**
 * Transactions of the stand-in chain, in Bitcoin's serialisation without witnesses. Nobody owns anything in
 * them: every output may be spent by anybody.
 */

import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { hashedTwice } from './block-header.ts';

export type StandInTransaction = {
  readonly bytes: Uint8Array;
  /** In the byte order of the block's tree; explorers print it reversed. */
  readonly id: Uint8Array;
};

const OP_RETURN = 0x6a;
const OP_TRUE = 0x51;
const SCRIPT_PUSH_BYTES_MAX = 75;
const ANYBODY = Uint8Array.of(OP_TRUE);

function littleEndian(value: bigint, sizeBytes: number): Uint8Array {
  return Uint8Array.from({ length: sizeBytes }, (_, index) =>
    Number((value >> BigInt(8 * index)) & 0xffn),
  );
}

/** Four bytes, low first. */
export function u32(value: number): Uint8Array {
  return littleEndian(BigInt(value), 4);
}

/** A push of up to 75 bytes: its size, then the bytes. */
function pushed(bytes: Uint8Array): Uint8Array {
  if (bytes.length > SCRIPT_PUSH_BYTES_MAX) throw new RangeError('a push has at most 75 bytes');
  return concatBytes(Uint8Array.of(bytes.length), bytes);
}

type Output = { readonly sats: bigint; readonly script: Uint8Array };

function transaction(
  from: { readonly id: Uint8Array; readonly output: number },
  input: Uint8Array,
  outputs: readonly Output[],
): StandInTransaction {
  const bytes = concatBytes(
    u32(2),
    Uint8Array.of(1),
    from.id,
    u32(from.output),
    Uint8Array.of(input.length),
    input,
    u32(0xffffffff),
    Uint8Array.of(outputs.length),
    ...outputs.map(({ sats, script }) =>
      concatBytes(littleEndian(sats, 8), Uint8Array.of(script.length), script),
    ),
    u32(0),
  );
  return { bytes, id: hashedTwice(bytes) };
}

/** A block's first transaction: its height (BIP 34) and a text of at most 75 bytes. */
export function coinbase(height: number, text: string): StandInTransaction {
  const input = concatBytes(pushed(littleEndian(BigInt(height), 4)), pushed(utf8ToBytes(text)));
  const nothing = { id: new Uint8Array(32), output: 0xffffffff };
  return transaction(nothing, input, [{ sats: 5_000_000_000n, script: ANYBODY }]);
}

/** Spends the first output of another to anybody. */
export function transfer(spent: StandInTransaction, sats: bigint): StandInTransaction {
  const from = { id: spent.id, output: 0 };
  return transaction(from, new Uint8Array(0), [{ sats, script: ANYBODY }]);
}

/** Spends the first output of another, with 32 bytes in a second output that pays nobody. */
export function commitmentTransaction(
  spent: StandInTransaction,
  commitment: Uint8Array,
  sats: bigint,
): StandInTransaction {
  if (commitment.length !== 32) throw new RangeError('a commitment has 32 bytes');
  const from = { id: spent.id, output: 0 };
  const script = concatBytes(Uint8Array.of(OP_RETURN), pushed(commitment));
  return transaction(from, new Uint8Array(0), [
    { sats, script: ANYBODY },
    { sats: 0n, script },
  ]);
}
