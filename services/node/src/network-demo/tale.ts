import type { Writable } from 'node:stream';

/** One step as a machine reads it; `s` is seconds since the start. */
export type TaleEvent = Readonly<Record<string, unknown>> & { readonly event: string };

const WIDTH = 78;

/** What the demonstration tells: text for people, or one JSON object a line. It counts what failed. */
export class Tale {
  readonly #out: Writable;
  readonly #json: boolean;
  readonly #startedAt: number;
  #checked = 0;
  #failed = 0;

  constructor(out: Writable, json: boolean, startedAt: number) {
    this.#out = out;
    this.#json = json;
    this.#startedAt = startedAt;
  }

  get checked(): number {
    return this.#checked;
  }

  get failed(): number {
    return this.#failed;
  }

  /** Seconds since the start, of a time in ms or of now. */
  seconds(at = Date.now()): string {
    return ((at - this.#startedAt) / 1000).toFixed(3);
  }

  scene(number: number, title: string, lines: readonly string[]): void {
    const rule = '─'.repeat(Math.max(3, WIDTH - title.length - 5));
    const text = `\n── ${number} ${title} ${rule}\n${lines.map((line) => `   ${line}\n`).join('')}`;
    this.#put(text, { event: 'scene', number, title, text: lines.join(' ') });
  }

  /** `text` is what people read, `event` what programs read. */
  say(text: string, event: TaleEvent): void {
    this.#put(`${this.seconds().padStart(9)}  ${text}`, event);
  }

  /** A line without a time, as it is. */
  show(text: string, event: TaleEvent): void {
    this.#put(text, event);
  }

  /** One line for people that stands for several events. */
  showEach(text: string, events: readonly TaleEvent[]): void {
    if (!this.#json) this.#out.write(`${text}\n`);
    else for (const event of events) this.#put('', event);
  }

  /** A claim of the story, and whether it was found to be so. */
  check(claim: string, holds: boolean, facts: Readonly<Record<string, unknown>> = {}): void {
    this.#checked += 1;
    if (!holds) this.#failed += 1;
    const mark = holds ? '✓' : '✗ NOT SO:';
    const shown = holds ? '' : `  ${JSON.stringify(facts)}`;
    this.#put(`${' '.repeat(11)}${mark} ${claim}${shown}`, {
      event: 'checked',
      claim,
      holds,
      ...facts,
    });
  }

  #put(text: string, event: TaleEvent): void {
    const { event: name, ...rest } = event;
    const line = JSON.stringify({ s: Number(this.seconds()), event: name, ...rest });
    this.#out.write(`${this.#json ? line : text}\n`);
  }
}
