/** Scenes 1 to 4: the fleet trades, three fail, the rest settle in one transaction. */
import { FAILURE_CODES, type FailureCode } from '@atomicity/kernel/fleet/failure-codes';
import { table } from '../cli/table.ts';
import { required } from './cast.ts';
import { holdStatus, openDispute, payTooLate } from './mishaps.ts';
import { totalOf } from './orders.ts';
import { caughtUp, dollars, planOf, type Stage, skipTo } from './stage.ts';
import { type AgentTrade, closeBudgets, tradeAll } from './trade.ts';

export const FIRST = 1;

/** The principal fixes who may spend how much, and the registry takes its root, before the window. */
export async function openFirstCycle(stage: Stage): Promise<void> {
  const { tale, desk, cast, fleet, chain, signal, phases } = stage;
  const plan = planOf({ fleet, cycle: FIRST }, cast.budgets);
  tale.scene(1, 'One budget for all', [
    `${cast.agents.length} agents share ${dollars(plan.cap)} USD, each at most ${dollars(required(plan.slots[0]).subCap)}.`,
    'The principal registers the root over their slots before the window opens: who may spend how much,',
    'and by which proof each will be held to it. The chain sees the root and a digest of each policy.',
  ]);
  desk.plan(plan);
  const opened = await phases.measure('open', 'register the fleet, open its cycle', async () => {
    await desk.register(fleet, chain.accounts.aggregator.address, signal);
    return await desk.open({ fleet, cycle: FIRST }, signal);
  });
  const view = await stage.registry.cycle({ fleet, cycle: FIRST }, signal);
  tale.say(`cycle 1 is open at the registry, in block ${opened?.block}`, {
    event: 'cycle_opened',
    block: opened?.block ?? null,
    gas: Number(opened?.gasUsed ?? 0n),
    policyRoot: view.policyRoot.toString(16),
  });
  tale.check('the registry holds the cap and the number of slots', view.cap === plan.cap, {
    cap: `${view.cap}`,
    slots: view.slotCount,
  });
  await skipTo(stage, plan.windowStart, 'the start of the window');
}

/** Everybody buys; three of them end badly, each in a way that the ledger records. */
export async function tradeAndFail(stage: Stage): Promise<readonly AgentTrade[]> {
  const { tale, cast, orders, clock, phases, progress } = stage;
  tale.scene(2, `${cast.agents.length} buy, three fail`, [
    'Every payment is a signed hold and a signed receipt in the ledger, with a note for the proof.',
  ]);
  const trades = await phases.measure('trade', 'payments by all agents, through HTTP', () =>
    tradeAll(cast, orders, clock, (done) => progress('trading', done / cast.agents.length)),
  );
  const paid = trades.reduce((sum, trade) => sum + trade.paid.length, 0);
  const spent = trades.reduce((sum, trade) => sum + spentBy(trade), 0n);
  tale.say(`${paid} payments of ${trades.length} agents, ${dollars(spent)} USD`, {
    event: 'traded',
    payments: paid,
    agents: trades.length,
    spent: `${spent}`,
  });
  const at = (slot: number) => required(trades[slot]);
  await openDispute(cast, at(orders.disputed), clock);
  tale.say(`slot ${orders.disputed}: its provider and the principal sign different balances`, {
    event: 'disputed',
    slot: orders.disputed,
  });
  const [silent] = at(orders.stale).unanswered;
  const status = silent === undefined ? 'none' : await holdStatus(silent.provider, silent);
  tale.say(`slot ${orders.stale}: its provider fell silent in the middle of a payment`, {
    event: 'stale',
    slot: orders.stale,
    hold: status,
  });
  tale.check('the payment is neither paid nor given up: its hold stands', status === 'held', {
    status,
  });
  const { start, end } = stage.terms.window;
  await skipTo(stage, (start + end) / 2 + 1_000, 'the end of one credential');
  const reason = await payTooLate(cast, at(orders.expiring).agent, clock);
  tale.say(`slot ${orders.expiring}: its credential ended before its last payment`, {
    event: 'expired',
    slot: orders.expiring,
    reason,
  });
  tale.check('the node refuses the last payment', reason === 'key_expired', { reason });
  return trades;
}

/** What an agent paid. */
export function spentBy({ paid }: AgentTrade): bigint {
  return totalOf(paid.map(({ order }) => order));
}

/** The principal closes the budgets it can, and the node proves each one's spending. */
export async function proveAgents(stage: Stage, trades: readonly AgentTrade[]): Promise<void> {
  const { tale, cast, orders, node, phases, progress, options, terms } = stage;
  const closable = trades
    .filter(({ agent }) => agent.slot !== orders.stale && agent.slot !== orders.expiring)
    .map(({ agent }) => agent);
  tale.scene(3, 'Each agent’s own proof', [
    `The principal closes ${closable.length} budgets; the other two have no end that it could sign.`,
    'One proof an agent: every payment countersigned, none missing, all inside its budget.',
  ]);
  let recorded = 0;
  node.attestation.onProgress(({ step, fraction }) => {
    if (step === 'recorded') recorded += 1;
    const inStep = step === 'proving' ? fraction : 0;
    progress('proving agents', Math.min(1, (recorded + inStep) / closable.length));
  });
  await phases.measure('close', 'closes of the agents’ periods', async () => {
    await closeBudgets(cast, closable);
    await caughtUp(stage);
  });
  await phases.measure('agents’ proofs', `${closable.length} proofs of tier ${options.tier}`, () =>
    node.attestation.attestor.attestPending(),
  );
  await caughtUp(stage);
  const left = node.attestation.pending().length;
  tale.check(`${closable.length} agents are proven to have kept their budgets`, left === 0, {
    left,
  });
  await skipTo(stage, terms.window.end + 2_000, 'the end of the window');
}

