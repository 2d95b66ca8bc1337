/** Scene 4: Carol, in the middle, is killed in every state of a hop and comes back. */
import { EUR } from './cast.ts';
import {
  ask,
  ended,
  type Invoice,
  pay,
  positions,
  signForParts,
  untilHop,
  untilStreetIsKnown,
} from './market.ts';
import { withoutFinalizer } from './payments.ts';
import { checkBothEnds, checkMoved, type Stage, settled } from './stage.ts';

const AMOUNT = 1_000n;
/** 0.02 + 10 bps for Bob, 0.01 + 20 bps for Carol, each rounded up. */
const MOVES = { Alice: -1_006n, Bob: 3n, Carol: 3n, Dave: 1_000n };

export async function crashes(stage: Stage): Promise<void> {
  const { tale } = stage;
  tale.scene(4, 'Carol’s process is killed in every state, and comes back', [
    'SIGKILL, as by a power cut. What she signed is in her book; what she owes follows from it.',
    'Dave’s wallet finalizes from outside, so that there is time to kill her.',
  ]);
  await withoutFinalizer(stage);
  await whileHeld(stage);
  await whileCommitted(stage);
  await whileClaimed(stage);
  await afterActive(stage);
}

async function whileHeld(stage: Stage): Promise<void> {
  const { cast } = stage;
  const play = await begin(stage, 'held');
  await killAndRestart(stage, 'held');
  await signForParts(cast.Dave, play.intent, 'finalize');
  await finish(stage, play);
}

async function whileCommitted(stage: Stage): Promise<void> {
  const { cast } = stage;
  const play = await begin(stage, 'active*');
  await signForParts(cast.Dave, play.intent, 'commit');
  await untilHop(cast.Carol, play.intent.id, 'payee', 'active*');
  await killAndRestart(stage, 'active*');
  await signForParts(cast.Dave, play.intent, 'finalize');
  await finish(stage, play);
}

/** Bob's process stands still, so that Carol's claim finds nobody: she owes Dave and holds Bob's word. */
async function whileClaimed(stage: Stage): Promise<void> {
  const { cast, tale, watch } = stage;
  const play = await begin(stage, 'claimed');
  await watch.caughtUp();
  cast.Bob.freeze();
  try {
    tale.say('Bob’s process is frozen: Carol’s claim will find nobody', { event: 'frozen' });
    await signForParts(cast.Dave, play.intent, 'finalize');
    await untilHop(cast.Carol, play.intent.id, 'payee', 'claimed');
    await watch.caughtUp();
    await cast.Carol.crash();
    tale.say('Carol killed: she has recorded the receipt, owes Dave, and Bob has not heard of it', {
      event: 'killed',
      state: 'claimed',
    });
  } finally {
    cast.Bob.thaw();
  }
  await cast.Carol.start();
  tale.say('Carol is back, Bob moves again', { event: 'back', state: 'claimed' });
  await finish(stage, play);
}

async function afterActive(stage: Stage): Promise<void> {
  const { cast, tale } = stage;
  const before = await positions(cast, EUR);
  await killAndRestart(stage, 'active');
  const after = await positions(cast, EUR);
  tale.check('Carol remembers every payment', before.Carol === after.Carol);
}

type Play = {
  readonly intent: Invoice;
  readonly before: Awaited<ReturnType<typeof positions>>;
};

/** A payment of 10.00 whose hold has reached Dave. */
async function begin(stage: Stage, state: string): Promise<Play> {
  const { cast, tale } = stage;
  // Offers of a node that was away have to come round again.
  await untilStreetIsKnown(cast);
  const before = await positions(cast, EUR);
  const intent = await ask(cast.Dave, EUR, AMOUNT, `killed while ${state}`);
  tale.say(`Alice pays 10.00 EUR; Carol will be killed while ${state}`, {
    event: 'ordered',
    intent: intent.id,
    state,
  });
  await pay(cast.Alice, cast.Dave, intent, { maxFee: 10n });
  await untilHop(cast.Dave, intent.id, 'payee', 'held');
  await untilHop(cast.Carol, intent.id, 'payer', 'held');
  return { intent, before };
}

async function killAndRestart({ cast, tale, watch }: Stage, state: string): Promise<void> {
  await watch.caughtUp();
  await cast.Carol.crash();
  tale.say(`Carol killed while ${state}`, { event: 'killed', state });
  await cast.Carol.start();
  tale.say('Carol is back', { event: 'back', state });
}

async function finish(stage: Stage, { intent, before }: Play): Promise<void> {
  const { cast, tale } = stage;
  const { status, reason } = await ended(cast.Alice, intent);
  await settled(stage, intent);
  tale.check('the payment is finalized all the same', status === 'finalized', { status, reason });
  checkBothEnds(stage, intent, 'active');
  await checkMoved(stage, EUR, before, MOVES);
}
