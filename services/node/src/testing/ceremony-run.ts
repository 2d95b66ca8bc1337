/** Runs the steps of a ceremony in this process and reads what they answer in JSON. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { atomicity } from './cli-run.ts';

const MAIN = fileURLToPath(new URL('../cli/main.ts', import.meta.url));

/** Runs a step that is done, or holds, and gives its answer. */
export async function ceremonyStep(...argv: readonly string[]) {
  const { code, stdout, stderr } = await atomicity(['ceremony', ...argv, '--json']);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

/** Runs a step that is refused, and gives step, code, message and facts of the refusal. */
export async function refusedStep(...argv: readonly string[]) {
  const { code, stdout, stderr } = await atomicity(['ceremony', ...argv, '--json']);
  expect([code, stderr]).toEqual([1, expect.stringContaining(`atomicity ceremony ${argv[0]}: `)]);
  const answer = JSON.parse(stdout);
  expect(answer.holds).toBe(false);
  return answer;
}

/** A copy of a file with a change to its bytes. */
export function changedCopy(
  copy: string,
  from: string,
  change: (bytes: Buffer) => Uint8Array,
): string {
  writeFileSync(copy, change(readFileSync(from)));
  return copy;
}

/** Starts a step in a process of its own. */
export function startCeremonyProcess(...argv: readonly string[]): ChildProcess {
  const args = ['--conditions=source', MAIN, 'ceremony', ...argv];
  return spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'] });
}

/** Contributes in a process of its own; `typed` is what its maker types. `said`: all that it wrote. */
export async function contributeInProcess(from: string, out: string, name: string, typed?: string) {
  const argv = ['contribute', '--in', from, '--out', out, '--name', name, '--json'];
  const child = startCeremonyProcess(...argv, ...(typed === undefined ? [] : ['--typed']));
  let said = '';
  let stdout = '';
  child.stdout?.on('data', (piece) => {
    stdout += piece;
  });
  child.stderr?.on('data', (piece) => {
    said += piece;
  });
  child.stdin?.end(typed === undefined ? '' : `${typed}\n`);
  const [code] = await once(child, 'close');
  expect({ code, said: code === 0 ? '' : said }).toEqual({ code: 0, said: '' });
  return { ...JSON.parse(stdout), said: said + stdout };
}

export const CEREMONY_CIRCUIT = 'spent-at-most';
export const CONTRIBUTORS = ['Alice', 'Bob', 'Çelik & Söhne'];
export const BEACON_SOURCE = 'drand quicknet round 20000000';
export const ITERATIONS = '10';
/** As options of `beacon` and of a verifier who was told them. */
export const DRAWN = ['--randomness', '7f'.repeat(32), '--iterations', ITERATIONS];
/** What the second contributor types. */
export const TYPED = 'a line that only the second contributor knows';

export type HeldCeremony = {
  /** What every verification is told: circuit and phase 1. */
  readonly known: readonly string[];
  readonly powers: { readonly out: string; readonly blake2b: string };
  /** The key after so many contributions. */
  readonly keyAt: (step: number) => string;
  readonly final: string;
  /** As the contributors' processes told them. */
  readonly hashes: readonly string[];
  /** All that those processes wrote. */
  readonly said: string;
};

/**
 * Holds a whole ceremony in a folder: phase 1 of a rehearsal, the first key of the smallest circuit, three
 * contributors in a process each, and a beacon.
 */
export async function holdCeremony(path: (name: string) => string): Promise<HeldCeremony> {
  const phase1 = ['--power', '10', '--out', path('phase-1.ptau')];
  const powers = await ceremonyStep('rehearsal-powers', ...phase1);
  const ptau = ['--ptau', powers.out, '--ptau-hash', powers.blake2b, '--rehearsal'];
  const known = ['--circuit', CEREMONY_CIRCUIT, ...ptau];
  const first = await ceremonyStep('init', ...known, '--out', path('.'));
  expect(first).toMatchObject({ circuit: CEREMONY_CIRCUIT, powers: { power: 10 } });
  const keyAt = (step: number): string => path(`${CEREMONY_CIRCUIT}_000${step}.zkey`);
  const made = [];
  for (const [i, name] of CONTRIBUTORS.entries()) {
    const typed = i === 1 ? TYPED : undefined;
    made.push(await contributeInProcess(keyAt(i), keyAt(i + 1), name, typed));
  }
  const final = path('final.zkey');
  const ending = ['--in', keyAt(3), '--out', final, ...DRAWN, '--source', BEACON_SOURCE];
  expect(await ceremonyStep('beacon', ...ending)).toMatchObject({ position: 4 });
  return {
    known,
    powers,
    keyAt,
    final,
    hashes: made.map(({ hash }) => hash),
    said: made.map((each) => each.said).join(''),
  };
}
