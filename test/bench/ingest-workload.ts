/** A fleet and its payments, built and signed before any clock starts. */
import { createHash } from 'node:crypto';
import { AgentSession } from '@atomicity/client/agent-session';
import { keyPairFromSeed } from '@atomicity/client/key-pair';
import { certifyNoteKey } from '@atomicity/client/note-keys';
import { agreeEdge, delegateKey, type Party } from '@atomicity/client/party';
import { delegateBudget, statePolicy } from '@atomicity/client/principal-session';
import { ProviderSession } from '@atomicity/client/provider-session';
import type { DrawNonce, SignedObject } from '@atomicity/client/signer';
import { amount } from '@atomicity/kernel/units/amount';
import { type Denomination, parseDenomination } from '@atomicity/kernel/units/denomination';
import { nonceFromBytes } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';

const DAY = 86_400_000;

/** Bytes that follow from the seed and a label alone. */
const bytesOf = (seed: number, label: string): Uint8Array =>
  createHash('sha256').update(`ingest ${seed} ${label}`).digest();

function partyOf(seed: number, name: string): Party {
  const identity = keyPairFromSeed(bytesOf(seed, `${name} identity`));
  return {
    id: identity.id,
    identity,
    nextIdentity: keyPairFromSeed(bytesOf(seed, `${name} next`)).id,
    key: keyPairFromSeed(bytesOf(seed, `${name} key`)),
    noteSecret: bytesOf(seed, `${name} notes`),
  };
}

export type Lane = {
  readonly agent: Party;
  /** Objects in the order in which the book must see them. */
  readonly payments: readonly SignedObject[];
};

export type Workload = {
  readonly introductions: readonly { readonly party: Party; readonly object: SignedObject }[];
  readonly setup: readonly SignedObject[];
  readonly principal: Party;
  readonly lanes: readonly Lane[];
  /** Ed25519 signatures that the ledger must verify for one note. */
  readonly signaturesEach: number;
};

export type WorkloadSize = {
  readonly lanes: number;
  /** Notes of each lane: at most 1,024, and 64 where they are batches. */
  readonly notes: number;
  /** Payments under each note: 1 for single notes, 2 … 16 for batches. */
  readonly items: number;
};

/** Agents that each have `notes` notes held and finalized, under one budget each. */
export function buildWorkload(
  seed: number,
  { lanes: laneCount, notes, items }: WorkloadSize,
  origin: string,
  now: number,
): Workload {
  let drawn = 0;
  const draw: DrawNonce = () => nonceFromBytes(bytesOf(seed, `nonce ${drawn++}`).subarray(0, 16));
  const denomination = parseDenomination('USD/6');
  if (denomination === undefined) throw new Error('denomination');
  const principal = partyOf(seed, 'principal');
  const provider = partyOf(seed, 'provider');
  const agents = Array.from({ length: laneCount }, (_, i) => partyOf(seed, `agent ${i}`));
  const window = { notBefore: now - DAY, expiresAt: now + 30 * DAY };
  const introductions = [principal, provider, ...agents].map((party) => ({
    party,
    object: delegateKey(party, ['party'], window, draw),
  }));
  const terms = {
    denomination,
    limit: amount(10n ** 15n),
    expiresAt: unixMs(now + 30 * DAY),
    rateBps: 0,
    graceMs: 0,
    haircutBps: 0,
  };
  const edge = agreeEdge(provider, principal, terms, amount(0n), draw);
  const setup: SignedObject[] = [edge];
  const lanes = agents.map((agent) => {
    const budget = budgetOf(
      principal,
      agent,
      { denomination, now, tier: items > 1 ? 64 : 1024 },
      draw,
    );
    setup.push(budget, statePolicy(principal, budget.body, draw));
    const session = new AgentSession({ agent, budget: budget.body, origin, draw });
    const seller = new ProviderSession({ party: provider, draw });
    setup.push(certifyNoteKey(agent, provider.id, session.period, draw));
    setup.push(certifyNoteKey(provider, agent.id, session.period, draw));
    const objects: SignedObject[] = [];
    for (let i = 0; i < notes; i++) {
      const prices = Array.from({ length: items }, (_, j) => amount(BigInt(1 + ((i + j) % 997))));
      const offer = { denomination, expiresAt: unixMs(now + DAY), description: 'inference' };
      const quote =
        items > 1
          ? seller.quoteBatch({ ...offer, prices })
          : seller.quote({ ...offer, amount: prices[0] ?? amount(0n) });
      const batch = prices.map((spend) => ({ spend, stepMs: 50 }));
      const voucher = session.authorize({
        intent: quote,
        edge: edge.id,
        payeeNoteKey: seller.noteKeyFor(agent.id, session.period),
        at: unixMs(now),
        expiresAt: unixMs(now + DAY / 2),
        task: null,
        ...(items > 1 ? { items: batch } : {}),
      });
      objects.push(quote, voucher, seller.receipt(voucher, agent.id, unixMs(now)));
    }
    return { agent, payments: objects };
  });
  return { introductions, setup, principal, lanes, signaturesEach: 5 };
}

function budgetOf(
  principal: Party,
  agent: Party,
  terms: { readonly denomination: Denomination; readonly now: number; readonly tier: 64 | 1024 },
  draw: DrawNonce,
) {
  const { denomination, now, tier } = terms;
  const cap = amount(10n ** 12n);
  return delegateBudget(
    principal,
    agent.id,
    {
      denomination,
      cap,
      windowStart: unixMs(now - DAY),
      windowEnd: unixMs(now + DAY),
      categories: [{ name: 'inference', ceiling: amount(10n ** 6n), cap }],
      payees: [],
      defaultCategory: 0,
      tier,
      parent: null,
    },
    draw,
  );
}
