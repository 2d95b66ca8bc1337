/** The audit world with a fleet at work in it: two attested periods with every ending of a note. */

import type { JsonValue } from '@atomicity/kernel/codec/canonical-json';
import { fieldToHex } from '@atomicity/kernel/codec/field';
import type { BatchItem } from '@atomicity/kernel/note/batch-commitment';
import type { PeriodParts } from '@atomicity/kernel/period/period-digest';
import { periodHash } from '@atomicity/kernel/period/period-hash';
import { type SummaryOpening, summaryCommitment } from '@atomicity/kernel/period/summary';
import { budget, certificate, delegation, edge, policy } from '@atomicity/kernel/testing/accounts';
import { attestation, pairClose, periodClose } from '@atomicity/kernel/testing/closes';
import { granted, intent, receipt, voidReceipt, voucher } from '@atomicity/kernel/testing/payments';
import {
  AGENT,
  type Change,
  CLOUD,
  GPU,
  HOUR,
  PARTIES,
  PRINCIPAL,
  type TestParty,
} from '@atomicity/kernel/testing/world';
import { amount } from '@atomicity/kernel/units/amount';
import type { FieldHex, Hash, PartyId } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import type { Groth16Proof, PublicSignals } from '@atomicity/kernel/wire/objects';
import { AuditWorld } from './audit-world.ts';
import type { ForgedSetup } from './forged-setup.ts';

/** Who proves a period: given its parts and the signals as the book knows them, all but the summary. */
export type Attestor = {
  readonly hash: Hash;
  readonly key: JsonValue;
  readonly prove: (
    parts: PeriodParts,
    draft: PublicSignals,
  ) => Promise<{ readonly publicSignals: PublicSignals; readonly proof: Groth16Proof }>;
};

export type Ending = 'spent' | 'void' | 'open';

export class FleetWorld extends AuditWorld {
  readonly budget: Hash;
  readonly edges: ReadonlyMap<PartyId, Hash>;
  readonly principal: TestParty;
  /** What the summaries of the attested periods hide, by index. */
  readonly openings = new Map<number, SummaryOpening>();

  constructor(
    options: {
      readonly seed?: string;
      readonly setup?: ForgedSetup;
      readonly budget?: Change<'BudgetDelegation'>;
      readonly limit?: bigint;
    } = {},
  ) {
    super(options.seed, options.setup);
    this.principal = PRINCIPAL;
    const limit = amount(options.limit ?? 1_000n);
    const limits = { limitA: limit, limitB: limit };
    this.accept(...PARTIES.map((party) => delegation(this.world, party)));
    const edges = [GPU, CLOUD].map(
      (payee) => [payee.id, edge(this.world, AGENT, payee, limits)] as const,
    );
    this.accept(...edges.map(([, object]) => object));
    this.edges = new Map(edges.map(([payee, object]) => [payee, object.id]));
    const delegated = budget(this.world, options.budget);
    this.budget = delegated.body.budget;
    this.accept(delegated, policy(this.world, delegated));
    this.certify(0);
  }

  period(index: number): Hash {
    return periodHash(this.budget, index);
  }

  /** Note keys of the agent and both providers for a period. */
  certify(index: number): void {
    for (const payee of [GPU, CLOUD]) {
      this.accept(
        certificate(this.world, AGENT, payee, this.period(index)),
        certificate(this.world, payee, AGENT, this.period(index)),
      );
    }
  }

  private edgeTo(payee: TestParty): Hash {
    const id = this.edges.get(payee.id);
    if (id === undefined) throw new Error('no edge');
    return id;
  }

  /** A batch note of payments under the budget, 5 ms apart, by the book's clock. */
  payBatch(payee: TestParty, spends: readonly bigint[], ending: Ending = 'spent'): void {
    const items = spends.map((spend) => ({ spend: amount(spend), stepMs: 5 }));
    const value = spends.reduce((sum, spend) => sum + spend, 0n);
    this.pay(payee, value, ending, 0n, items);
  }

  /** One payment under the budget, by the book's clock; with `items` a batch note of it. */
  pay(
    payee: TestParty,
    value: bigint,
    ending: Ending = 'spent',
    fee = 0n,
    items: readonly BatchItem[] | null = null,
  ): void {
    const asked = intent(this.world, payee, value);
    this.accept(asked);
    const at = this.book.now;
    const terms = { at, expiresAt: unixMs(at + HOUR), fee: amount(fee), grants: { items } };
    const held = granted(this.world, this.state, asked, this.edgeTo(payee), this.budget, terms);
    this.accept(held);
    if (ending === 'spent') this.accept(receipt(this.world, this.state, held, { at }));
    if (ending === 'void') this.accept(voidReceipt(this.world, held));
  }

