import { nameMissedWindow } from '@atomicity/kernel/evidence/missed-window';
import type { Hash, Nonce } from '@atomicity/kernel/units/id';
import type { VerifiedObject } from '@atomicity/kernel/wire/verified';
import { law, type RunFacts } from './facts.ts';

/** What absence alone explains: a node that was down, or whose user did not sign. */
const ABSENCE: ReadonlySet<string> = new Set(['absent_at_deadline', 'window_let_pass']);

/** The part that an object is about, if it is evidence. */
function partOf({ body }: VerifiedObject): { intent: Hash; part: Nonce } | undefined {
  if (body.type === 'HopReceipt') return { intent: body.intent, part: body.part };
  if (body.type !== 'CapacityVoucher' || body.route === null) return undefined;
  return { intent: body.intent, part: body.route.part };
}

type Case = {
  readonly intent: Hash;
  readonly part: Nonce;
  readonly objects: Map<Hash, VerifiedObject>;
};

/**
 * A stranger who has seen every message judges each part by the product's own certificate rules.
 * The law it is there for: an honest hop is never named.
 */
export class Stranger {
  readonly #facts: RunFacts;
  readonly #cases = new Map<string, Case>();

  constructor(facts: RunFacts) {
    this.#facts = facts;
  }

  sees(object: VerifiedObject): void {
    const about = partOf(object);
    if (about === undefined) return;
    const key = `${about.intent}/${about.part}`;
    const known = this.#cases.get(key) ?? { ...about, objects: new Map() };
    known.objects.set(object.id, object);
    this.#cases.set(key, known);
  }

  /** How often each fault was found, after checking that no honest hop is named for it. */
  judge(mayBeAbsent: (party: string) => boolean): ReadonlyMap<string, number> {
    const found = new Map<string, number>();
    for (const { intent, part, objects } of this.#cases.values()) {
      const verdict = nameMissedWindow({ intent, part, objects: [...objects.values()] });
      if (verdict.kind !== 'named') continue;
      for (const { hop, fault } of verdict.named) {
        const node = this.#facts.nodeOfParty.get(hop);
        const isHonest = node?.isHonest ?? false;
        law(
          !isHonest || (ABSENCE.has(fault) && mayBeAbsent(hop)),
          'an honest hop is never named',
          () => `${node?.name} for ${fault} in ${intent}/${part}`,
        );
        found.set(`named ${fault}`, (found.get(`named ${fault}`) ?? 0) + 1);
      }
    }
    return found;
  }
}
