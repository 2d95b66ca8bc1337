/**
 * State diffs as bytes: canonical JSON with brotli-11, the book's 18-byte record, the same with brotli-11,
 * and the codec, beside what no code can do with less. Then how fast it is, in bytes of 18-byte records,
 * against copying those bytes in the same run; and what it fills of a blob.
 *
 * Batches are generated: `services/kernel/src/testing/diff-batches.ts` says how, and what the two bounds
 * mean. Options: `--count N --registry N --seed N --rounds N --json`.
 */
import { availableParallelism, cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { brotliCompressSync, constants } from 'node:zlib';
import { canonicalJson } from '@atomicity/kernel/codec/canonical-json';
import { decodeStateDiffs } from '@atomicity/kernel/state-diff/decode';
import { diffsRoot } from '@atomicity/kernel/state-diff/diffs-tree';
import { encodeStateDiffs } from '@atomicity/kernel/state-diff/encode';
import {
  blobFill,
  fromBlobs,
  payloadBytesMax,
  toBlobs,
} from '@atomicity/kernel/state-diff/field-elements';
import { encodeRecords18 } from '@atomicity/kernel/state-diff/record18';
import {
  arrangementBits,
  type BatchSize,
  type DiffBatch,
  edgeSetBits,
  generatorBits,
  pricedBatch,
  skewedBatch,
  wideBatch,
} from '@atomicity/kernel/testing/diff-batches';

const { values: options } = parseArgs({
  options: {
    count: { type: 'string', default: '10000' },
    registry: { type: 'string', default: '50000' },
    seed: { type: 'string', default: '20261121' },
    rounds: { type: 'string', default: '9' },
    json: { type: 'boolean', default: false },
  },
});
const size: BatchSize = {
  seed: Number(options.seed),
  count: Number(options.count),
  registrySize: Number(options.registry),
};
const rounds = Number(options.rounds);

const brotli = (bytes: Uint8Array): number =>
  brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  }).length;

const jsonOf = ({ registrySize, diffs }: DiffBatch): Uint8Array =>
  new TextEncoder().encode(
    canonicalJson({
      registrySize,
      diffs: diffs.map(({ edge, delta, moves, flags }) => ({
        edge,
        delta: `${delta}`,
        moves,
        flags,
      })),
    }),
  );

function sizesOf(name: string, batch: DiffBatch) {
  const count = batch.diffs.length;
  const a = (bytes: number) => Number((bytes / count).toFixed(3));
  const records = encodeRecords18(batch.diffs);
  const ours = encodeStateDiffs(batch).length;
  const bound = generatorBits(batch) / 8;
  const arrangement = arrangementBits(batch) / 8;
  return {
    batch: name,
    'JSON + brotli-11': a(brotli(jsonOf(batch))),
    'record of 18': a(records.length),
    'record + brotli-11': a(brotli(records)),
    codec: a(ours),
    'bound: generator': a(bound),
    'codec ÷ generator': Number((ours / bound).toFixed(4)),
    'bound: arrangement': a(arrangement),
    'codec ÷ arrangement': Number((ours / arrangement).toFixed(4)),
    'of it which edges': a(edgeSetBits(batch) / 8),
  };
}

/** Processor microseconds of one call: the least of some rounds, each of as many calls as take a while. */
function cost(work: () => unknown, calls: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round += 1) {
    const before = process.cpuUsage();
    for (let i = 0; i < calls; i += 1) work();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / calls);
  }
  return least;
}

function speedsOf(batch: DiffBatch) {
  const records = encodeRecords18(batch.diffs);
  const payload = encodeStateDiffs(batch);
  if (decodeStateDiffs(payload).kind !== 'decoded') throw new Error('the payload is not decoded');
  // In and out of one place, so that it measures copying and not the allocator.
  const target = new Uint8Array(records.length);
  const copy = cost(() => target.set(records), 20_000);
  const row = (what: string, work: () => unknown) => {
    const micros = cost(work, 1);
    return {
      what,
      'MB/s of records': Number((records.length / micros).toFixed(2)),
      'µs a diff': Number((micros / batch.diffs.length).toFixed(2)),
      'times the copy': Math.round(micros / copy),
    };
  };
  return [
    {
      what: 'copying the records (control)',
      'MB/s of records': Math.round(records.length / copy),
      'µs a diff': Number((copy / batch.diffs.length).toFixed(5)),
      'times the copy': 1,
    },
    row('the tree over the diffs alone', () => diffsRoot(batch.diffs)),
    row('encode, with the tree', () => encodeStateDiffs(batch)),
    row('decode and check, with the tree', () => decodeStateDiffs(payload)),
    row('JSON + brotli-11', () => brotli(jsonOf(batch))),
  ];
}

/** A batch that just fits into one blob. */
function fullBlob(batch: DiffBatch) {
  const perDiff = encodeStateDiffs(batch).length / batch.diffs.length;
  for (let count = Math.floor(payloadBytesMax(1) / perDiff); ; count = Math.floor(count * 0.995)) {
    const registrySize = Math.ceil((count * size.registrySize) / size.count);
    const payload = encodeStateDiffs(skewedBatch({ ...size, count, registrySize }));
    const fill = blobFill(payload.length);
    if (fill.blobs > 1) continue;
    const before = process.cpuUsage();
    const unpacked = fromBlobs(toBlobs(payload));
    const { user, system } = process.cpuUsage(before);
    if (unpacked.kind === 'refused') throw new Error(unpacked.reason);
    return {
      diffs: count,
      'records of 18 that fit': Math.floor(fill.usableBytes / 18),
      'payload bytes': payload.length,
      'of 126,976 usable': `${((100 * payload.length) / fill.usableBytes).toFixed(2)} %`,
      'of 131,072 nominal': `${((100 * payload.length) / fill.nominalBytes).toFixed(2)} %`,
      'pack and unpack, ms': Number(((user + system) / 1_000).toFixed(1)),
    };
  }
}

const skewed = skewedBatch(size);
const report = {
  machine: `${availableParallelism()} × ${cpus()[0]?.model.trim()}, Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}`,
  batch: `${size.count} diffs of a registry of ${size.registrySize}, seed ${size.seed}`,
  'bytes a diff': [
    sizesOf('skewed: 70 % in one band', skewed),
    sizesOf('priced: 40 prices × calls', pricedBatch(size)),
    sizesOf('wide: 1 … 63 bits', wideBatch(size)),
    sizesOf('skewed, 1,000 diffs', skewedBatch({ ...size, count: 1_000, registrySize: 5_000 })),
    sizesOf('skewed, 100 diffs', skewedBatch({ ...size, count: 100, registrySize: 500 })),
    sizesOf('skewed, 10 diffs', skewedBatch({ ...size, count: 10, registrySize: 50 })),
  ],
  speed: speedsOf(skewed),
  'one blob of a skewed batch': fullBlob(skewed),
};

if (options.json) {
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
} else {
  process.stdout.write(`${report.machine}\n${report.batch}\n`);
  for (const one of report['bytes a diff']) console.table(one);
  console.table(report.speed);
  console.table(report['one blob of a skewed batch']);
}
