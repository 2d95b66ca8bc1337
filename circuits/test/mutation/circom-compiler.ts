// circom in this process: the compiler's WebAssembly is loaded once, which halves the time of a small
// circuit. What it compiles and how is as in services/prover, but --O0: every signal keeps its name.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { compilerPath, libraryDirectory } from '@atomicity/prover/artifacts/circuit-paths';

const require = createRequire(import.meta.url);

type Runner = {
  readonly wasi: { getImports(module: WebAssembly.Module): object; start(instance: object): void };
};
type Compiler = {
  readonly CircomRunner: new (options: object) => Runner;
  readonly bindings: object;
};

const { CircomRunner, bindings }: Compiler = require(join(dirname(compilerPath()), 'index.js'));
const compiled = new WebAssembly.Module(
  fs.readFileSync(join(dirname(compilerPath()), 'circom.wasm')),
);

export type Compiled =
  | {
      readonly kind: 'compiled';
      readonly r1cs: Buffer;
      readonly wasm: Buffer;
      readonly symbols: string;
    }
  | { readonly kind: 'refused'; readonly output: string };

export type CompileOptions = {
  /** A folder that has src/ and in which the compiler writes; one compilation at a time. */
  readonly directory: string;
  /** The file of src/, without its ending, that has the component. */
  readonly file: string;
  readonly component: string;
  /** Public inputs of the main component. */
  readonly publicInputs?: readonly string[];
  /** With circom's full simplification, as the circuits are proved; names are lost then. Default: none. */
  readonly isSimplified?: boolean;
  /** A folder with a stand-in for circomlib files, looked through first. */
  readonly libraryOverride?: string;
};

class Exit extends Error {
  readonly code: number;
  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

/** A file system that keeps what the compiler prints. */
function capturing(output: string[]): typeof fs {
  return new Proxy(fs, {
    get(target, name, receiver) {
      if (name !== 'writeSync') return Reflect.get(target, name, receiver);
      return (fd: number, data: Uint8Array, ...rest: number[]) => {
        if (fd > 2) return fs.writeSync(fd, data, ...rest);
        const [offset = 0, length = data.length] = rest;
        output.push(Buffer.from(data.subarray(offset, offset + length)).toString());
        return length;
      };
    },
  });
}

/**
 * Compiles one component of a source folder. A source that the compiler refuses gives its output.
 * @throws Error if the compiler breaks down, or writes nothing.
 */
export function compileComponent(options: CompileOptions): Compiled {
  const { directory, file, component, publicInputs = [], libraryOverride } = options;
  const signals = publicInputs.length > 0 ? ` { public [${publicInputs.join(', ')}] }` : '';
  fs.writeFileSync(
    join(directory, 'instance.circom'),
    `pragma circom 2.1.6;\ninclude "src/${file}.circom";\ncomponent main${signals} = ${component};\n`,
  );
  const override = libraryOverride === undefined ? [] : ['-l', '/override'];
  const output: string[] = [];
  const runner = new CircomRunner({
    args: [
      '/project/instance.circom',
      '--r1cs',
      '--wasm',
      '--sym',
      options.isSimplified ? '--O2' : '--O0',
      ...override,
      '-l',
      '/library',
      '-o',
      '/project',
    ],
    env: {},
    preopens: {
      '/project': directory,
      '/library': libraryDirectory(),
      ...(libraryOverride === undefined ? {} : { '/override': libraryOverride }),
    },
    bindings: {
      ...bindings,
      fs: capturing(output),
      exit: (code: number) => {
        throw new Exit(code);
      },
    },
  });
  const r1cs = join(directory, 'instance.r1cs');
  fs.rmSync(r1cs, { force: true });
  try {
    const instance = new WebAssembly.Instance(compiled, {
      ...runner.wasi.getImports(compiled),
    });
    runner.wasi.start(instance);
  } catch (error) {
    const isRefusal =
      error instanceof Exit ||
      error instanceof WebAssembly.RuntimeError ||
      error instanceof RangeError;
    if (!isRefusal) throw error;
    if (!(error instanceof Exit) || error.code !== 0) {
      return { kind: 'refused', output: `${output.join('')}${error.message}` };
    }
  }
  if (!fs.existsSync(r1cs)) return { kind: 'refused', output: output.join('') };
  return {
    kind: 'compiled',
    r1cs: fs.readFileSync(r1cs),
    wasm: fs.readFileSync(join(directory, 'instance_js', 'instance.wasm')),
    symbols: fs.readFileSync(join(directory, 'instance.sym'), 'utf8'),
  };
}
