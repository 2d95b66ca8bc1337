import type { Availability } from './availability.ts';
import type { NetworkFaults } from './fault-budget.ts';
import type { Random } from './random.ts';
import type { Trace } from './trace.ts';
import type { VirtualTime } from './virtual-time.ts';

/** How long a sender waits for an answer, true ms. */
export const ANSWER_TIMEOUT_MS = 4_000;

/** Who takes messages: undefined while it is down. */
export type Receiver<Message, Answer> = (
  from: string,
  to: string,
  message: Message,
) => Promise<Answer> | undefined;

type Link = { lossesInARow: number; isCut: boolean };

type Wiring<Message, Answer> = {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly trace: Trace;
  readonly availability: Availability;
  readonly faults: NetworkFaults;
  readonly receiver: Receiver<Message, Answer>;
  /** Extra delay of a request, true ms: what aims at a certain moment. */
  readonly lateness: (from: string, to: string, message: Message) => number;
  /** One line for the trace. */
  readonly describe: {
    readonly request: (message: Message) => string;
    readonly answer: (answer: Answer) => string;
  };
  readonly observe: {
    readonly request: (from: string, to: string, message: Message) => void;
    readonly answer: (from: string, to: string, message: Message, answer: Answer) => void;
  };
};

/**
 * Requests and answers between nodes. Each way a message may be late, overtake others, arrive twice
 * or never; a link may be cut. What the sender sees of all this is silence until its timeout.
 */
export class Network<Message, Answer> {
  readonly #wiring: Wiring<Message, Answer>;
  readonly #links = new Map<string, Link>();
  #healed = false;
  #count = 0;

  constructor(wiring: Wiring<Message, Answer>) {
    this.#wiring = wiring;
  }

  get messageCount(): number {
    return this.#count;
  }

  /** From here on nothing is lost, cut, doubled or late. */
  heal(): void {
    this.#healed = true;
    for (const key of this.#links.keys()) {
      const [one = '', other = ''] = key.split(' ');
      this.mend(one, other);
    }
  }

  /** Nothing passes between the two until `mend`. */
  cut(one: string, other: string): void {
    const { availability, time, trace } = this.#wiring;
    for (const link of [this.#link(one, other), this.#link(other, one)]) link.isCut = true;
    availability.linkCut(one, other, time.nowUs);
    trace.add(time.nowUs, 'net', `cut ${one} ${other}`);
  }

  mend(one: string, other: string): void {
    const { availability, time, trace } = this.#wiring;
    if (!this.#link(one, other).isCut) return;
    for (const link of [this.#link(one, other), this.#link(other, one)]) link.isCut = false;
    availability.linkMended(one, other, time.nowUs);
    trace.add(time.nowUs, 'net', `mend ${one} ${other}`);
  }

  /** Resolves with the answer; rejects when there is none in time. */
  send(from: string, to: string, message: Message): Promise<Answer> {
    const { time, random, faults, trace, describe, observe } = this.#wiring;
    const number = this.#count++;
    trace.add(time.nowUs, from, `sends ${number} to ${to}: ${describe.request(message)}`);
    observe.request(from, to, message);
    return new Promise((resolve, reject) => {
      const callOff = time.after(ANSWER_TIMEOUT_MS, () => {
        reject(new Error('no answer in time: outcome unknown'));
      });
      const take = (answer: Answer) => {
        callOff();
        resolve(answer);
      };
      this.#arrive(number, from, to, message, take);
      if (!this.#healed && random.chance(faults.duplicateChance)) {
        trace.add(time.nowUs, 'net', `doubles ${number}`);
        this.#arrive(number, from, to, message, undefined);
      }
    });
  }

  #arrive(
    number: number,
    from: string,
    to: string,
    message: Message,
    take: ((answer: Answer) => void) | undefined,
  ): void {
    const { time, receiver, trace, describe, observe } = this.#wiring;
    if (this.#isLost(from, to, number, 'request')) return;
    const late = this.#healed ? 0 : this.#wiring.lateness(from, to, message);
    if (late > 0) {
      trace.add(time.nowUs, 'net', `keeps ${number} for ${late.toFixed(3)} ms`);
      this.#wiring.availability.lost(from, to, time.nowUs, late * 1000);
    }
    time.after(late > 0 ? late : this.#delay(), () => {
      if (this.#link(from, to).isCut) return this.#drop(number, 'request', from, to);
      const answered = receiver(from, to, message);
      if (answered === undefined) return this.#drop(number, 'request to a node down', from, to);
      trace.add(time.nowUs, to, `takes ${number}`);
      answered.then(
        (answer) => {
          observe.answer(from, to, message, answer);
          trace.add(time.nowUs, to, `answers ${number}: ${describe.answer(answer)}`);
          if (take === undefined || this.#isLost(to, from, number, 'answer')) return;
          time.after(this.#delay(), () => {
            if (this.#link(to, from).isCut) this.#drop(number, 'answer', to, from);
            else take(answer);
          });
        },
        (error: unknown) => trace.add(time.nowUs, to, `fails ${number}: ${String(error)}`),
      );
    });
  }

  #delay(): number {
    const { random, faults } = this.#wiring;
    const { delayMs, lateChance, lateMs } = faults;
    const usual = 1 + random.unit() * delayMs;
    const isLate = random.chance(lateChance);
    return isLate && !this.#healed ? usual + random.unit() * lateMs : usual;
  }

  #isLost(from: string, to: string, number: number, what: string): boolean {
    const { random, faults } = this.#wiring;
    const link = this.#link(from, to);
    const unlucky = random.chance(faults.lossChance);
    const lost =
      !this.#healed && (link.isCut || (unlucky && link.lossesInARow < faults.lossesInARowMax));
    link.lossesInARow = lost ? link.lossesInARow + 1 : 0;
    if (lost) this.#drop(number, what, from, to);
    return lost;
  }

  #drop(number: number, what: string, from: string, to: string): void {
    const { time, trace, availability, faults } = this.#wiring;
    trace.add(time.nowUs, 'net', `loses ${what} ${number}`);
    availability.lost(from, to, time.nowUs, (ANSWER_TIMEOUT_MS + faults.backoffMsMax) * 1000);
  }

  #link(from: string, to: string): Link {
    const key = `${from} ${to}`;
    const known = this.#links.get(key);
    if (known !== undefined) return known;
    const link = { lossesInARow: 0, isCut: false };
    this.#links.set(key, link);
    return link;
  }
}
