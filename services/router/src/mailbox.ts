import type { PartyId } from '@atomicity/kernel/units/id';
import type { PeerAnswer } from './ports.ts';

export type MailboxOptions = {
  /** Objects of one message. */
  readonly objectsMax: number;
  /** Messages to one peer that are under way at once; beyond them, objects gather. */
  readonly messagesMax: number;
  /** Carries one message over. @throws (rejects) when its outcome is unknown. */
  readonly carry: (
    to: PartyId,
    objects: readonly string[],
    kinds: readonly string[],
  ) => Promise<PeerAnswer>;
};

/** What goes to one peer in one message, whatever else goes with it. */
type Parcel = {
  readonly objects: readonly string[];
  readonly kind: string;
  readonly resolve: (answer: PeerAnswer) => void;
  readonly reject: (error: unknown) => void;
};

type Box = { underWay: number; readonly waiting: Parcel[] };

/**
 * Puts objects for one peer into common messages. As long as few are under way each leaves at once, alone;
 * what comes meanwhile leaves together, in order, when a message has been answered. A message that
 * fails fails for everybody in it.
 */
export class Mailbox {
  readonly #options: MailboxOptions;
  readonly #boxes = new Map<PartyId, Box>();

  constructor(options: MailboxOptions) {
    this.#options = options;
  }

  /**
   * Sends objects, none for a ping. Resolves with the answers to these objects alone, in their order.
   * @throws what `carry` throws for the message that they were in.
   */
  send(to: PartyId, objects: readonly string[], kind: string): Promise<PeerAnswer> {
    const box = this.#boxes.get(to) ?? { underWay: 0, waiting: [] };
    this.#boxes.set(to, box);
    const { promise, resolve, reject } = Promise.withResolvers<PeerAnswer>();
    box.waiting.push({ objects, kind, resolve, reject });
    this.#next(to, box);
    return promise;
  }

  #next(to: PartyId, box: Box): void {
    if (box.underWay >= this.#options.messagesMax) return;
    const parcels = this.#take(box.waiting);
    if (parcels.length === 0) {
      if (box.underWay === 0) this.#boxes.delete(to);
      return;
    }
    box.underWay += 1;
    void this.#carry(to, parcels).finally(() => {
      box.underWay -= 1;
      this.#next(to, box);
    });
  }

  /** The next parcels in order, as many as one message takes; one that is too large goes alone. */
  #take(waiting: Parcel[]): readonly Parcel[] {
    let count = 0;
    let objects = 0;
    for (const parcel of waiting) {
      objects += parcel.objects.length;
      if (count > 0 && objects > this.#options.objectsMax) break;
      count += 1;
    }
    return waiting.splice(0, count);
  }

  async #carry(to: PartyId, parcels: readonly Parcel[]): Promise<void> {
    const objects = parcels.flatMap((parcel) => parcel.objects);
    const kinds = [...new Set(parcels.map(({ kind }) => kind))];
    try {
      const { answers, clock } = await this.#options.carry(to, objects, kinds);
      let from = 0;
      for (const parcel of parcels) {
        const end = from + parcel.objects.length;
        parcel.resolve({ answers: answers.slice(from, end), clock });
        from = end;
      }
    } catch (error) {
      for (const { reject } of parcels) reject(error);
    }
  }
}
