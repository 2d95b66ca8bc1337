/** The commands that speak with the registry: open a planned cycle, answer what is demanded. */
import { openSpendRegistry } from '@atomicity/rails/ethereum/spend-registry';
import { FleetDesk } from '@atomicity/settler/fleet/fleet-desk';
import type { FleetJournal } from '@atomicity/settler/fleet/fleet-journal';
import type { CliIo, ExitCode } from '../command.ts';
import { configOf, cycleOf, type FleetValues, jsonLine, nowOf } from './fleet-options.ts';

const NEVER = new AbortController().signal;

/** These need neither the ledger nor a prover: what they send is in the journal. */
const WITHOUT_A_NODE = {
  source: { standing: () => undefined, attestation: async () => undefined },
  prover: {
    proveCycle: () => Promise.reject(new Error('no prover')),
    proveBound: () => Promise.reject(new Error('no prover')),
  },
} as const;

async function deskOf(journal: FleetJournal, values: FleetValues, io: CliIo): Promise<FleetDesk> {
  const { place, rpc: url, confirmations, fromBlock, aggregator, principal } = configOf(values);
  const signers = { aggregator, principal };
  const chain = await openSpendRegistry({ url, place, signers, confirmations, fromBlock });
  return new FleetDesk({ journal, chain, ...WITHOUT_A_NODE, now: nowOf(io) });
}

/** Registers the fleet, if this is its first cycle, and opens the cycle. */
export async function openCycle(
  journal: FleetJournal,
  values: FleetValues,
  io: CliIo,
): Promise<ExitCode> {
  const ref = cycleOf(values);
  const { aggregator, principal } = configOf(values);
  if (principal === undefined) {
    io.stderr('atomicity fleet: the configuration names no principalKey: only a principal opens\n');
    return 1;
  }
  const desk = await deskOf(journal, values, io);
  if (ref.cycle === 1) await desk.register(ref.fleet, aggregator.address, NEVER);
  const receipt = await desk.open(ref, NEVER);
  const told = { ...ref, opened: true, block: receipt?.block ?? null };
  const text = `cycle ${ref.cycle} is open${receipt === null ? '' : `, in block ${receipt.block}`}\n`;
  io.stdout(values.json ? jsonLine(told) : text);
  return 0;
}

/** Answers every open demand on every settled cycle. */
export async function answerDemands(
  journal: FleetJournal,
  values: FleetValues,
  io: CliIo,
): Promise<ExitCode> {
  const desk = await deskOf(journal, values, io);
  let failed = false;
  let seen = 0;
  for (const cycle of desk.status().filter(({ stage }) => stage === 'settled')) {
    for (const demand of await desk.openDemands(cycle, NEVER)) {
      seen += 1;
      const at = { fleet: demand.fleet, cycle: demand.cycle, slot: demand.slot };
      const name = `slot ${at.slot} of cycle ${at.cycle}`;
      try {
        const receipt = await desk.answer(demand, NEVER);
        const block = receipt?.block ?? null;
        io.stdout(
          values.json
            ? jsonLine({ ...at, answered: true, block })
            : `${name}: answered in block ${block}\n`,
        );
      } catch (error) {
        failed = true;
        const message = error instanceof Error ? error.message : String(error);
        io.stderr(`atomicity fleet: ${name}: ${message}\n`);
      }
    }
  }
  if (seen === 0 && !values.json) io.stdout('No proof is demanded.\n');
  return failed ? 1 : 0;
}
