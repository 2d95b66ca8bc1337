// Goal: the direct setup makes the key that snarkjs makes from powers of tau of the same secrets.
// Method: a small circuit; powers of tau written point by point with noble curves, prepared and turned
// into a key by snarkjs (whose δ is 1); every section of the two keys compared byte for byte.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { concatBytes, utf8 } from '@atomicity/kernel/codec/bytes';
import { BASE_FIELD_ORDER } from '@atomicity/kernel/codec/field';
import { bn254 } from '@noble/curves/bn254.js';
import { type MemoryFile, powersOfTau, zKey } from 'snarkjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileCircuit } from './compile-circuit.ts';
import { developmentSecrets } from './development-secrets.ts';
import { developmentSetup } from './development-setup.ts';
import { reduce, writeScalar } from './field-arithmetic.ts';

const CIRCUIT = `pragma circom 2.1.6;
template Cubes() {
    signal input a;
    signal input b[3];
    signal output c;
    signal square <== a * a;
    signal cube <== square * a;
    signal gated[3];
    for (var i = 0; i < 3; i++) { gated[i] <== (b[i] + 2 * cube) * (b[i] - 7); }
    c <== gated[0] * gated[1] + gated[2];
}
component main {public [a]} = Cubes();
`;
/** One more than the circuit needs: at the exact size snarkjs drops the top power from H. */
const POWER = 5;
const { tau, alpha, beta } = developmentSecrets('independent-check');

const directory = mkdtempSync(join(tmpdir(), 'atomicity-setup-'));
afterAll(() => rmSync(directory, { recursive: true }));

function uint32(value: number): Uint8Array {
  return new Uint8Array(new Uint32Array([value]).buffer);
}

/** A coordinate as a little-endian Montgomery integer. */
function montgomery(value: bigint): Uint8Array {
  const bytes = new Uint8Array(32);
  writeScalar(new DataView(bytes.buffer), 0, (value << 256n) % BASE_FIELD_ORDER);
  return bytes;
}

function g1(scalar: bigint): Uint8Array {
  const { x, y } = bn254.G1.Point.BASE.multiply(scalar).toAffine();
  return concatBytes(montgomery(x), montgomery(y));
}

function g2(scalar: bigint): Uint8Array {
  const { x, y } = bn254.G2.Point.BASE.multiply(scalar).toAffine();
  return concatBytes(...[x.c0, x.c1, y.c0, y.c1].map(montgomery));
}

/** A powers-of-tau file before phase 2, without a contribution. */
function powersFile(): Uint8Array {
  const size = 2 ** POWER;
  const powers: bigint[] = [];
  for (let i = 0, p = 1n; i < 2 * size - 1; i++, p = reduce(p * tau)) powers.push(p);
  const low = powers.slice(0, size);
  const q = new Uint8Array(32);
  writeScalar(new DataView(q.buffer), 0, BASE_FIELD_ORDER);
  const sections = [
    concatBytes(uint32(32), q, uint32(POWER), uint32(POWER)),
    concatBytes(...powers.map(g1)),
    concatBytes(...low.map(g2)),
    concatBytes(...low.map((p) => g1(reduce(p * alpha)))),
    concatBytes(...low.map((p) => g1(reduce(p * beta)))),
    g2(beta),
    uint32(0),
  ];
  return concatBytes(
    utf8('ptau'),
    uint32(1),
    uint32(sections.length),
    ...sections.flatMap((section, i) => [
      uint32(i + 1),
      uint32(section.length),
      uint32(0),
      section,
    ]),
  );
}

/** The sections of an iden3 binary file by number, as hex. */
function sections(file: Uint8Array): Map<number, string> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const found = new Map<number, string>();
  for (let at = 12; at < file.length; ) {
    const size = view.getUint32(at + 4, true);
    found.set(
      view.getUint32(at, true),
      Buffer.from(file.subarray(at + 12, at + 12 + size)).toString('hex'),
    );
    at += 12 + size;
  }
  return found;
}

let r1cs: Uint8Array;
beforeAll(async () => {
  const main = join(directory, 'cubes.circom');
  writeFileSync(main, CIRCUIT);
  r1cs = readFileSync((await compileCircuit(main, directory)).r1cs);
});

describe('the direct development setup', () => {
  test('equals snarkjs on powers of tau of the same secrets, section by section', async () => {
    const prepared: MemoryFile = { type: 'mem' };
    await powersOfTau.preparePhase2({ type: 'mem', data: powersFile() }, prepared);
    const reference: MemoryFile = { type: 'mem' };
    await zKey.newZKey({ type: 'mem', data: r1cs }, prepared, reference);
    const ours = await developmentSetup(r1cs, { tau, alpha, beta, delta: 1n }, () => {});
    const theirs = sections(reference.data?.slice() ?? new Uint8Array());
    const own = sections(concatBytes(...ours.provingKey));
    expect([...own.keys()].sort()).toEqual([...theirs.keys()].sort());
    // 2: header, 3: IC, 4: coefficients, 5 … 9: points. 10, the transcript, is empty in ours.
    for (const section of [1, 2, 3, 4, 5, 6, 7, 8, 9]) {
      expect(own.get(section), `section ${section}`).toBe(theirs.get(section));
    }
  });

  test('gives equal bytes for equal secrets and reports progress up to 1', async () => {
    const fractions: number[] = [];
    const secrets = developmentSecrets('cubes');
    const first = await developmentSetup(r1cs, secrets, (fraction) => fractions.push(fraction));
    const again = await developmentSetup(r1cs, secrets, () => {});
    expect(concatBytes(...again.provingKey)).toEqual(concatBytes(...first.provingKey));
    expect(again.verificationKey).toEqual(first.verificationKey);
    expect(fractions).toEqual([...fractions].sort((x, y) => x - y));
    expect(fractions.at(-1)).toBe(1);
  });

  test('exports the verification key that snarkjs reads from the proving key', async () => {
    const keys = await developmentSetup(r1cs, developmentSecrets('cubes'), () => {});
    const exported = await zKey.exportVerificationKey({
      type: 'mem',
      data: concatBytes(...keys.provingKey),
    });
    const own = JSON.parse(new TextDecoder().decode(keys.verificationKey));
    expect(exported).toMatchObject(own);
  });
});
