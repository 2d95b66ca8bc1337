/** Scenes 3 and 4: the debt shrinks by what was paid; an auditor checks the anchors, and what was changed. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashFromBytes } from '@atomicity/kernel/units/id';
import { readEthereumEvidence } from '@atomicity/rails/ethereum/evidence/verify-evidence';
import { decodeProof } from '@atomicity/rails/opentimestamps/decode';
import { evaluate } from '@atomicity/rails/opentimestamps/evaluate';
import { sha256 } from '@noble/hashes/sha2.js';
import { writeDurably } from '../compose/data-dir.ts';
import type { RunningNode } from '../compose/node.ts';
import { auditInOwnProcess, exportBundles, writeTrustFile } from '../cycle/evidence.ts';
import { type AuditReport, verdictTable } from '../cycle/story.ts';
import { openBooks } from './books.ts';
import { acknowledge } from './cast.ts';
import type { Settled } from './kill-settlers.ts';
import type { Outside } from './outside.ts';
import { RAILS } from './settler-order.ts';
import type { Opened, Stage } from './stage.ts';
import { TAMPERINGS } from './tamper.ts';

export async function checkBooks(stage: Stage, opened: Opened, settled: Settled): Promise<void> {
  const { closing } = stage;
  const { node } = await openBooks(opened.dataDir, opened.cast.principal.id);
  closing.push(() => node.stop());
  await settleDebt(stage, opened, node);
  const trust = await trustWhatTheWorldSays(node, opened);
  await audit(stage, node, trust, settled);
  await tamper(stage, node, trust);
}

/** The provider states what it got, with the evidence of it: the debt in the books shrinks. */
async function settleDebt({ tale }: Stage, opened: Opened, node: RunningNode): Promise<void> {
  tale.scene(3, 'The debt', [
    'Invoice and preimage are the evidence. The provider signs that it got the money; the line between',
    'principal and provider moves by exactly that.',
  ]);
  const { cast, batches } = opened;
  const { settles, subject } = batches.lightning;
  const evidence = node.settler.evidence(subject.root, 'lightning');
  if (settles === null || evidence === undefined) throw new Error('nothing was paid');
  const owed = () => {
    const balance = node.writer.flushedState().edges.get(cast.edge)?.balance ?? 0n;
    return balance < 0n ? -balance : balance;
  };
  const before = owed();
  await acknowledge(node.url, cast, {
    request: settles.request,
    units: settles.amount,
    evidence: hashFromBytes(sha256(evidence)),
  });
  tale.say(`owed ${before} before, ${owed()} after ${settles.amount} satoshis over Lightning`, {
    event: 'settled',
    before: `${before}`,
    after: `${owed()}`,
  });
  tale.check('the debt shrank by what was paid', before - owed() === settles.amount);
}

/**
 * A trust file as an auditor would fill it: blocks and hashes asked of the chains themselves, keys of the
 * parties themselves.
 */
async function trustWhatTheWorldSays(
  node: RunningNode,
  { outside, cast }: Opened,
): Promise<string> {
  const file = await writeTrustFile(node, [cast.principal.id]);
  const { ethereum, lightning } = outside.places;
  const trust = {
    ...(JSON.parse(readFileSync(file, 'utf8')) as object),
    bitcoin: { blocks: bitcoinBlocks(node, outside) },
    ethereum: {
      [ethereum.chainId]: {
        registries: [ethereum.registry],
        publishers: [outside.publisher],
        blocks: await ethereumBlocks(node, outside),
      },
    },
    lightning: { nodes: [lightning.payee], networks: ['regtest'] },
  };
  writeDurably(file, `${JSON.stringify(trust, null, 2)}\n`, 0o600);
  return file;
}

const proofsOf = (node: RunningNode, rail: string): readonly Uint8Array[] =>
  node.settler.status().flatMap((anchor) => {
    const proof =
      anchor.rail === rail ? node.settler.evidence(anchor.subject.root, rail) : undefined;
    return proof === undefined ? [] : [proof];
  });

