type Lane = { running: number; readonly waiting: (() => Promise<void>)[] };

/**
 * Runs jobs side by side, at most `max` at once for each lane; the rest wait in order. One peer that
 * does not answer fills its own lane and nobody else's. Jobs handle their own failures.
 */
export class Lanes {
  readonly #max: number;
  readonly #lanes = new Map<string, Lane>();

  constructor(max: number) {
    this.#max = max;
  }

  run(name: string, job: () => Promise<void>): void {
    const lane = this.#lanes.get(name) ?? { running: 0, waiting: [] };
    this.#lanes.set(name, lane);
    lane.waiting.push(job);
    this.#next(name, lane);
  }

  #next(name: string, lane: Lane): void {
    if (lane.running >= this.#max) return;
    const job = lane.waiting.shift();
    if (job === undefined) {
      if (lane.running === 0) this.#lanes.delete(name);
      return;
    }
    lane.running += 1;
    const ended = () => {
      lane.running -= 1;
      this.#next(name, lane);
    };
    job().then(ended, ended);
  }
}
