import { periodHash } from '@atomicity/kernel/period/period-hash';
import { budget, edge, policy } from '@atomicity/kernel/testing/accounts';
import { certificates } from '@atomicity/kernel/testing/test-book';
import {
  AGENT,
  type Change,
  CLOUD,
  GPU,
  PARTIES,
  PRINCIPAL,
} from '@atomicity/kernel/testing/world';
import { accept, introduce, type TestLedger } from './test-ledger.ts';

/** The agent's edges to two providers, and a budget with a stated policy, brought in over HTTP. */
export async function setUpFleet(
  ledger: TestLedger,
  changes: {
    readonly edge?: Change<'EdgeAgreement'>;
    readonly budget?: Change<'BudgetDelegation'>;
  } = {},
) {
  const { world } = ledger;
  await introduce(ledger, world, ...PARTIES);
  const gpuEdge = edge(world, AGENT, GPU, changes.edge);
  const cloudEdge = edge(world, AGENT, CLOUD, changes.edge);
  const delegated = budget(world, changes.budget);
  const period = periodHash(delegated.body.budget, 0);
  await accept(ledger, AGENT, gpuEdge, cloudEdge);
  await accept(ledger, PRINCIPAL, delegated, policy(world, delegated));
  await accept(ledger, AGENT, ...certificates(world, period));
  return { gpuEdge: gpuEdge.id, cloudEdge: cloudEdge.id, budget: delegated.body.budget, period };
}
