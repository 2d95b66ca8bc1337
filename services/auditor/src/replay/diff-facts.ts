/** What the auditor keeps of an event until a batch ends: no more than its diffs are collected from. */
import type { DiffEvent, DiffFacts } from '@atomicity/kernel/state-diff/collect-diffs';

/**
 * Cuts events down to their facts and holds each text once, however many events name it: a log may go on
 * for long without a batch.
 */
export class FactKeeper {
  private readonly texts = new Map<string, string>();

  /** The one copy of a text. */
  kept<T extends string>(text: T): T {
    const before = this.texts.get(text);
    if (before === undefined) this.texts.set(text, text);
    return (before ?? text) as T;
  }

  private legs<T extends { readonly party: string; readonly edge?: string }>(
    legs: readonly T[],
  ): readonly T[] {
    return legs.map((leg) => ({
      ...leg,
      party: this.kept(leg.party),
      ...(leg.edge === undefined ? {} : { edge: this.kept(leg.edge) }),
    }));
  }

  factsOf({ type, data }: DiffEvent): DiffFacts {
    switch (type) {
      case 'EdgeOpened':
      case 'EdgeLimitChanged':
        return { type, data } as DiffFacts;
      case 'EdgeDisputed':
        return { type, data: { edge: this.kept(data.edge) } };
      case 'DeliveryFinalized':
      case 'CreditReassigned':
        return { type, data: { legs: this.legs(data.legs) } };
      default:
        return { type, data: { edge: this.kept(data.edge), legs: this.legs(data.legs) } };
    }
  }
}
