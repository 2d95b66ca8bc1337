import type { BookWriter } from '@atomicity/ledger/writer/book-writer';

/**
 * The first failure of any part of a node. From then on nothing is taken, whichever part it was: what the
 * others could still do, the next start would have to explain.
 */
export class NodeFailure {
  readonly #onFatal: (error: unknown) => void;
  #writer: BookWriter | undefined;
  #hasHappened = false;

  /** `onFatal` hears of the first failure only. */
  constructor(onFatal: (error: unknown) => void) {
    this.#onFatal = onFatal;
  }

  get hasHappened(): boolean {
    return this.#hasHappened;
  }

  /** The writer that takes no more commands once a part has failed. */
  stops(writer: BookWriter): void {
    this.#writer = writer;
    if (this.#hasHappened) void writer.stop();
  }

  /** For every part to call. A second call does nothing. */
  readonly report = (error: unknown): void => {
    if (this.#hasHappened) return;
    this.#hasHappened = true;
    void this.#writer?.stop();
    this.#onFatal(error);
  };
}
