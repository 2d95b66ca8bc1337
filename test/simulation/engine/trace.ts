import { createHash } from 'node:crypto';

const TAIL_LINES = 200;

/** Everything that happens in a run, hashed in order; the last lines are kept for a report. */
export class Trace {
  readonly #hash = createHash('sha256');
  readonly #tail: string[] = [];
  readonly #print: ((line: string) => void) | undefined;
  #count = 0;

  constructor(print?: (line: string) => void) {
    this.#print = print;
  }

  /** `atUs`: virtual time in microseconds. */
  add(atUs: number, who: string, what: string): void {
    const line = `${(atUs / 1000).toFixed(3)} ${who} ${what}`;
    this.#hash.update(line);
    this.#hash.update('\n');
    this.#count += 1;
    this.#tail.push(line);
    if (this.#tail.length > 2 * TAIL_LINES) this.#tail.splice(0, TAIL_LINES);
    this.#print?.(line);
  }

  get count(): number {
    return this.#count;
  }

  get tail(): readonly string[] {
    return this.#tail.slice(-TAIL_LINES);
  }

  /** SHA-256 over every line so far. */
  digest(): string {
    return this.#hash.copy().digest('hex');
  }
}
