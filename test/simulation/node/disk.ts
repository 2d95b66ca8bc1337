import type { NewEvent } from '@atomicity/event-log/port';
import type { Hash } from '@atomicity/kernel/units/id';
import type { Journal, JournalKind } from '@atomicity/router/ports';
import { memoryShareStore } from '@atomicity/router/sharing/memory-share-store';

/** What becomes of one append: `dies_after` is durable though nobody is told. */
export type AppendFate = 'durable' | 'dies_before' | 'dies_after';

/**
 * A node's disk: the one thing that outlives a crash. An append is wholly there or not at all, as
 * the contract of the event store says. Full, it refuses.
 */
export class Disk {
  readonly #events: NewEvent[] = [];
  readonly #byId = new Map<Hash, NewEvent>();
  readonly #notes = new Map<string, { readonly key: string; readonly text: string }>();
  isFull = false;
  /** True: the last append is gone after a crash, whatever was said of it. */
  lies = false;
  #lastCount = 0;
  /** How far neighbours have got with what is shared. */
  readonly shares = memoryShareStore();

  get events(): readonly NewEvent[] {
    return this.#events;
  }

  find(eventId: Hash): NewEvent | undefined {
    return this.#byId.get(eventId);
  }

  /** @throws Error while the disk is full; nothing is appended then. */
  append(events: readonly NewEvent[]): void {
    if (events.length === 0) return;
    if (this.isFull) throw new Error('no space left on device');
    this.#events.push(...events);
    this.#lastCount = events.length;
    for (const event of events) this.#byId.set(event.eventId, event);
  }

  /** The node has crashed. */
  crash(): void {
    if (!this.lies) return;
    for (const { eventId } of this.#events.splice(-this.#lastCount)) this.#byId.delete(eventId);
    this.#lastCount = 0;
  }

  /** The agent's notes. @throws Error while the disk is full. */
  journal(): Journal {
    const place = (kind: JournalKind, key: string) => `${kind} ${key}`;
    return {
      put: (kind, key, text) => {
        if (this.isFull) throw new Error('no space left on device');
        this.#notes.set(place(kind, key), { key, text });
      },
      get: (kind, key) => this.#notes.get(place(kind, key))?.text,
      all: (kind) =>
        [...this.#notes].filter(([name]) => name.startsWith(`${kind} `)).map(([, note]) => note),
      drop: (kind, key) => {
        this.#notes.delete(place(kind, key));
      },
    };
  }
}