/** One proof over the fleet, one transaction. */
export async function settleFleet(stage: Stage, trades: readonly AgentTrade[]): Promise<void> {
  const { tale, desk, fleet, phases, signal, chain, cast } = stage;
  const included = cast.agents.length - 3;
  tale.scene(4, 'One transaction', [
    `The desk asks the ledger how each slot stands, leaves three out, proves the rest at once and`,
    'settles. Whatever the three may have spent stays reserved, at the whole of their sub-budgets.',
  ]);
  const ref = { fleet, cycle: FIRST };
  const { address } = chain.accounts.aggregator;
  const before = await chain.reader.getTransactionCount({ address });
  await phases.measure('fleet proof', `one proof over ${cast.agents.length} slots`, () =>
    desk.prove(ref, signal),
  );
  const receipt = await phases.measure('transaction', 'sent and confirmed', () =>
    desk.settle(ref, signal),
  );
  const sent = (await chain.reader.getTransactionCount({ address })) - before;
  tale.say(`settled in block ${receipt?.block} with ${receipt?.gasUsed} gas`, {
    event: 'settled',
    hash: receipt?.hash ?? null,
    block: receipt?.block ?? null,
    gas: Number(receipt?.gasUsed ?? 0n),
  });
  tale.check(`${included} agents settled in ONE transaction`, sent === 1, { sent });
  await desk.settle(ref, signal);
  const again = (await chain.reader.getTransactionCount({ address })) - before;
  tale.check('asked again, the desk sends nothing', again === 1, { again });
  await checkContract(stage, trades);
}

async function checkContract(stage: Stage, trades: readonly AgentTrade[]): Promise<void> {
  const { tale, desk, fleet, registry, signal, orders, cast } = stage;
  const view = await registry.cycle({ fleet, cycle: FIRST }, signal);
  const codes: readonly (readonly [number, FailureCode])[] = [
    [orders.disputed, 'pending_dispute'],
    [orders.stale, 'stale_state'],
    [orders.expiring, 'credential_expired'],
  ];
  const failed = new Set(codes.map(([slot]) => slot));
  const spent = trades
    .filter(({ agent }) => !failed.has(agent.slot))
    .reduce((sum, trade) => sum + spentBy(trade), 0n);
  const reserved = codes.reduce((sum, [slot]) => sum + required(cast.budgets.agents[slot]).cap, 0n);
  showTotals(stage, view);
  const { consumed, remaining, cap } = view;
  tale.check('consumed is what the included agents spent', consumed === spent);
  tale.check('reserved is the sub-budgets of the three', view.reserved === reserved);
  tale.check(
    'consumed + reserved + remaining = cap, as the contract says it',
    consumed + view.reserved + remaining === cap && cap === cast.budgets.root.cap,
    { consumed: `${consumed}`, reserved: `${view.reserved}`, remaining: `${remaining}` },
  );
  const expected = codes
    .map(([slot, code]) => ({ slot, code: FAILURE_CODES[code] }))
    .sort((one, other) => one.slot - other.slot);
  const flags = JSON.stringify(view.excluded) === JSON.stringify(expected);
  tale.check('the contract flags the three with their codes, and nobody else', flags, {
    excluded: view.excluded,
  });
  tale.check('it counts the others as included', view.includedCount === cast.agents.length - 3);
  showQueue(stage);
  const queued = desk
    .queue()
    .every(({ slot, code }) => codes.some(([at, name]) => at === slot && name === code));
  tale.check('the three wait in the resolution queue', queued && desk.queue().length === 3);
}

/** The cycle's division of its cap, as the contract has it. */
export function showTotals(
  { tale }: Stage,
  view: {
    readonly cap: bigint;
    readonly consumed: bigint;
    readonly reserved: bigint;
    readonly remaining: bigint;
  },
): void {
  const { cap, consumed, reserved, remaining } = view;
  const row = [consumed, reserved, remaining, cap].map(dollars);
  tale.show(table(['consumed', 'reserved', 'remaining', 'cap (USD)'], [row]), {
    event: 'totals',
    consumed: `${consumed}`,
    reserved: `${reserved}`,
    remaining: `${remaining}`,
    cap: `${cap}`,
  });
}

export function showQueue({ tale, desk }: Stage): void {
  const rows = desk
    .queue()
    .map(({ slot, agent, code, subCap, status }) => [
      `${slot}`,
      `${agent.slice(0, 16)}…`,
      code,
      dollars(subCap),
      status,
    ]);
  tale.show(table(['slot', 'agent', 'code', 'reserved', 'resolution'], rows), {
    event: 'queue',
    queue: desk.queue().map(({ subCap, ...entry }) => ({ ...entry, subCap: `${subCap}` })),
  });
}
