/** Scenes 8 and 9: what the chain gives away, and what an auditor makes of the node's books. */
import { auditInOwnProcess, exportBundles, writeTrustFile } from '../cycle/evidence.ts';
import { verdictTable } from '../cycle/story.ts';
import { encodingsOf, findSecrets, readChain, type Secret } from './chain-scan.ts';
import { totalOf } from './orders.ts';
import { FIRST, spentBy } from './settle-cycle.ts';
import type { Stage } from './stage.ts';
import type { AgentTrade } from './trade.ts';

/** Searches all that the chain shows for everything that should be on no chain. */
export async function searchChain(stage: Stage, trades: readonly AgentTrade[]): Promise<void> {
  const { tale, chain, registry, fleet, signal, phases, cast } = stage;
  tale.scene(8, 'What the chain gives away', [
    'Every transaction, every log and the whole state of the chain are searched for every provider,',
    'agent, payment, agent’s total and task: raw, reversed, as text, hashed, as field elements.',
  ]);
  const secrets = secretsOf(stage, trades);
  const view = await readChain(chain);
  const found = await phases.measure('search', 'of all that the chain shows', async () =>
    findSecrets(view.bytes, secrets),
  );
  const count = (kind: Secret['kind']) => secrets.filter((secret) => secret.kind === kind).length;
  tale.say(
    `${view.transactions} transactions, ${view.logs} logs, ${view.bytes.length} bytes of calldata and state`,
    {
      event: 'chain_read',
      transactions: view.transactions,
      logs: view.logs,
      bytes: view.bytes.length,
      parties: count('party'),
      amounts: count('amount'),
      texts: count('text'),
    },
  );
  const told = (kind: Secret['kind']) => found.filter((secret) => secret.kind === kind);
  const names = (kind: Secret['kind']) => ({ found: told(kind).map(({ what }) => what) });
  tale.check(
    `no provider and no agent (${count('party')} parties)`,
    told('party').length === 0,
    names('party'),
  );
  tale.check(
    `no payment and no agent’s total (${count('amount')} amounts)`,
    told('amount').length === 0,
    names('amount'),
  );
  tale.check(`no task (${count('text')} texts)`, told('text').length === 0, names('text'));
  // A search that finds nothing anywhere would prove nothing.
  const { consumed } = await registry.cycle({ fleet, cycle: FIRST }, signal);
  const known: Secret[] = [
    { kind: 'amount', what: 'the total of the fleet', units: consumed },
    { kind: 'amount', what: 'the cap', units: cast.budgets.root.cap },
  ];
  const control = findSecrets(view.bytes, known).length;
  tale.check('the same search finds what is public: the fleet’s total and cap', control === 2, {
    encodings: known.flatMap(encodingsOf).length,
  });
}

function secretsOf({ cast }: Stage, trades: readonly AgentTrade[]): readonly Secret[] {
  const members = [cast.principal, ...cast.providers, ...cast.agents];
  const parties = members.flatMap(({ name, party }): Secret[] => [
    { kind: 'party', what: name, party: party.id },
    { kind: 'party', what: `key of ${name}`, party: party.key.id },
  ]);
  const amounts = trades.flatMap((trade): Secret[] => [
    ...trade.agent.orders.map(
      (order, i): Secret => ({
        kind: 'amount',
        what: `payment ${i} of slot ${trade.agent.slot}`,
        units: order.amount,
      }),
    ),
    { kind: 'amount', what: `total of slot ${trade.agent.slot}`, units: spentBy(trade) },
    {
      kind: 'amount',
      what: `orders of slot ${trade.agent.slot}`,
      units: totalOf(trade.agent.orders),
    },
  ]);
  const tasks = trades.flatMap(({ agent }) =>
    agent.orders.map(({ task }): Secret => ({ kind: 'text', what: task, text: task })),
  );
  return [...parties, ...amounts, ...tasks];
}

/** The offline auditor, in a process of its own, on the node's bundles. */
export async function auditNode(stage: Stage): Promise<void> {
  const { tale, node, cast, phases, progress } = stage;
  tale.scene(9, 'What the books say', [
    'The node exports its log; the offline auditor checks all of it, and trusts nothing of the node.',
  ]);
  await node.sequencer.checkpoint();
  const trust = await writeTrustFile(node, [cast.principal.party.id]);
  const bundles = await exportBundles(node, (kind, fraction) =>
    progress(`exporting the ${kind} bundle`, fraction),
  );
  for (const { kind, file, bytes } of bundles) {
    const report = await phases.measure('audit', `${kind} bundle, ${bytes} bytes`, () =>
      auditInOwnProcess(file, trust),
    );
    tale.show(verdictTable(report), { event: 'audited', kind, bytes, ...report });
    tale.check(`no claim of the ${kind} bundle fails`, report.exit === 0, { exit: report.exit });
  }
}
