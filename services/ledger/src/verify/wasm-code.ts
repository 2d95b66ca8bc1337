/** Just enough of the WebAssembly binary format to emit straight-line integer arithmetic. */

const I32 = 0x7f;
const I64 = 0x7e;
const FUNCTION = 0x60;

/** LEB128, as the format writes all integers. Source: WebAssembly Core 1.0 §5.2.2. */
export function leb(value: number | bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt(value);
  for (;;) {
    const byte = Number(rest & 0x7fn);
    rest >>= 7n;
    if ((rest === 0n && byte < 64) || (rest === -1n && byte >= 64)) return [...bytes, byte];
    bytes.push(byte | 0x80);
  }
}

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest & 127) | 128);
    rest >>>= 7;
  }
  return [...bytes, rest];
}

/** The instructions of a function body in order. Each method appends one. */
export class WasmCode {
  readonly bytes: number[] = [];

  raw(...bytes: readonly number[]): this {
    this.bytes.push(...bytes);
    return this;
  }

  get(local: number): this {
    return this.raw(0x20, ...unsigned(local));
  }

  set(local: number): this {
    return this.raw(0x21, ...unsigned(local));
  }

  tee(local: number): this {
    return this.raw(0x22, ...unsigned(local));
  }

  i32(value: number): this {
    return this.raw(0x41, ...leb(value));
  }

  i64(value: number | bigint): this {
    return this.raw(0x42, ...leb(value));
  }

  /** Loads eight bytes at the address on the stack plus `offset`. */
  load(offset: number): this {
    return this.raw(0x29, 3, ...unsigned(offset));
  }

  /** Stores the value on the stack at the address below it plus `offset`. */
  store(offset: number): this {
    return this.raw(0x37, 3, ...unsigned(offset));
  }

  add64(): this {
    return this.raw(0x7c);
  }

  mul64(): this {
    return this.raw(0x7e);
  }

  and64(): this {
    return this.raw(0x83);
  }

  shiftRight64(): this {
    return this.raw(0x88);
  }

  call(index: number): this {
    return this.raw(0x10, ...unsigned(index));
  }

  /** An i32 local plus a constant. */
  address(local: number, offset: number): this {
    return this.get(local).i32(offset).raw(0x6a);
  }

  /** Adds `step` to an i32 local. */
  advance(local: number, step: number): this {
    return this.address(local, step).set(local);
  }

  /** Runs `body` as often as the i32 local `counter` says, at least once; it ends at zero. */
  repeat(counter: number, body: () => void): this {
    this.raw(0x03, 0x40);
    body();
    return this.get(counter).i32(1).raw(0x6b).tee(counter).raw(0x0d, 0, 0x0b);
  }

  /** Copies `length` bytes of memory. Source: bulk memory operations, memory.copy. */
  copy(to: number, from: number, length: number): this {
    return this.i32(to).i32(from).i32(length).raw(0xfc, 0x0a, 0, 0);
  }
}

export type WasmFunction = {
  /** Number of i32 parameters; there is no result. */
  readonly parameters: number;
  /** Number of i64 locals after the parameters. */
  readonly locals: number;
  readonly code: WasmCode;
  readonly name?: string;
};

const section = (id: number, items: readonly (readonly number[])[]): number[] => {
  const body = [...unsigned(items.length), ...items.flat()];
  return [id, ...unsigned(body.length), ...body];
};

const nameBytes = (name: string): number[] => {
  const bytes = [...Buffer.from(name)];
  return [...unsigned(bytes.length), ...bytes];
};

/** A module of these functions over exported pages of memory; named functions are exported. */
export function wasmModule(
  functions: readonly WasmFunction[],
  pages: number,
): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ parameters }) => [
    FUNCTION,
    ...unsigned(parameters),
    ...Array.from({ length: parameters }, () => I32),
    0,
  ]);
  const exported = functions.flatMap(({ name }, i) =>
    name === undefined ? [] : [[...nameBytes(name), 0, ...unsigned(i)]],
  );
  const bodies = functions.map(({ locals, code }) => {
    const declared = locals === 0 ? [0] : [1, ...unsigned(locals), I64];
    const body = [...declared, ...code.bytes, 0x0b];
    return [...unsigned(body.length), ...body];
  });
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, types),
    ...section(
      3,
      functions.map((_, i) => unsigned(i)),
    ),
    ...section(5, [[0, ...unsigned(pages)]]),
    ...section(7, [[...nameBytes('memory'), 2, 0], ...exported]),
    ...section(10, bodies),
  ]);
}
