import { join } from 'node:path';
import { makeFirstKey } from '@atomicity/prover/ceremony/phase-2/make-first-key';
import {
  REHEARSAL_POWER,
  writeRehearsalPowers,
} from '@atomicity/prover/ceremony/phase-2/rehearsal-powers';
import type { Command, ExitCode } from '../command.ts';
import { parseOptions, required, wholeNumber } from '../options.ts';
import { JSON_SPEC, START_HELP, START_SPEC, startOf } from './ceremony-options.ts';
import { runStep, tell } from './run-step.ts';

const INIT_HELP = `atomicity ceremony init --circuit NAME --ptau FILE --ptau-hash HEX --out DIR

Makes the key that a ceremony starts from, NAME_0000.zkey, out of the pinned circuit and a phase 1 file.
Nothing in it is secret: everyone can make it and gets the same bytes. It is no key to prove with.

${START_HELP}  --out DIR           where the key goes; it must not hold one yet
  --json              one JSON object instead of text
  --help

Exit code: 0 made; 1 refused, with the step that failed; 2 a bad option.
`;

const INIT_SPEC = { ...START_SPEC, out: { type: 'string' } } as const;

export const init: Command = {
  name: 'init',
  summary: 'make the key that a ceremony starts from',
  help: INIT_HELP,
  async run(argv, io): Promise<ExitCode> {
    const values = parseOptions(argv, INIT_SPEC);
    const start = startOf(values);
    const out = join(required(values.out, 'out'), `${start.circuit}_0000.zkey`);
    const made = await runStep(io, (options) => makeFirstKey(start, out, options));
    const { circuitHash, powers, r1csSha256 } = made;
    tell(io, values.json, { out, circuit: start.circuit, ...made }, [
      out,
      `  r1cs (SHA-256)        ${r1csSha256}`,
      `  phase 1 (BLAKE2b)     ${powers.blake2b}`,
      `  phase 1               power ${powers.power}, ${powers.contributions} contributions`,
      `  circuit hash          ${circuitHash}`,
      'Every participant makes the same file and compares the circuit hash.',
    ]);
    return 0;
  },
};

const POWERS_HELP = `atomicity ceremony rehearsal-powers --power N --out FILE

Writes a prepared phase 1 file from random secrets that this process knew: TO REHEARSE WITH. The file says
that nobody contributed; a ceremony takes it with --rehearsal only and marks its keys unsafe.

  --power N           for circuits of up to 2^N rows, ${REHEARSAL_POWER.min} … ${REHEARSAL_POWER.max}; artifacts.lock has them as domainLog
  --out FILE          a file that is not there yet
  --json              one JSON object instead of text
  --help

Exit code: 0 written; 1 not; 2 a bad option.
`;

const POWERS_SPEC = {
  power: { type: 'string' },
  out: { type: 'string' },
  ...JSON_SPEC,
} as const;

export const rehearsalPowers: Command = {
  name: 'rehearsal-powers',
  summary: 'write an unsafe phase 1 file to rehearse with',
  help: POWERS_HELP,
  async run(argv, io): Promise<ExitCode> {
    const values = parseOptions(argv, POWERS_SPEC);
    const power = wholeNumber(required(values.power, 'power'), 'power', REHEARSAL_POWER);
    const out = required(values.out, 'out');
    const blake2b = await runStep(io, ({ onProgress }) =>
      writeRehearsalPowers(out, power, (fraction) => onProgress('phase 1 points', fraction)),
    );
    tell(io, values.json, { out, power, blake2b }, [out, `  BLAKE2b  ${blake2b}`]);
    return 0;
  },
};
