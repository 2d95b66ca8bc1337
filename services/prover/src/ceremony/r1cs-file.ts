import { FIELD_ORDER } from '@atomicity/kernel/codec/field';
import { readScalar } from './field-arithmetic.ts';

/** Which of the three matrices of a rank-1 constraint ⟨A,w⟩·⟨B,w⟩ = ⟨C,w⟩ a term belongs to. */
export type Matrix = 'A' | 'B' | 'C';

export type R1cs = {
  /** Signals of the witness, the constant 1 at index 0 included. */
  readonly signalCount: number;
  /** Public signals: outputs, then public inputs; indexes 1 … publicCount. */
  readonly publicCount: number;
  readonly constraintCount: number;
  /** Calls back every non-zero coefficient, constraint by constraint, A then B then C. */
  readonly forEachTerm: (
    visit: (matrix: Matrix, constraint: number, signal: number, value: bigint) => void,
  ) => void;
};

const MATRICES: readonly Matrix[] = ['A', 'B', 'C'];
const SCALAR_BYTES = 32;

/** The byte ranges of the sections of an iden3 binary file, by section number. */
function sectionsOf(view: DataView): ReadonlyMap<number, number> {
  const offsets = new Map<number, number>();
  const count = view.getUint32(8, true);
  let position = 12;
  for (let i = 0; i < count; i++) {
    offsets.set(view.getUint32(position, true), position + 12);
    position += 12 + Number(view.getBigUint64(position + 4, true));
  }
  return offsets;
}

/**
 * Reads a compiled circuit in the iden3 r1cs format, version 1, over BN254.
 * @throws Error if the bytes are not such a file.
 * Source: iden3 "Binary format for R1CS" (r1csfile, doc/r1cs_bin_format.md).
 */
export function readR1cs(bytes: Uint8Array): R1cs {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (new TextDecoder().decode(bytes.subarray(0, 4)) !== 'r1cs' || view.getUint32(4, true) !== 1) {
    throw new Error('not an r1cs file of version 1');
  }
  const sections = sectionsOf(view);
  const header = sections.get(1);
  const constraints = sections.get(2);
  if (header === undefined || constraints === undefined) throw new Error('r1cs section missing');
  if (
    view.getUint32(header, true) !== SCALAR_BYTES ||
    readScalar(view, header + 4) !== FIELD_ORDER
  ) {
    throw new Error('r1cs is not over BN254');
  }
  const counts = header + 4 + SCALAR_BYTES;
  const constraintCount = view.getUint32(counts + 24, true);
  return {
    signalCount: view.getUint32(counts, true),
    publicCount: view.getUint32(counts + 4, true) + view.getUint32(counts + 8, true),
    constraintCount,
    forEachTerm: (visit) => {
      let position = constraints;
      for (let constraint = 0; constraint < constraintCount; constraint++) {
        for (const matrix of MATRICES) {
          const terms = view.getUint32(position, true);
          position += 4;
          for (let i = 0; i < terms; i++) {
            const signal = view.getUint32(position, true);
            visit(matrix, constraint, signal, readScalar(view, position + 4));
            position += 4 + SCALAR_BYTES;
          }
        }
      }
    },
  };
}
