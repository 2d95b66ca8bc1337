import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { integerFromBytesLittleEndian } from '@atomicity/kernel/codec/bytes';
import { BASE_FIELD_ORDER } from '@atomicity/kernel/codec/field';
import { CeremonyError } from './ceremony-error.ts';
import { SectionCursor, type SectionFile, withSectionFile } from './section-file.ts';

export type PowersFacts = {
  /** BLAKE2b-512 of the whole file: the hash that public ceremonies publish. */
  readonly blake2b: string;
  /** The file serves circuits with a domain of up to 2^power. */
  readonly power: number;
  /** How many contributed to phase 1, as the file says; whether they did is for `snarkjs powersoftau verify`. */
  readonly contributions: number;
};

const HEADER = 1;
const TAU_G1 = 2;
const CONTRIBUTIONS = 7;
const POWER_MAX = 28;
const G1_BYTES = 64;

/** Sizes of the powers of τ and of the Lagrange sections: one level for each size up to 2^power. */
function preparedBytes(power: number): readonly (readonly [number, number])[] {
  const levels = 2 ** (power + 1) - 1;
  return [
    [TAU_G1, (2 ** (power + 1) - 1) * G1_BYTES],
    [12, (2 * levels + 1) * G1_BYTES],
    [13, levels * 2 * G1_BYTES],
    [14, levels * G1_BYTES],
    [15, levels * G1_BYTES],
  ];
}

async function readHeader(file: SectionFile): Promise<Omit<PowersFacts, 'blake2b'>> {
  const header = file.section(HEADER);
  const list = file.section(CONTRIBUTIONS);
  if (header === undefined || list === undefined) throw new RangeError('a section is missing');
  const cursor = new SectionCursor(await file.read(header, 0, header.bytes));
  const q = cursor.uint32() === 32 ? integerFromBytesLittleEndian(cursor.take(32)) : 0n;
  if (q !== BASE_FIELD_ORDER) throw new RangeError('not over BN254');
  const power = cursor.uint32();
  if (power < 1 || power > POWER_MAX) throw new RangeError(`a power of ${power}`);
  for (const [id, bytes] of preparedBytes(power)) {
    if (file.section(id)?.bytes === bytes) continue;
    throw new CeremonyError(
      'powers-of-tau',
      'powers_unprepared',
      `section ${id} is not that of a prepared file; run snarkjs powersoftau prepare phase2`,
      { section: id },
    );
  }
  const contributions = new SectionCursor(await file.read(list, 0, 4)).uint32();
  return { power, contributions };
}

/** BLAKE2b-512 of a file, in lower-case hex. `onProgress` gets the fraction read. */
export async function hashOf(
  path: string,
  onProgress: (fraction: number) => void,
): Promise<string> {
  const { size } = await stat(path);
  const hash = createHash('blake2b512');
  let done = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    hash.update(chunk);
    done += chunk.length;
    onProgress(done / size);
  }
  return hash.digest('hex');
}

export type PowersDemand = {
  readonly path: string;
  /** What the file must hash to, BLAKE2b-512, lower-case hex. */
  readonly hash: string;
  /** log2 of the circuit's domain. */
  readonly domainLog: number;
  /** Takes a file to which nobody contributed: for a rehearsal. */
  readonly rehearsal: boolean;
};

/**
 * Checks a phase 1 file against what the operator states and the circuit needs. It does not check the
 * ceremony that made the file: that is what its published hash stands for.
 * @throws CeremonyError `powers_unreadable`, `powers_hash_differs`, `powers_unprepared`, `powers_too_small`,
 * `powers_without_contributions`, in this order.
 */
export async function checkPowersFile(
  demand: PowersDemand,
  onProgress: (fraction: number) => void = () => {},
): Promise<PowersFacts> {
  const { path, hash, domainLog, rehearsal } = demand;
  const refuse = (code: CeremonyError['code'], text: string, facts = {}): CeremonyError =>
    new CeremonyError('powers-of-tau', code, text, facts);
  let blake2b: string;
  try {
    blake2b = await hashOf(path, onProgress);
  } catch (error) {
    throw refuse('powers_unreadable', `${path}: ${error instanceof Error ? error.message : error}`);
  }
  if (blake2b !== hash) {
    throw refuse('powers_hash_differs', `${path} hashes to ${blake2b}`, {
      expected: hash,
      blake2b,
    });
  }
  let header: Omit<PowersFacts, 'blake2b'>;
  try {
    header = await withSectionFile(path, 'ptau', readHeader);
  } catch (error) {
    if (error instanceof CeremonyError) throw error;
    throw refuse('powers_unreadable', `${path}: ${error instanceof Error ? error.message : error}`);
  }
  if (header.power < domainLog) {
    const text = `the circuit needs a power of at least ${domainLog}, the file has ${header.power}`;
    throw refuse('powers_too_small', text, { domainLog, power: header.power });
  }
  if (header.contributions === 0 && !rehearsal) {
    const text = 'nobody contributed to this file: it is good for a rehearsal only';
    throw refuse('powers_without_contributions', text);
  }
  return { blake2b, ...header };
}
