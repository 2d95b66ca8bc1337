// The part of the WebAssembly JavaScript API that the tests use; node's types leave it to the DOM's.
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    readonly exports: object;
    constructor(module: Module, imports?: object);
  }
  class RuntimeError extends Error {}
}
