import { unixMs } from '@atomicity/kernel/units/time';
import type { CycleRef, SlotRef } from '@atomicity/rails/ethereum/registry-port';
import { dataDirAt } from '../../compose/data-dir.ts';
import { type FleetConfig, readFleetConfig } from '../../fleet/fleet-config.ts';
import type { CliIo } from '../command.ts';
import { id, type parseOptions, required, wholeNumber } from '../options.ts';

export const FLEET_SPEC = {
  'data-dir': { type: 'string' },
  fleet: { type: 'string' },
  'fleet-id': { type: 'string' },
  cycle: { type: 'string' },
  slot: { type: 'string' },
  note: { type: 'string' },
  cap: { type: 'string' },
  budgets: { type: 'string' },
  size: { type: 'string', default: '64' },
  replace: { type: 'boolean', default: false },
  all: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const;

export type FleetValues = ReturnType<typeof parseOptions<typeof FLEET_SPEC>>;

/** The configuration that is named, or else the one in the data directory. @throws FleetConfigError. */
export function configOf(values: FleetValues): FleetConfig {
  const { fleetConfig } = dataDirAt(required(values['data-dir'], 'data-dir'));
  return readFleetConfig(values.fleet ?? fleetConfig);
}

/** @throws UsageError naming the option that is missing or wrong. */
export function cycleOf(values: FleetValues): CycleRef {
  return {
    fleet: id(required(values['fleet-id'], 'fleet-id'), '--fleet-id'),
    cycle: wholeNumber(required(values.cycle, 'cycle'), 'cycle', { min: 1, max: 1_000_000_000 }),
  };
}

/** @throws UsageError as `cycleOf`. */
export function slotOf(values: FleetValues): SlotRef {
  const slot = wholeNumber(required(values.slot, 'slot'), 'slot', { min: 0, max: 255 });
  return { ...cycleOf(values), slot };
}

/** Amounts as decimal strings. */
export const jsonLine = (value: object): string =>
  `${JSON.stringify(value, (_key, each: unknown) => (typeof each === 'bigint' ? `${each}` : each))}\n`;

export const nowOf = (io: CliIo) => () => unixMs(io.now());
