/** Reads from a zkey what a ceremony is about: its header, its verification key, its contributions. */
import { bytesToHex, integerFromBytesLittleEndian } from '@atomicity/kernel/codec/bytes';
import { BASE_FIELD_ORDER, FIELD_ORDER } from '@atomicity/kernel/codec/field';
import type { VerificationKeyJson } from '../../verify/verification-key.ts';
import { CeremonyError } from './ceremony-error.ts';
import { type Contribution, isUsableName } from './contribution.ts';
import { BASE_MONTGOMERY_INVERSE } from './random-points.ts';
import { type Section, SectionCursor, type SectionFile, withSectionFile } from './section-file.ts';

export type KeyFile = {
  readonly signals: number;
  readonly publicSignals: number;
  readonly domainSize: number;
  /** BLAKE2b-512 over the points of the first key: what the first contribution was made on. */
  readonly circuitHash: string;
  readonly contributions: readonly Contribution[];
  /** As snarkjs exports it, without derived members. */
  readonly verificationKey: VerificationKeyJson;
};

const HEADER = 2;
const IC = 3;
const CONTRIBUTIONS = 10;
const CONTRIBUTIONS_MAX = 10_000;
const SECTION_BYTES_MAX = 64 * 1024 * 1024;

const NAME = 1;
const ITERATIONS = 2;
const RANDOMNESS = 3;

function required(file: SectionFile, id: number): Section {
  const section = file.section(id);
  if (section === undefined) throw new RangeError(`section ${id} is missing or there twice`);
  if (section.bytes > SECTION_BYTES_MAX) throw new RangeError(`section ${id} is too large`);
  return section;
}

async function cursorOf(file: SectionFile, id: number): Promise<SectionCursor> {
  const section = required(file, id);
  return new SectionCursor(await file.read(section, 0, section.bytes));
}

/** A coordinate in Montgomery form as an integer. */
function coordinate(cursor: SectionCursor): bigint {
  const value = integerFromBytesLittleEndian(cursor.take(32));
  return (value * BASE_MONTGOMERY_INVERSE) % BASE_FIELD_ORDER;
}

const coordinates = (cursor: SectionCursor, count: number): bigint[] =>
  Array.from({ length: count }, () => coordinate(cursor));

type G1Json = VerificationKeyJson['vk_alpha_1'];
type G2Json = VerificationKeyJson['vk_beta_2'];

function g1Json(cursor: SectionCursor): G1Json {
  const [x = 0n, y = 0n] = coordinates(cursor, 2);
  return x === 0n && y === 0n ? ['0', '1', '0'] : [`${x}`, `${y}`, '1'];
}

function g2Json(cursor: SectionCursor): G2Json {
  const [x0 = 0n, x1 = 0n, y0 = 0n, y1 = 0n] = coordinates(cursor, 4);
  const infinity = x0 === 0n && x1 === 0n && y0 === 0n && y1 === 0n;
  return [[`${x0}`, `${x1}`], [`${y0}`, `${y1}`], infinity ? ['0', '0'] : ['1', '0']];
}

const hex = (values: readonly bigint[]): string =>
  values.map((value) => value.toString(16).padStart(64, '0')).join('');

const g1Text = (cursor: SectionCursor): string => hex(coordinates(cursor, 2));

function g2Text(cursor: SectionCursor): string {
  const [x0 = 0n, x1 = 0n, y0 = 0n, y1 = 0n] = coordinates(cursor, 4);
  return hex([x1, x0, y1, y0]);
}

function contributionAt(cursor: SectionCursor): Contribution {
  const points = {
    deltaAfter: g1Text(cursor),
    g1: g1Text(cursor),
    g1Secret: g1Text(cursor),
    g2Secret: g2Text(cursor),
    challenge: bytesToHex(cursor.take(64)),
  };
  const kind = cursor.uint32();
  const members = new SectionCursor(cursor.take(cursor.uint32()));
  let name = '';
  let iterationsLog = 0;
  let randomness = '';
  for (let last = 0; members.left > 0; ) {
    const member = members.uint8();
    // As snarkjs writes them: anything else would be a second encoding of one contribution.
    if (member <= last) throw new RangeError('members of a contribution out of order');
    last = member;
    if (member === NAME) {
      name = new TextDecoder('utf-8', { fatal: true }).decode(members.take(members.uint8()));
    } else if (member === ITERATIONS) iterationsLog = members.uint8();
    else if (member === RANDOMNESS) randomness = bytesToHex(members.take(members.uint8()));
    else throw new RangeError(`unknown member ${member} of a contribution`);
  }
  if (kind > 1) throw new RangeError(`unknown kind ${kind} of a contribution`);
  // It is printed for people, and no transcript takes another one.
  if (!isUsableName(name))
    throw new RangeError('the name of a contribution is not 1 to 64 characters');
  return kind === 0
    ? { name, ...points }
    : { name, ...points, beacon: { randomness, iterationsLog } };
}

async function read(file: SectionFile): Promise<KeyFile> {
  const header = await cursorOf(file, HEADER);
  const q = header.uint32() === 32 ? integerFromBytesLittleEndian(header.take(32)) : 0n;
  const r = header.uint32() === 32 ? integerFromBytesLittleEndian(header.take(32)) : 0n;
  if (q !== BASE_FIELD_ORDER || r !== FIELD_ORDER) throw new RangeError('not over BN254');
  const [signals, publicSignals, domainSize] = [header.uint32(), header.uint32(), header.uint32()];
  const alpha = g1Json(header);
  header.take(64); // β in G1 is for the prover.
  const [beta, gamma] = [g2Json(header), g2Json(header)];
  header.take(64); // δ in G1 is compared with the contributions by the check of the points.
  const delta = g2Json(header);
  const ic = await cursorOf(file, IC);
  if (ic.left !== (publicSignals + 1) * 64) throw new RangeError('IC has another length');
  const contributions = await cursorOf(file, CONTRIBUTIONS);
  const circuitHash = bytesToHex(contributions.take(64));
  const count = contributions.uint32();
  if (count > CONTRIBUTIONS_MAX) throw new RangeError('too many contributions');
  return {
    signals,
    publicSignals,
    domainSize,
    circuitHash,
    contributions: Array.from({ length: count }, () => contributionAt(contributions)),
    verificationKey: {
      protocol: 'groth16',
      curve: 'bn128',
      nPublic: publicSignals,
      vk_alpha_1: alpha,
      vk_beta_2: beta,
      vk_gamma_2: gamma,
      vk_delta_2: delta,
      IC: Array.from({ length: publicSignals + 1 }, () => g1Json(ic)),
    },
  };
}

/**
 * Reads a Groth16 zkey over BN254. Points are taken as they are: whether they are points, and whose, is
 * for the checks.
 * @throws CeremonyError `key_unreadable`.
 * Source: snarkjs 0.7.6, `zkey_utils.js`.
 */
export async function readKeyFile(path: string): Promise<KeyFile> {
  try {
    return await withSectionFile(path, 'zkey', read);
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new CeremonyError('contributions', 'key_unreadable', `${path}: ${cause}`);
  }
}
