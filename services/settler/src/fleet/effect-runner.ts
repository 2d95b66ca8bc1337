import {
  type CallReceipt,
  type PreparedCall,
  type RegistryCall,
  type SpendRegistry,
} from '@atomicity/rails/ethereum/registry-port';
import { RailError } from '@atomicity/rails/port';
import type { EffectEntry, FleetJournal } from './fleet-journal.ts';

export type EffectParts = {
  readonly journal: FleetJournal;
  readonly chain: Pick<SpendRegistry, 'prepare' | 'send' | 'lookUp' | 'hasEffect'>;
};

/**
 * Brings a call to the chain once, or continues where an earlier call or process stopped: record the
 * intent, sign, record what was signed, send, record the outcome. What may have been sent is looked up
 * first, by its hash and nonce and by the contract's state; what is sent again is the very same
 * transaction. The call of a known key is the recorded one, whatever is given. A call that took effect is
 * sent again only if the chain has forgotten it.
 *
 * Answers null when the contract's state shows the effect and its transaction is not ours to find.
 *
 * @throws {RailError} `rail_refused` (not_applied): the contract does not take it now; the intent
 * stays. (unknown): not seen in time; call again.
 */
export async function performEffect(
  { journal, chain }: EffectParts,
  key: string,
  call: () => RegistryCall | Promise<RegistryCall>,
  signal: AbortSignal,
): Promise<CallReceipt | null> {
  if (journal.effect(key) === undefined) journal.intend(key, await call());
  // Durable from here: the call never changes.
  const entry = entryAt(journal, key);
  if (entry.stage === 'applied' && (await isKept(chain, entry, signal))) return entry.receipt;
  if (entry.stage === 'failed') throw refused(entry.reason ?? 'failed');
  if (entry.prepared !== null) {
    const known = await fateOf({ journal, chain }, key, entry, entry.prepared, signal);
    if (known !== undefined) return known.receipt;
  } else if (await chain.hasEffect(entry.call, signal)) {
    journal.applied(key, null);
    return null;
  }
  const prepared = entryAt(journal, key).prepared ?? (await chain.prepare(entry.call, signal));
  journal.signed(key, prepared);
  // Durable from here: whoever comes next looks for this transaction before sending anything.
  return await sent({ journal, chain }, key, prepared, signal);
}

/**
 * False when the chain dropped the block in which the call took effect: it is to be sent again. An effect
 * that later calls undid, as a rollback does a settlement, is kept: its transaction is still there.
 */
async function isKept(
  chain: EffectParts['chain'],
  { call, prepared }: EffectEntry,
  signal: AbortSignal,
): Promise<boolean> {
  if (await chain.hasEffect(call, signal)) return true;
  return prepared !== null && (await chain.lookUp(prepared, signal)).kind === 'applied';
}

async function sent(
  { journal, chain }: EffectParts,
  key: string,
  prepared: PreparedCall,
  signal: AbortSignal,
): Promise<CallReceipt> {
  try {
    const receipt = await chain.send(prepared, signal);
    journal.applied(key, receipt);
    return receipt;
  } catch (error) {
    if (error instanceof RailError && error.outcome === 'not_applied') journal.displaced(key);
    throw error;
  }
}

/** The end of an effect that may have been sent; undefined when it is to be sent (again). */
async function fateOf(
  { journal, chain }: EffectParts,
  key: string,
  { call }: EffectEntry,
  prepared: PreparedCall,
  signal: AbortSignal,
): Promise<{ readonly receipt: CallReceipt | null } | undefined> {
  const fate = await chain.lookUp(prepared, signal);
  switch (fate.kind) {
    case 'applied':
      journal.applied(key, fate.receipt);
      return { receipt: fate.receipt };
    case 'reverted':
    case 'displaced':
      if (await chain.hasEffect(call, signal)) {
        journal.applied(key, null);
        return { receipt: null };
      }
      journal.displaced(key);
      return undefined;
    case 'waiting':
    case 'absent':
      return undefined;
    default:
      return assertNever(fate);
  }
}

function entryAt(journal: FleetJournal, key: string): EffectEntry {
  const entry = journal.effect(key);
  if (entry === undefined) throw new Error('the fleet journal lost an effect');
  return entry;
}

function refused(reason: string): RailError {
  return new RailError({
    code: 'rail_refused',
    outcome: 'not_applied',
    shortMessage: 'the registry refused the call before',
    facts: { reason },
  });
}

function assertNever(fate: never): never {
  throw new Error(`unknown fate ${JSON.stringify(fate)}`);
}
