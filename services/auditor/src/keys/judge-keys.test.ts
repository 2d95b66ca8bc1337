// Goal: an audit says of every verification key whether it is trusted and why; only the trust file gives
// trust, and a transcript can only take it away. Method: the fleet world, whose setup is known, and sample
// ceremonies that end at its δ; through the command, as people and programs see it.
import {
  type CeremonyTranscript,
  transcriptHash,
  transcriptText,
} from '@atomicity/prover/ceremony/phase-2/transcript';
import { sampleTranscript } from '@atomicity/prover/testing/sample-ceremony';
import { beforeAll, describe, expect, it } from 'vitest';
import { runAudit } from '../cli/run-audit.ts';
import { type FleetWorld, fleetWorld } from '../testing/fleet-world.ts';
import { forgedSetup } from '../testing/forged-setup.ts';

const SETUP = forgedSetup('a ceremony');
const OTHER = 'ee'.repeat(32);

let world: FleetWorld;
let bundle: string;
let whole: CeremonyTranscript;
let text: string;

beforeAll(async () => {
  world = await fleetWorld({ setup: SETUP });
  bundle = await world.bundle('full');
  whole = sampleTranscript(SETUP.key, SETUP.delta);
  text = transcriptText(whole);
});

type Entry = Readonly<Record<string, unknown>>;

const trustWith = (...entries: readonly Entry[]) =>
  world.trustFile({ verificationKeys: entries.map((each) => ({ hash: SETUP.hash, ...each })) });

async function run(trust: string, transcripts: readonly string[], json = true) {
  const files = new Map([
    ['bundle', bundle],
    ['trust', trust],
    ...transcripts.map((each, i): [string, string] => [`t${i}`, each]),
  ]);
  const said = { stdout: '', stderr: '' };
  const options = transcripts.flatMap((_, i) => ['--transcript', `t${i}`]);
  const exit = await runAudit(
    ['bundle', '--trust', 'trust', ...options, ...(json ? ['--json'] : [])],
    {
      async *read(path) {
        yield Buffer.from(files.get(path) ?? '');
      },
      stdout: (piece) => {
        said.stdout += piece;
      },
      stderr: (piece) => {
        said.stderr += piece;
      },
      interactive: false,
    },
  );
  return { exit, ...said };
}

async function keysOf(trust: string, ...transcripts: readonly string[]) {
  const { stdout } = await run(trust, transcripts);
  const { keys, claims } = JSON.parse(stdout);
  const proof = claims.find(({ claim }: { claim: string }) => claim === 'spend-proof').verdict;
  return { keys, proof };
}

describe('a key is trusted', () => {
  it('when the trust file lists it as of a production ceremony', async () => {
    const { keys, proof } = await keysOf(trustWith({ ceremony: 'production' }));
    expect(proof).toBe('holds');
    expect(keys).toEqual([
      {
        hash: SETUP.hash,
        circuits: ['spend-16'],
        attestations: 2,
        ceremony: 'production',
        trusted: true,
        reason:
          'the trust file lists it as of a production ceremony, and names no transcript: that file alone vouches for the ceremony',
        transcripts: [],
      },
    ]);
  });

  it('and a transcript of its ceremony supports it', async () => {
    const transcript = transcriptHash(text);
    const entry = { ceremony: 'production', circuit: 'spend-16', transcript, contributors: 3 };
    const { keys, proof } = await keysOf(trustWith(entry), `${text}\n`);
    expect(proof).toBe('holds');
    expect(keys[0]).toMatchObject({
      trusted: true,
      reason:
        'the trust file lists it as of a production ceremony of 3 contributors, and a transcript supports it',
      transcripts: [
        {
          hash: transcript,
          verdict: 'supports',
          reason: 'it ends at this key and is the one that the trust file names',
          contributors: 3,
        },
      ],
    });
    expect(keys[0].transcripts[0].shows).toHaveLength(4);
    expect(keys[0].transcripts[0].notChecked).toHaveLength(4);
  });
});

