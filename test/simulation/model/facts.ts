/** What the model knows of a run besides what it sees: plain data, in its own words. */

export type PolicyFacts = {
  readonly hop: string;
  readonly feeBps: bigint;
  readonly feeFlat: bigint;
};

export type EdgeFacts = {
  readonly edge: string;
  readonly a: string;
  readonly b: string;
  readonly denomination: string;
  /** How much b may owe a, and a may owe b. */
  readonly limitA: bigint;
  readonly limitB: bigint;
};

export type IntentFacts = {
  readonly intent: string;
  readonly receiver: string;
  readonly amount: bigint;
  readonly minDeliverable: bigint;
};

export type OrderFacts = {
  readonly intent: string;
  readonly payer: string;
  readonly amount: bigint;
  readonly maxFee: bigint;
  readonly maxProbeSpend: bigint;
};

export type NodeFacts = {
  readonly name: string;
  readonly party: string;
  readonly marginMs: number;
  readonly isHonest: boolean;
  /** When the node's clock shows a local time, true ms from the start of the run. */
  readonly trueMs: (localMs: number) => number;
};

/** Two ends talk less than this part of a window: a claim may have come too late. */
export type RunFacts = {
  readonly nodes: ReadonlyMap<string, NodeFacts>;
  /** By party. */
  readonly nodeOfParty: ReadonlyMap<string, NodeFacts>;
  readonly edges: ReadonlyMap<string, EdgeFacts>;
  readonly policies: ReadonlyMap<string, PolicyFacts>;
  readonly intents: Map<string, IntentFacts>;
  readonly orders: Map<string, OrderFacts>;
  /** No fault of the run lasts as long as a margin. */
  readonly withinMargin: boolean;
  /** True time now, ms. */
  readonly nowMs: () => number;
  /** Time inside a window, true ms, in which faults kept two nodes apart. */
  readonly impairedMs: (one: string, other: string, fromMs: number, toMs: number) => number;
};

/** A law of the protocol that a run broke. */
export class LawBroken extends Error {
  override readonly name = 'LawBroken';
  readonly law: string;

  constructor(law: string, detail: string) {
    super(`${law}: ${detail}`);
    this.law = law;
  }
}

/** Throws `LawBroken` unless the condition holds. */
export function law(condition: boolean, name: string, detail: () => string): asserts condition {
  if (!condition) throw new LawBroken(name, detail());
}
