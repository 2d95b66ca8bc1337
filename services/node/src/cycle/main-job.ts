import { parseDenomination } from '@atomicity/kernel/units/denomination';
import { hashFromBytes } from '@atomicity/kernel/units/id';
import { ensureArtifacts } from '@atomicity/prover/artifacts/ensure-artifacts';
import { UsageError } from '../cli/usage-error.ts';
import { type RunningNode, startNode } from '../compose/node.ts';
import { auditInOwnProcess, exportBundles, writeTrustFile } from './evidence.ts';
import { assembleFleet, type Fleet } from './fleet.ts';
import type { StartOptions } from './options.ts';
import { type CycleTotals, playCycle } from './play.ts';
import { type Story, type Streams, storyTo, verdictTable } from './story.ts';
import { readTrace } from './trace-file.ts';
import { builtInPurchases, type Purchase, proofsPerAgent, tracePurchases } from './workload.ts';

/**
 * The main job: a node, one procurement cycle of a fleet through its API, proofs, an anchor, bundles and
 * the audits of both by the offline auditor in a process of its own.
 *
 * Resolves with the exit code when the node has stopped: at once with `--exit`, else after `until`.
 * @throws UsageError, TraceError before anything is started.
 */
export async function runMainJob(
  options: StartOptions,
  streams: Streams,
  until: Promise<unknown>,
): Promise<number> {
  const story = storyTo(streams, options.json);
  const purchases = await loadPurchases(options);
  announce(options, purchases, story);
  await prepareCircuit(options, story);
  const failed = Promise.withResolvers<never>();
  const node = await startNode({
    dataDir: options.dataDir,
    port: options.port,
    onFatal: failed.reject,
  });
  try {
    const exit = await Promise.race([failed.promise, runCycle(options, purchases, node, story)]);
    if (!options.exit) {
      story.say(`\nThe node stays up at ${node.url}. Ctrl-C stops it.`, {
        event: 'staying_up',
        url: node.url,
      });
      await Promise.race([failed.promise, until]);
    }
    return exit;
  } finally {
    story.done();
    await node.stop();
  }
}

async function loadPurchases(options: StartOptions): Promise<Purchase[]> {
  const { trace, prices, seed, agents, providers } = options;
  const fleet = { agents, providers };
  if (trace === null) return builtInPurchases(options.payments, fleet, prices, seed);
  return tracePurchases(await readTrace(trace, options.rowsMax), fleet, prices, seed);
}

function announce(options: StartOptions, purchases: readonly Purchase[], story: Story): void {
  const proofs = proofsPerAgent(purchases, options, options.tier).reduce((sum, n) => sum + n, 0);
  const source = options.trace ?? `the built-in workload, seed ${options.seed}`;
  story.say(
    `${purchases.length} purchases by ${options.agents} agents from ${options.providers} providers ` +
      `(${source}).\nThat takes ${proofs} proofs of up to ${options.tier} notes each.\n`,
    { event: 'planned', purchases: purchases.length, proofs, tier: options.tier, source },
  );
}

async function prepareCircuit({ tier }: StartOptions, story: Story): Promise<void> {
  const artifacts = await ensureArtifacts(`spend-${tier}`, {
    onProgress: ({ phase, fraction }) =>
      story.progress(`development keys, tier ${tier}: ${phase}`, fraction),
  });
  story.say(
    `Proving keys of tier ${tier}: development keys, unsafe by design; they prove nothing to outsiders.`,
    { event: 'keys_ready', tier, verificationKey: artifacts.verificationKeyHash, unsafe: true },
  );
}

async function runCycle(
  options: StartOptions,
  purchases: readonly Purchase[],
  node: RunningNode,
  story: Story,
): Promise<number> {
  const { url, config } = node;
  story.say(`Node ${config.origin} listens at ${url}.`, {
    event: 'node_started',
    url,
    origin: config.origin,
  });
  const { fleet, totals } = await trade(options, purchases, node, story);
  await attestAll(node, totals, story);
  await anchor(node, story);
  return await auditAll(node, fleet, story);
}

