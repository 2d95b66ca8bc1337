/** The library itself: WebAssembly that is loaded once a process, in about 0.1 s. It writes a line to stdout. */

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { initializeWasmFromBinary } from 'lightningdevkit';

let loading: Promise<void> | undefined;

async function load(): Promise<void> {
  const entry = import.meta.resolve('lightningdevkit');
  const wasm = await readFile(fileURLToPath(new URL('./liblightningjs.wasm', entry)));
  await initializeWasmFromBinary(Uint8Array.from(wasm));
}

/** Makes LDK's classes usable; a second call waits for the first. */
export function loadLdk(): Promise<void> {
  loading ??= load();
  return loading;
}