function bitcoinBlocks(node: RunningNode, { bitcoin }: Outside): Record<string, string> {
  const heights = proofsOf(node, 'opentimestamps').flatMap((bytes) => {
    const decoded = decodeProof(bytes);
    if (decoded.kind === 'refused') return [];
    return evaluate(decoded.proof).flatMap(({ attestation }) =>
      attestation.kind === 'bitcoin' ? [attestation.height] : [],
    );
  });
  const blocks = [...new Set(heights)].flatMap((height) => {
    const block = bitcoin.blockAt(height);
    return block === undefined ? [] : [[String(height), block.merkleRoot] as const];
  });
  return Object.fromEntries(blocks);
}

async function ethereumBlocks(
  node: RunningNode,
  { chain }: Outside,
): Promise<Record<string, string>> {
  const numbers = proofsOf(node, 'ethereum').flatMap((bytes) => {
    const read = readEthereumEvidence(bytes);
    return read.kind === 'shown' ? [read.anchor.blockNumber] : [];
  });
  const blocks: Record<string, string> = {};
  for (const number of new Set(numbers)) {
    blocks[String(number)] = (await chain.getBlock({ blockNumber: BigInt(number) })).hash;
  }
  return blocks;
}

/** What the auditor said of a claim. */
function verdictOn({ claims }: AuditReport, claim: string) {
  const row = claims.find((one) => one.claim === claim);
  return { verdict: row?.verdict ?? 'missing', reason: row?.reason ?? '' };
}

async function audit(
  { tale, progress }: Stage,
  node: RunningNode,
  trust: string,
  { reports }: Settled,
): Promise<void> {
  tale.scene(4, 'What an auditor makes of it', [
    'The node exports one file. The offline auditor believes the blocks of two chains, a registry, an account',
    'and a Lightning node, and checks everything else.',
  ]);
  const bundles = await exportBundles(node, (kind, fraction) =>
    progress(`exporting the ${kind} bundle`, fraction),
  );
  for (const { kind, file, bytes } of bundles) {
    const report = await auditInOwnProcess(file, trust);
    tale.show(verdictTable(report), { event: 'audited', kind, bytes, ...report });
    tale.check(`no claim of the ${kind} bundle fails`, report.exit === 0, { exit: report.exit });
    for (const rail of RAILS) {
      const anchors = report.anchors.filter((anchor) => anchor.rail === rail);
      const held = anchors.filter(({ verdict }) => verdict === 'holds').length;
      // An invoice names a creditor and an amount: sealed bundles carry none.
      const expected = kind === 'sealed' && rail === 'lightning' ? 0 : reports[rail].confirmed;
      tale.check(
        `${held} of ${expected} anchors by ${rail} hold in the ${kind} bundle`,
        held === expected && anchors.length === expected,
        { anchors: anchors.length },
      );
    }
    if (kind === 'full') {
      const diffs = verdictOn(report, 'state-diffs');
      tale.check('every batch has the log’s own state diffs', diffs.verdict === 'holds', diffs);
    }
  }
}

/** The same bundle with one thing changed, for each thing that an operator might want to change. */
async function tamper({ tale }: Stage, node: RunningNode, trust: string): Promise<void> {
  tale.scene(5, 'What an auditor makes of changes', [
    'Somebody changes one thing in the file, and computes the file’s own digest anew.',
  ]);
  const honest = readFileSync(join(node.dir.bundles, 'latest-full.ndjson'), 'utf8');
  for (const { what, claim, change } of TAMPERINGS) {
    const file = join(node.dir.bundles, 'changed.ndjson');
    writeFileSync(file, change(honest), { mode: 0o600 });
    const report = await auditInOwnProcess(file, trust);
    const row = verdictOn(report, claim);
    tale.check(`${what} was changed: ${claim} fails, ${row.reason}`, row.verdict === 'fails', row);
  }
}