async function trade(
  options: StartOptions,
  purchases: readonly Purchase[],
  node: RunningNode,
  story: Story,
): Promise<{ readonly fleet: Fleet; readonly totals: CycleTotals }> {
  const denomination = parseDenomination(options.denomination);
  if (denomination === undefined) throw new UsageError('--denomination must be CODE/SCALE');
  const { url, config, sequencer } = node;
  const fleet = await assembleFleet({
    url,
    origin: config.origin,
    // A second run over the same books is another fleet: its keys must not meet the first one's.
    seed: `${options.seed}/${config.origin}/${await sequencer.catchUp()}`,
    denomination,
    purchases,
    agents: options.agents,
    providers: options.providers,
    tier: options.tier,
  });
  const totals = await playCycle(fleet, purchases, (done) =>
    story.progress('buying', done / purchases.length),
  );
  const { paid, declined, lapsed, periods, spent } = totals;
  story.say(
    `Bought: ${paid} paid, ${declined} declined by the provider, ${lapsed} lapsed; ` +
      `${spent} units of ${denomination} owed. ${periods} periods closed.`,
    { event: 'cycle_played', paid, declined, lapsed, periods, spent: `${spent}`, denomination },
  );
  return { fleet, totals };
}

/** Waits until the attestor, which woke at the first close, has proved every period. */
async function attestAll(node: RunningNode, totals: CycleTotals, story: Story): Promise<void> {
  const { attestation, projector } = node;
  const { periods } = totals;
  await projector.caughtUp(Number.POSITIVE_INFINITY);
  const before = attestation.pending().length;
  let done = periods - before;
  attestation.onProgress(({ step, fraction }) => {
    if (step === 'recorded') done += 1;
    const inStep = step === 'proving' ? fraction : 0;
    story.progress(`proving ${periods} periods`, Math.min(done + inStep, periods) / periods);
  });
  await attestation.attestor.attestPending();
  // Recorded in the log is not yet seen by the projection; what it still calls closed was refused.
  await projector.caughtUp(Number.POSITIVE_INFINITY);
  const open = attestation.pending().length;
  if (open > 0) throw new Error(`${open} periods could not be attested`);
  story.say(`Proved: ${periods} periods stayed inside their budgets.`, {
    event: 'attested',
    periods,
  });
}

async function anchor(node: RunningNode, story: Story): Promise<void> {
  const { sequencer, settler, anchoredBy, config } = node;
  const { size, root } = await sequencer.checkpoint();
  const subject = { origin: config.origin, size, root: hashFromBytes(root) };
  await settler.plan(subject);
  await settler.runOnce(new AbortController().signal);
  const status = settler.status().find((each) => each.subject.root === subject.root)?.status;
  story.say(`Anchored: ${size} events, ${status ?? 'unknown'} at ${anchoredBy}.`, {
    event: 'anchored',
    size,
    root: subject.root,
    status: status ?? 'unknown',
    calendar: anchoredBy,
  });
}

async function auditAll(node: RunningNode, fleet: Fleet, story: Story): Promise<number> {
  const trust = await writeTrustFile(node, [fleet.principal.party.id]);
  let worst = 0;
  const bundles = await exportBundles(node, (kind, fraction) =>
    story.progress(`exporting the ${kind} bundle`, fraction),
  );
  story.done();
  for (const { kind, file, bytes } of bundles) {
    const report = await auditInOwnProcess(file, trust);
    worst = Math.max(worst, report.exit);
    const command = `npx atomicity audit ${file} --trust ${trust}`;
    story.say(
      `\nThe offline auditor on the ${kind} bundle (${bytes} bytes), in a process of its own:\n` +
        `$ ${command}\n\n${verdictTable(report)}`,
      { event: 'audited', kind, file, bytes, ...report },
    );
  }
  return worst;
}
