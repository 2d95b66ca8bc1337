/** The schedule of a node's batches as JSON, read strictly: an error names the member and its rule. */
import type { JsonValue } from '../codec/canonical-json.ts';
import { UNIX_MS_MAX } from '../units/time.ts';
import { type Codec, Failure, integer, list, nullable, object } from '../wire/codec.ts';
import { amountValue, denominationValue } from '../wire/value-codecs.ts';
import type { ExposureCap } from './exposure.ts';
import type { LowFeeRule } from './fee-percentile.ts';
import type { BatchPolicy, FillRule } from './schedule.ts';

const SAMPLES_MAX = 65_536;

const lowFeeCodec = object<LowFeeRule>(
  {
    percentile: integer(1, 100),
    samplesMin: integer(1, SAMPLES_MAX),
    samplesMax: integer(1, SAMPLES_MAX),
    ageMaxMs: integer(1, UNIX_MS_MAX),
  },
  ({ samplesMin, samplesMax }) =>
    samplesMax < samplesMin
      ? new Failure('out_of_range', 'at least samplesMin').under('samplesMax')
      : undefined,
);

const fillCodec = object<FillRule>({
  blobBytes: integer(1, 2 ** 31 - 1),
  fillMinBps: integer(1, 10_000),
});

const capsCodec: Codec<readonly ExposureCap[]> = list(
  object<ExposureCap>({ denomination: denominationValue, cap: amountValue }),
  0,
  64,
);

/** A policy as JSON: amounts as decimal text, everything else as the type says. */
export const batchPolicyCodec: Codec<BatchPolicy> = object<BatchPolicy>(
  {
    exposureCaps: capsCodec,
    safetyMarginMs: integer(0, UNIX_MS_MAX),
    ageMaxMs: integer(1, UNIX_MS_MAX),
    lowFee: nullable(lowFeeCodec),
    closuresMin: integer(1, 2 ** 31 - 1),
    fill: nullable(fillCodec),
  },
  ({ exposureCaps }) => {
    const names = exposureCaps.map(({ denomination }) => denomination);
    const second = names.findIndex((name, i) => names.indexOf(name) < i);
    return second < 0
      ? undefined
      : new Failure('out_of_range', 'each denomination once').under(second).under('exposureCaps');
  },
);

export type PolicyFault = { readonly field: string; readonly rule: string };

/** Reads a policy. `field` of a fault is a JSON pointer under `base`. */
export function readBatchPolicy(json: JsonValue, base = ''): BatchPolicy | PolicyFault {
  const read = batchPolicyCodec.read(json);
  return read instanceof Failure
    ? { field: `${base}${read.path}`, rule: read.rule ?? read.reason }
    : read;
}