const production = { ceremony: 'production' };

const NOT_TRUSTED: readonly [
  string,
  () => readonly Entry[],
  () => readonly CeremonyTranscript[],
][] = [
  ['the trust file does not list it', () => [{ hash: OTHER, ...production }], () => []],
  // A transcript, sound as it is, says nothing about who threw a secret away.
  ['the trust file does not list it', () => [], () => [whole]],
  [
    'the trust file lists it as a development key: anyone can forge under it',
    () => [{ ceremony: 'development' }],
    () => [],
  ],
  [
    'the trust file lists it as a development key: anyone can forge under it',
    () => [{ ceremony: 'development' }],
    () => [whole],
  ],
  [
    'contribution 2 (contributor 3): challenge_differs',
    () => [production],
    () => [{ ...whole, contributions: whole.contributions.filter((_, i) => i !== 1) }],
  ],
  [
    'it is of a rehearsal: nobody contributed to its phase 1',
    () => [production],
    () => [{ ...whole, powersOfTau: { ...whole.powersOfTau, contributions: 0 } }],
  ],
  [
    'the trust file names another transcript',
    () => [{ ...production, transcript: OTHER }],
    () => [whole],
  ],
  [
    'it is of spend-16, the trust file says spend-64',
    () => [{ ...production, circuit: 'spend-64' }],
    () => [whole],
  ],
  [
    'it has 3 contributors, the trust file says 30',
    () => [{ ...production, contributors: 30 }],
    () => [whole],
  ],
];

describe('a key is not trusted', () => {
  it.each(NOT_TRUSTED)('%s', async (reason, entries, transcripts) => {
    const texts = transcripts().map(transcriptText);
    const { keys, proof } = await keysOf(trustWith(...entries()), ...texts);
    const key = keys.find(({ hash }: { hash: string }) => hash === SETUP.hash);
    expect(key.trusted).toBe(false);
    expect(key.reason).toContain(reason);
    expect(proof).toBe('not shown');
  });

  it('for attestations of another circuit than the trust file lists it for', async () => {
    const { keys, proof } = await keysOf(trustWith({ ...production, circuit: 'batch-16' }));
    expect([keys[0].trusted, keys[0].circuits]).toEqual([true, ['batch-16', 'spend-16']]);
    expect(proof).toBe('not shown');
  });
});

describe('the report', () => {
  it('lists keys that are believed and not used, in the order of their hashes', async () => {
    const { keys } = await keysOf(trustWith(production, { hash: OTHER, ...production }));
    expect(keys.map(({ hash }: { hash: string }) => hash)).toEqual([SETUP.hash, OTHER].sort());
    const unused = keys.find(({ hash }: { hash: string }) => hash === OTHER);
    expect(unused).toMatchObject({ attestations: 0, circuits: [], trusted: true });
  });

  it('tells people which keys are trusted, why, and what was not checked', async () => {
    const { stdout } = await run(trustWith(production), [text], false);
    expect(stdout).toContain(
      `\nverification keys\n  ${SETUP.hash}\n    spend-16; 2 attestations\n`,
    );
    expect(stdout).toContain('    trusted: the trust file lists it as of a production ceremony');
    expect(stdout).toContain(`    transcript ${transcriptHash(text)}\n    supports: it ends`);
    expect(stdout).toContain('    not checked here:\n      - that the first key');
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(110);
    const { stdout: development } = await run(trustWith({ ceremony: 'development' }), [], false);
    expect(development).toContain('    NOT TRUSTED: the trust file lists it as a development key');
  });

  it('names what is wrong with a transcript that is none, and audits nothing', async () => {
    const { exit, stdout, stderr } = await run(trustWith(production), [`${text} `]);
    expect(exit).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ unusable: 'transcript' });
    expect(stderr).toBe('unusable transcript: transcript_not_canonical\n');
  });
});
