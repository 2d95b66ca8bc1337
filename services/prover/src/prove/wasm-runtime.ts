// The types of Node lack WebAssembly without the DOM's: the parts that this package calls, typed by hand.

export type WasmProgram = { readonly [Symbol.toStringTag]: string };
export type WasmMemory = { readonly buffer: ArrayBuffer };
type WasmImports = Readonly<Record<string, Readonly<Record<string, unknown>>>>;
type WasmRuntime = {
  compile(bytes: Uint8Array): Promise<WasmProgram>;
  instantiate(
    program: WasmProgram,
    imports: WasmImports,
  ): Promise<{ readonly exports: Readonly<Record<string, unknown>> }>;
};

const { WebAssembly: runtime } = globalThis as unknown as { WebAssembly: WasmRuntime };

/** Compiles a wasm program. @throws the engine's CompileError. */
export const compileProgram = (bytes: Uint8Array): Promise<WasmProgram> => runtime.compile(bytes);

/** Starts a program with a memory of its own, and gives its exports. */
export async function startProgram(
  program: WasmProgram,
  imports: WasmImports,
): Promise<Readonly<Record<string, unknown>>> {
  const instance = await runtime.instantiate(program, imports);
  return instance.exports;
}
