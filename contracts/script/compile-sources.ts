import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';

const require = createRequire(import.meta.url);

/** The contracts package of this checkout: the same from script/ and from dist/script/. */
export const CONTRACTS_DIRECTORY = dirname(require.resolve('@atomicity/contracts/package.json'));

/** One parameter of an ABI entry; tuples carry their members. */
export type AbiParameter = {
  readonly name: string;
  readonly type: string;
  readonly internalType?: string;
  readonly indexed?: boolean;
  readonly components?: readonly AbiParameter[];
};

export type AbiEntry = {
  readonly type: 'function' | 'event' | 'error' | 'constructor';
  readonly name?: string;
  readonly inputs: readonly AbiParameter[];
  readonly outputs?: readonly AbiParameter[];
  readonly stateMutability?: string;
  readonly anonymous?: boolean;
};

export type CompiledContract = {
  readonly abi: readonly AbiEntry[];
  readonly bytecode: `0x${string}`;
  readonly deployedBytecode: `0x${string}`;
  /** Offsets (bytes) of what the constructor fills in; elsewhere the code on a chain equals deployedBytecode. */
  readonly immutables: readonly { readonly start: number; readonly length: number }[];
};

/** Contracts by name. */
export type CompiledContracts = Readonly<Record<string, CompiledContract>>;

/** The sources do not compile. */
export class CompileError extends Error {
  constructor(messages: readonly string[]) {
    super(messages.join('\n'));
    this.name = 'CompileError';
  }
}

type SolcOutput = {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly contracts?: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          {
            readonly abi: readonly AbiEntry[];
            readonly evm: {
              readonly bytecode: { readonly object: string };
              readonly deployedBytecode: {
                readonly object: string;
                readonly immutableReferences?: Readonly<
                  Record<string, readonly { readonly start: number; readonly length: number }[]>
                >;
              };
            };
          }
        >
      >
    >
  >;
};

function solidityFiles(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.sol'))
    .map((path) => join(folder, path))
    .sort();
}

/** The standard JSON input: the settings are those of foundry.toml, so both give the same bytes. */
function compilerInput(): string {
  const sources = Object.fromEntries(
    solidityFiles(join(CONTRACTS_DIRECTORY, 'src')).map((path) => [
      relative(CONTRACTS_DIRECTORY, path).split(sep).join('/'),
      { content: readFileSync(path, 'utf8') },
    ]),
  );
  return JSON.stringify({
    language: 'Solidity',
    sources,
    settings: {
      evmVersion: 'cancun',
      viaIR: true,
      optimizer: { enabled: true, runs: 1_000_000 },
      metadata: { bytecodeHash: 'none', appendCBOR: false },
      outputSelection: {
        '*': {
          '*': [
            'abi',
            'evm.bytecode.object',
            'evm.deployedBytecode.object',
            'evm.deployedBytecode.immutableReferences',
          ],
        },
      },
    },
  });
}

function readOutput(text: string): CompiledContracts {
  const output: SolcOutput = JSON.parse(text);
  const errors = (output.errors ?? []).filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new CompileError(errors.map((each) => each.formattedMessage));
  const found: Record<string, CompiledContract> = {};
  for (const file of Object.values(output.contracts ?? {})) {
    for (const [name, { abi, evm }] of Object.entries(file)) {
      const immutables = Object.values(evm.deployedBytecode.immutableReferences ?? {}).flat();
      found[name] = {
        abi,
        bytecode: `0x${evm.bytecode.object}`,
        deployedBytecode: `0x${evm.deployedBytecode.object}`,
        immutables: immutables.map(({ start, length }) => ({ start, length })),
      };
    }
  }
  return found;
}

/**
 * Compiles every contract under src/ with the npm package `solc`, without forge (about 20 s on 2 cores).
 *
 * The result is kept in out-solc/, named after the compiler and all of its input: a second call reads it,
 * a changed source gives another file, and a kill leaves no half-written one.
 * @throws CompileError with the compiler's messages.
 */
export function compileSources(): CompiledContracts {
  const solc: { version(): string; compile(input: string): string } = require('solc');
  const input = compilerInput();
  const key = createHash('sha256').update(solc.version()).update('\n').update(input).digest('hex');
  const folder = join(CONTRACTS_DIRECTORY, 'out-solc');
  const path = join(folder, `${key.slice(0, 16)}.json`);
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8'));
  const contracts = readOutput(solc.compile(input));
  mkdirSync(folder, { recursive: true });
  const partial = `${path}.${process.pid}`;
  writeFileSync(partial, JSON.stringify(contracts));
  renameSync(partial, path);
  return contracts;
}

/**
 * One compiled contract.
 * @throws RangeError for a name that no contract has.
 */
export function contractNamed(contracts: CompiledContracts, name: string): CompiledContract {
  const found = contracts[name];
  if (found === undefined) throw new RangeError(`no contract ${name} under contracts/src`);
  return found;
}
