/** Scene 1: an agent buys, the node closes a batch for each rail, and one for each kill to come. */
import { join } from 'node:path';
import type { ClosedBatch } from '@atomicity/kernel/anchor/batches';
import { seededRandom } from '../cycle/random.ts';
import { type Books, drillPayment, openBooks } from './books.ts';
import { askForPayment, type Cast, drawParties, introduce, trade } from './cast.ts';
import { KILLED_AFTER } from './kill-settlers.ts';
import { type Outside, openOutside } from './outside.ts';
import type { RailName } from './settler-order.ts';
import type { Opened, Stage } from './stage.ts';

/** Satoshis that one payment costs at most. */
const SPEND_MAX = 900;

export async function closeBatches(stage: Stage): Promise<Opened> {
  const { tale, folder, options, closing } = stage;
  tale.scene(1, 'Three batches', [
    'An agent buys from a provider on credit. Three times the node closes a batch of its log: a checkpoint,',
    'the state diffs of what moved, and the rail that shall take it. Nothing is sent yet.',
  ]);
  const dataDir = join(folder, 'node');
  const parties = drawParties(`${options.seed}/${folder}`);
  const outside = await openOutside(join(folder, 'outside'), parties.provider.id, closing);
  sayOutside(stage, outside);
  const books = await openBooks(dataDir, parties.principal.id);
  closing.push(() => books.node.stop());
  const cast = await introduce(books.node.url, books.node.config.origin, parties);
  const batches = {
    opentimestamps: await nextBatch(stage, books, cast, outside, 'opentimestamps'),
    ethereum: await nextBatch(stage, books, cast, outside, 'ethereum'),
    lightning: await nextBatch(stage, books, cast, outside, 'lightning'),
  };
  const drill = await closeDrill(stage, books, batches.lightning);
  await books.node.stop();
  return { dataDir, outside, cast, batches, drill };
}

function sayOutside({ tale }: Stage, { places, publisher }: Outside): void {
  const { opentimestamps, ethereum, lightning } = places;
  tale.say(`a calendar at ${opentimestamps.calendar}, on a stand-in for Bitcoin`, {
    event: 'calendar',
    ...opentimestamps,
  });
  tale.say(
    `registry ${ethereum.registry} on chain ${ethereum.chainId}; we publish as ${publisher}`,
    {
      event: 'registry',
      chainId: ethereum.chainId,
      registry: ethereum.registry,
      publisher,
    },
  );
  tale.say(`two Lightning nodes with a channel; the provider’s is ${lightning.payee}`, {
    event: 'lightning',
    payee: lightning.payee,
  });
}

async function nextBatch(
  { tale, options }: Stage,
  { node, close }: Books,
  cast: Cast,
  outside: Outside,
  rail: RailName,
): Promise<ClosedBatch> {
  const random = seededRandom(options.seed, `spends of ${rail}`);
  const spends = Array.from({ length: options.payments }, () =>
    BigInt(1 + random.below(SPEND_MAX)),
  );
  await trade(node.url, cast, spends);
  if (rail === 'lightning') {
    const owed = node.writer.flushedState().edges.get(cast.edge)?.balance ?? 0n;
    // Half of what is owed: the drill pays of the rest.
    await askForPayment(
      node.url,
      cast,
      (owed < 0n ? -owed : owed) / 2n,
      outside.places.lightning.desk,
    );
  }
  const batch = await close(rail === 'lightning' ? [] : [rail]);
  const { subject, from, diffs, values, settles, reason } = batch;
  const value = values.map(({ amount, denomination }) => `${amount} ${denomination}`).join(', ');
  const pays = settles === null ? '' : `; it pays ${settles.amount} ${settles.denomination}`;
  tale.say(
    `a batch of events ${from} … ${subject.size - 1} for ${rail} (${reason}): ${diffs} edges moved ${value}${pays}`,
    { event: 'batch', rail, batch: batch.batch, from, size: subject.size, diffs, reason },
  );
  tale.check(`the batch asks for ${rail} and nothing else`, batch.rails.join() === rail, {
    rails: batch.rails,
  });
  return batch;
}

async function closeDrill(
  { options, tale, progress }: Stage,
  { closeEmpty }: Books,
  { settles }: ClosedBatch,
): Promise<Opened['drill']> {
  if (settles === null) throw new Error('the batch for Lightning pays nothing');
  const each = async (rail: RailName): Promise<readonly ClosedBatch[]> => {
    const closed: ClosedBatch[] = [];
    const count = KILLED_AFTER[rail].length * options.kills;
    for (let i = 0; i < count; i++) {
      progress(`closing batches for the kills on ${rail}`, i / count);
      closed.push(await closeEmpty(rail, rail === 'lightning' ? drillPayment(settles) : null));
    }
    return closed;
  };
  const drill = {
    opentimestamps: await each('opentimestamps'),
    ethereum: await each('ethereum'),
    lightning: await each('lightning'),
  };
  const count = Object.values(drill).flat().length;
  tale.say(`${count} more batches, one for each kill to come`, { event: 'drill', batches: count });
  return drill;
}
