import { setTimeout as pause } from 'node:timers/promises';
import { NodeClient } from '@atomicity/client/node-client';
import {
  isJsonObject,
  type JsonObject,
  parseAnyJson,
} from '@atomicity/kernel/codec/canonical-json';
import { dataDirAt, nodeConfig } from '../compose/data-dir.ts';
import { operatorOf } from '../compose/operator.ts';
import { type Cast, NAMES, type Name, nameOf } from './cast.ts';
import type { Player } from './player.ts';

/** A hop that changed its state in somebody's book, by the clock of that book. */
export type HopChange = {
  readonly at: number;
  readonly book: Name;
  readonly intent: string;
  readonly part: string;
  readonly voucher: string;
  readonly from: string;
  readonly to: string;
  readonly before: string;
  readonly after: string;
  readonly amount: string;
  readonly fee: string;
  readonly why: string | null;
};

const POLL_MS = 40;

/** The state that an event leaves a hop in; none for events of other kinds. */
const AFTER: Readonly<Record<string, string>> = {
  HopHeld: 'held',
  HopCommitted: 'active*',
  HopClaimed: 'claimed',
  HopConfirmed: 'confirmed',
  HopActivated: 'active',
  HopLapsed: 'lapsed',
};

type Seen = { readonly after: string; readonly data: JsonObject };

/**
 * Events may come into view so much later than they happened: changes are told when nothing older
 * can come, in the order of the books' clocks, which here are one.
 */
const LATE_MS = 120;

/** Reads the logs of all nodes as their operators may, and tells every change of a hop once. */
export class Watch {
  readonly #cast: Cast;
  readonly #tell: (changes: readonly HopChange[]) => void;
  readonly #untold: HopChange[] = [];
  readonly #changes: HopChange[] = [];
  readonly #types = new Map<string, number>();
  readonly #seen = new Map<string, Seen>();
  readonly #next = new Map<Name, number>();
  readonly #clients = new Map<Name, NodeClient>();
  #stopped = false;
  #toldUntil = 0;
  #running: Promise<void> = Promise.resolve();

  /** `tell` is called with changes in order; those of one call belong together. */
  constructor(cast: Cast, tell: (changes: readonly HopChange[]) => void) {
    this.#cast = cast;
    this.#tell = tell;
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  /** All changes so far of one intent. */
  of(intent: string): readonly HopChange[] {
    return this.#changes.filter((change) => change.intent === intent);
  }

  /** The state in which each book has each hop of an intent now, as `Bob Alice→Bob: held`. */
  states(intent: string): readonly string[] {
    const last = new Map<string, HopChange>();
    for (const change of this.of(intent)) last.set(`${change.book} ${change.voucher}`, change);
    return [...last.values()]
      .map(({ book, from, to, after }) => `${book} ${from}→${to}: ${after}`)
      .sort();
  }

  /** How many events of a type all books hold. */
  count(type: string): number {
    return this.#types.get(type) ?? 0;
  }

  /** Types of events that were seen, anywhere. */
  types(): readonly string[] {
    return [...this.#types.keys()].sort();
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const begun = Date.now();
      const found = await Promise.all(NAMES.map((name) => this.#read(this.#cast[name], name)));
      const changes = found.flat();
      this.#changes.push(...changes);
      this.#untold.push(...changes);
      this.#tellUntil(begun - LATE_MS);
      await pause(POLL_MS);
    }
    this.#tellUntil(Number.POSITIVE_INFINITY);
  }

  #tellUntil(time: number): void {
    this.#untold.sort((one, other) => one.at - other.at);
    const next = this.#untold.findIndex(({ at }) => at > time);
    const ripe = this.#untold.splice(0, next < 0 ? this.#untold.length : next);
    if (ripe.length > 0) this.#tell(ripe);
    this.#toldUntil = Math.max(this.#toldUntil, time);
  }

  /** Resolves when everything that has happened until now has been told. */
  async caughtUp(): Promise<void> {
    const now = Date.now();
    while (this.#toldUntil < now && !this.#stopped) await pause(POLL_MS);
  }

  /** Everything new in one log; nothing while the node is down. */
  async #read(player: Player, name: Name): Promise<readonly HopChange[]> {
    const changes: HopChange[] = [];
    for (;;) {
      const index = this.#next.get(name) ?? 0;
      const event = await this.#event(player, name, index);
      if (event === undefined) return changes;
      this.#next.set(name, index + 1);
      changes.push(...this.#changesOf(name, event));
    }
  }

  async #event(player: Player, name: Name, index: number): Promise<JsonObject | undefined> {
    if (!player.isUp) return undefined;
    try {
      return await this.#clientOf(player, name).get(`/v1/events/${index}`);
    } catch {
      // Not there yet, or the node is on its way down or up.
      return undefined;
    }
  }

  #clientOf(player: Player, name: Name): NodeClient {
    const known = this.#clients.get(name);
    if (known !== undefined) return known;
    const dir = dataDirAt(player.dataDir);
    const { key } = operatorOf(dir, nodeConfig(dir));
    const client = new NodeClient({ baseUrl: player.url, key, retriesMax: 0, timeoutMs: 2_000 });
    this.#clients.set(name, client);
    return client;
  }

  #changesOf(book: Name, { envelope, payload }: JsonObject): readonly HopChange[] {
    const { type, at } = objectOf(envelope);
    const data = objectOf(objectOf(payload)['data']);
    if (typeof type !== 'string' || typeof at !== 'number') return [];
    this.#types.set(type, (this.#types.get(type) ?? 0) + 1);
    if (type === 'DeliveryFinalized') return this.#delivered(book, data, at);
    const after = AFTER[type];
    return after === undefined ? [] : [this.#change(book, data, after, at)];
  }

  #delivered(book: Name, data: JsonObject, at: number): readonly HopChange[] {
    const parts = Array.isArray(data['parts']) ? data['parts'].filter(isJsonObject) : [];
    return parts.flatMap(({ voucher }) => {
      const seen = this.#seen.get(`${book} ${voucher}`);
      return seen === undefined ? [] : [this.#change(book, seen.data, 'active', at)];
    });
  }

  #change(book: Name, data: JsonObject, after: string, at: number): HopChange {
    const text = (name: string) => String(data[name] ?? '');
    const place = `${book} ${text('voucher')}`;
    const before = this.#seen.get(place)?.after ?? 'available';
    this.#seen.set(place, { after, data: this.#seen.get(place)?.data ?? data });
    const reasons = new Set([text('why'), text('reason')]);
    const why = after === 'lapsed' ? [...reasons].join(', ') : null;
    return {
      at,
      book,
      intent: text('intent'),
      part: text('part'),
      voucher: text('voucher'),
      from: nameOf(this.#cast, text('from')),
      to: nameOf(this.#cast, text('to')),
      before,
      after,
      amount: text('amount'),
      fee: text('fee'),
      why,
    };
  }
}

function objectOf(value: unknown): JsonObject {
  const parsed = typeof value === 'string' ? parseAnyJson(value)?.value : value;
  return isJsonObject(parsed as JsonObject) ? (parsed as JsonObject) : {};
}
