/** What took how long, in the order in which it happened. */
export type Phase = { readonly name: string; readonly what: string; readonly seconds: number };

export class Phases {
  readonly #done: Phase[] = [];

  /** Measures a step by the machine's own clock. A step that fails is not listed. */
  async measure<T>(name: string, what: string, step: () => Promise<T>): Promise<T> {
    const begun = performance.now();
    const result = await step();
    this.add(name, what, (performance.now() - begun) / 1000);
    return result;
  }

  add(name: string, what: string, seconds: number): void {
    this.#done.push({ name, what, seconds });
  }

  get all(): readonly Phase[] {
    return this.#done;
  }
}
