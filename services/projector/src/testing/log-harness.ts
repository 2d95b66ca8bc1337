import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeNoteSigner } from '@atomicity/event-log/checkpoint/node-signer';
import type { EventStore, NewEvent } from '@atomicity/event-log/port';
import { openSequencer, type Sequencer } from '@atomicity/event-log/sequencer/sequencer';
import type { StreamId } from '@atomicity/kernel/units/id';
import { Projection } from '../projection.ts';
import { Projector, type ProjectorOptions } from '../projector.ts';
import { ORIGIN } from './book-world.ts';

/** A store with its sequencer and a projector over them, in a temporary folder. */
export class LogHarness {
  readonly directory: string;
  readonly store: EventStore;
  readonly order: Sequencer;
  projector: Projector;
  readonly #options: Partial<ProjectorOptions>;
  #revision = new Map<string, number>();

  private constructor(
    directory: string,
    store: EventStore,
    order: Sequencer,
    options: Partial<ProjectorOptions>,
  ) {
    this.directory = directory;
    this.store = store;
    this.order = order;
    this.#options = options;
    this.projector = this.#open();
  }

  static async open(
    makeStore: (directory: string) => Promise<EventStore> | EventStore,
    options: Partial<ProjectorOptions> = {},
  ): Promise<LogHarness> {
    const directory = mkdtempSync(join(tmpdir(), 'atomicity-projector-'));
    const store = await makeStore(directory);
    const signer = nodeNoteSigner(ORIGIN, new Uint8Array(32).fill(7));
    const order = await openSequencer({ store, directory: join(directory, 'order'), signer });
    return new LogHarness(directory, store, order, options);
  }

  get projectionPath(): string {
    return join(this.directory, 'projection.sqlite');
  }

  #open(): Projector {
    const projection = new Projection(this.projectionPath, ORIGIN);
    const { store, order } = this;
    const projector = new Projector({ projection, store, order, ...this.#options });
    projector.start();
    return projector;
  }

  /** Appends in batches of up to `batch` events; the failures of a store under test are retried. */
  async append(stream: string, events: readonly NewEvent[], batch = 7): Promise<void> {
    for (let start = 0; start < events.length; start += batch) {
      const part = events.slice(start, start + batch);
      const revision = this.#revision.get(stream) ?? -1;
      const result = await this.store.append(stream as StreamId, revision, part);
      if (!('nextRevision' in result)) throw new Error(`not appended: ${result.kind}`);
      this.#revision.set(stream, result.nextRevision - 1);
    }
  }

  /** Waits until the projector has seen everything appended. */
  async settled(): Promise<void> {
    const size = await this.order.catchUp();
    if (await this.projector.waitForIndex(size - 1, 30_000)) return;
    throw new Error('never projected', { cause: this.projector.failure });
  }

  /** Stops the projector and opens it again from its file. */
  async restart(): Promise<void> {
    await this.projector.stop();
    this.projector.projection.close();
    this.projector = this.#open();
  }

  /** Every file of the projection whose bytes hold the text. */
  filesHolding(text: string | Buffer): string[] {
    return readdirSync(this.directory).filter(
      (name) =>
        name.startsWith('projection.sqlite') &&
        readFileSync(join(this.directory, name)).includes(text),
    );
  }

  async close(): Promise<void> {
    await this.projector.stop();
    this.projector.projection.close();
    await this.order.close();
    await this.store.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
