/** The node of the demonstration: it trades and closes batches, while its rails wait for settlers of their own. */
import { join } from 'node:path';
import type { ClosedBatch } from '@atomicity/kernel/anchor/batches';
import type { BatchSettlement } from '@atomicity/kernel/anchor/events';
import { encodeStateDiffs } from '@atomicity/kernel/state-diff/encode';
import { amount } from '@atomicity/kernel/units/amount';
import { hashFromBytes, type PartyId } from '@atomicity/kernel/units/id';
import { type AnchorRail, RailError } from '@atomicity/rails/port';
import { PayloadArchive } from '@atomicity/settler/batch/payload-archive';
import { PAYLOADS_FOLDER } from '../compose/data-dir.ts';
import { type RunningNode, startNode } from '../compose/node.ts';
import type { OpenRails } from '../rails/node-rails.ts';
import { RAILS, type RailName } from './settler-order.ts';

/** A rail that is away: nothing is sent, and everybody knows it. */
function away(name: RailName): AnchorRail {
  const refuse = async (): Promise<never> => {
    throw new RailError({
      code: 'rail_unreachable',
      shortMessage: 'the settlers of the demonstration have not started',
      outcome: 'not_applied',
    });
  };
  return {
    name,
    label: `${name}, away`,
    repeatIsSameSubmission: false,
    prepare: refuse,
    submit: refuse,
    lookUp: async () => ({ kind: 'unknown' }),
    upgrade: async () => ({ kind: 'unchanged' }),
  };
}

/** Millisatoshi: what one payment over the demonstration's channel carries. */
const MSAT_MAX = 1_000_000_000n;

export type Books = {
  readonly node: RunningNode;
  /** Closes a batch over everything that waits, for these rails; the schedule says why now. */
  close(rails: readonly RailName[]): Promise<ClosedBatch>;
  /** Closes a batch in which nothing moved: for one kill of the drill. */
  closeEmpty(rail: RailName, settles: BatchSettlement | null): Promise<ClosedBatch>;
};

/** Starts the node; `debtor` is the party that it pays for. */
export async function openBooks(dataDir: string, debtor: PartyId): Promise<Books> {
  // The desk reads it at each look: which rails the next batch asks for.
  const asked: RailName[] = [];
  const rails: OpenRails = async () => ({
    rails: RAILS.map(away),
    everyBatch: asked,
    policy: {
      exposureCaps: [],
      safetyMarginMs: 0,
      ageMaxMs: Number.MAX_SAFE_INTEGER,
      lowFee: null,
      closuresMin: 1,
      fill: null,
    },
    pays: {
      rail: 'lightning',
      unit: { code: 'BTC', decimals: 11, min: 1n, max: MSAT_MAX },
      debtors: new Set([debtor]),
    },
    close: async () => undefined,
  });
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  const node = await startNode({ dataDir, port: 0, rails, onFatal: failed.reject });
  return {
    node,
    close: (wanted) => Promise.race([closeAsked(node, asked, wanted), failed.promise]),
    closeEmpty: (rail, settles) => Promise.race([closeEmpty(node, rail, settles), failed.promise]),
  };
}

async function closeAsked(
  { batches, settler }: RunningNode,
  asked: RailName[],
  wanted: readonly RailName[],
): Promise<ClosedBatch> {
  if (batches === undefined) throw new Error('the node closes no batches');
  const before = settler.batches().length;
  asked.splice(0, asked.length, ...wanted);
  batches.ask();
  await batches.advance();
  const [closed] = settler.batches();
  if (closed === undefined || settler.batches().length === before) {
    throw new Error(`nothing was closed: ${JSON.stringify(batches.view?.decision)}`);
  }
  return closed;
}

async function closeEmpty(
  { dir, config, sequencer, settler }: RunningNode,
  rail: RailName,
  settles: BatchSettlement | null,
): Promise<ClosedBatch> {
  const registrySize = 1;
  const bytes = encodeStateDiffs({ registrySize, diffs: [] });
  const payload = await new PayloadArchive(join(dir.rails, PAYLOADS_FOLDER)).keep(bytes);
  const { size, root } = await sequencer.checkpoint();
  return await settler.closeBatch({
    subject: { origin: config.origin, size, root: hashFromBytes(root) },
    from: settler.batches()[0]?.subject.size ?? 0,
    payload,
    diffs: 0,
    values: [],
    rails: [rail],
    settles,
    reason: 'asked',
    quarantined: [],
  });
}

/** What a batch of the drill pays: a satoshi each. */
export function drillPayment(main: BatchSettlement): BatchSettlement {
  return { ...main, amount: amount(1n), request: null };
}