  /** One payment on the edge alone, outside any budget. */
  payPlain(payee: TestParty, value: bigint): void {
    const asked = intent(this.world, payee, value);
    const at = this.book.now;
    const held = voucher(this.world, asked, this.edgeTo(payee), AGENT, {
      at,
      expiresAt: unixMs(at + HOUR),
    });
    this.accept(asked, held);
    this.accept(receipt(this.world, this.state, held, { at }));
  }

  advance(ms: number): void {
    this.book.now = unixMs(this.book.now + ms);
  }

  closePair(payee: TestParty, index: number): void {
    this.accept(pairClose(this.world, this.state, this.period(index), payee));
  }

  close(final = false): void {
    this.accept(periodClose(this.world, this.state, this.budget, { final }));
  }

  /** Attests a closed period over a checkpoint of its own; by default with the world's setup. */
  async attest(index: number, attestor: Attestor = this.forger(index)): Promise<void> {
    await this.checkpoint();
    const firstTreeSize = this.firstHoldOf(this.period(index));
    const change = { firstTreeSize, lastTreeSize: this.size, lastRoot: this.root() };
    const draft = attestation(this.world, this.state, this.budget, index, { parts: change });
    const { parts } = draft.body;
    const { publicSignals, proof } = await attestor.prove(parts, draft.body.publicSignals);
    this.usedKeys.set(attestor.hash, attestor.key);
    const verificationKeyHash = attestor.hash;
    const made = { parts, publicSignals, proof, verificationKeyHash };
    this.accept(attestation(this.world, this.state, this.budget, index, made));
  }

  /** "Proves" whatever the book counted, with the world's setup, whose trapdoor is known. */
  private forger(index: number): Attestor {
    const { hash, key, prove } = this.setup;
    return {
      hash,
      key,
      prove: async (_parts, draft) => {
        const [leaves, tokens, , policyDigest, periodDigest, nullifier] = draft;
        const summary = this.summary(index, draft);
        const publicSignals: PublicSignals = [
          leaves,
          tokens,
          summary,
          policyDigest,
          periodDigest,
          nullifier,
        ];
        return { publicSignals, proof: prove(publicSignals) };
      },
    };
  }

  private firstHoldOf(period: Hash): number {
    const index = this.book.events.findIndex(
      (event) => event.type === 'HoldPlaced' && event.data.grant?.period === period,
    );
    return index < 0 ? this.size : index;
  }

  private summary(index: number, signals: PublicSignals): FieldHex {
    const closed = this.state.periods.get(this.period(index))?.closed;
    const [, , , policyDigest, periodDigest, nullifier] = signals;
    if (!closed) throw new Error('not closed');
    const eight = (values: readonly (typeof closed.periodTotals.total)[]) =>
      Array.from({ length: 8 }, (_, i) => values[i] ?? amount(0n));
    const opening: SummaryOpening = {
      policyDigest,
      periodDigest,
      nullifier,
      periodTotal: closed.periodTotals.total,
      cumulativeTotal: closed.cumulativeTotals.total,
      count: closed.count,
      firstAt: closed.firstAt,
      lastAt: closed.lastAt,
      categoryTotals: eight(closed.periodTotals.categories),
      cumulativeCategoryTotals: eight(closed.cumulativeTotals.categories),
      salt: this.world.nonce(),
    };
    this.openings.set(index, opening);
    return fieldToHex(summaryCommitment(opening));
  }

  /** The trust file under which every claim of this world can hold. */
  trustFile(change: Record<string, unknown> = {}): string {
    return JSON.stringify({
      v: 1,
      logs: [{ origin: this.source().origin, key: this.logKey }],
      principals: [this.principal.id],
      verificationKeys: [{ hash: this.setup.hash, ceremony: 'production' }],
      bitcoin: { blocks: this.blocks },
      ...change,
    });
  }
}

/** Two periods: spent, void, lapsed and unspent notes in the first, one spent in the second. */
export async function fleetWorld(options: ConstructorParameters<typeof FleetWorld>[0] = {}) {
  const world = new FleetWorld(options);
  world.pay(GPU, 11n);
  world.pay(CLOUD, 12n, 'spent', 1n);
  world.advance(1_000);
  world.pay(GPU, 13n, 'void');
  world.pay(GPU, 14n, 'open');
  world.pay(CLOUD, 15n, 'open');
  world.pay(GPU, 16n);
  world.advance(HOUR);
  world.lapse();
  world.closePair(GPU, 0);
  world.close();
  await world.attest(0);
  world.certify(1);
  world.pay(CLOUD, 17n);
  world.close(true);
  await world.attest(1);
  await world.checkpoint();
  world.anchor();
  return world;
}
