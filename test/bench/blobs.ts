/**
 * What publishing a batch takes: KZG time per blob, by the library and by the auditor's own verifier; gas per
 * batch and per diff as calldata and in blobs, from transactions on a local chain; and the number of diffs from
 * which blobs are cheaper, found by sending batches at swept fees, beside what the router says, and what
 * blobCrossover says of a straight line through two measured points.
 *
 * Run: node --conditions=source test/bench/blobs.ts [--json] [--runs=5] [--sizes=1,10,…] [--seed=N]
 */
import { randomBytes } from 'node:crypto';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { decideRoute, NO_HYSTERESIS, NO_MEMORY } from '@atomicity/kernel/availability/route';
import { countBytes } from '@atomicity/kernel/batch/blob-fee';
import { blobCrossover } from '@atomicity/kernel/batch/crossover';
import { ETHEREUM_MAINNET } from '@atomicity/kernel/batch/fork-numbers';
import { encodeStateDiffs } from '@atomicity/kernel/state-diff/encode';
import {
  BLOB_BYTES,
  BLOB_USABLE_BYTES,
  blobFill,
} from '@atomicity/kernel/state-diff/field-elements';
import { skewedBatch } from '@atomicity/kernel/testing/diff-batches';
import { CALLDATA_BYTES_MAX } from '@atomicity/rails/ethereum/anchor-options';
import { anchorPlans } from '@atomicity/rails/ethereum/anchor-route';
import { readEthereumEvidence } from '@atomicity/rails/ethereum/evidence/verify-evidence';
import type { AnchorForm } from '@atomicity/rails/ethereum/fee-bounds';
import { nodeKzg } from '@atomicity/rails/ethereum/kzg/kzg';
import { verifyBlob } from '@atomicity/rails/ethereum/kzg/verify-blob';
import type { AnchorRail } from '@atomicity/rails/port';
import { AnchorWorld, NEVER } from '../e2e/anchor-world.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    runs: { type: 'string', default: '5' },
    sizes: { type: 'string', default: '1,10,100,1000,3000,10000,50000' },
    seed: { type: 'string', default: '20261121' },
  },
});
const runs = Number(values.runs);
const sizes = values.sizes.split(',').map(Number);
const seed = Number(values.seed);

type Time = { readonly wallMs: number; readonly cpuMs: number };

function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((x, y) => x - y);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Wall and processor time of one call, all threads of this process. */
async function timed(act: () => unknown): Promise<Time> {
  const used = process.cpuUsage();
  const start = performance.now();
  await act();
  const wallMs = performance.now() - start;
  const { user, system } = process.cpuUsage(used);
  return { wallMs, cpuMs: (user + system) / 1000 };
}

async function medianTime(act: () => unknown): Promise<Time> {
  const times: Time[] = [];
  for (let i = 0; i < runs; i++) times.push(await timed(act));
  return {
    wallMs: median(times.map(({ wallMs }) => wallMs)),
    cpuMs: median(times.map(({ cpuMs }) => cpuMs)),
  };
}

async function kzgTimes() {
  const kzg = nodeKzg();
  const load = await timed(() => kzg.load());
  const blob = new Uint8Array(randomBytes(BLOB_BYTES));
  for (let i = 0; i < BLOB_BYTES; i += 32) blob[i] = 0;
  const commitment = await kzg.commit(blob);
  const proof = await kzg.blobProof(blob, commitment);
  if (!verifyBlob(blob, commitment, proof)) throw new Error('the two verifiers disagree');
  return {
    load,
    commit: await medianTime(() => kzg.commit(blob)),
    blobProof: await medianTime(() => kzg.blobProof(blob, commitment)),
    cellProofs: await medianTime(() => kzg.cellProofs(blob)),
    verify: await medianTime(() => kzg.verifyBlob(blob, commitment, proof)),
    verifyWithoutLibrary: await medianTime(() => verifyBlob(blob, commitment, proof)),
  };
}

function payloadOf(count: number): Uint8Array {
  const registrySize = Math.max(50_000, 5 * count);
  return encodeStateDiffs(skewedBatch({ seed, count, registrySize }));
}

/** Gas of a batch of `count` diffs, by sending it. */
class GasMeter {
  readonly #world: AnchorWorld;
  readonly #rails: Readonly<Record<AnchorForm, AnchorRail>>;
  readonly #known = new Map<string, { readonly gas: bigint; readonly blobs: number }>();

  constructor(world: AnchorWorld, rails: Readonly<Record<AnchorForm, AnchorRail>>) {
    this.#world = world;
    this.#rails = rails;
  }

  async of(count: number, form: AnchorForm) {
    const name = `${form} ${count}`;
    const known = this.#known.get(name) ?? (await this.#measure(count, form, name));
    this.#known.set(name, known);
    return known;
  }

  async #measure(count: number, form: AnchorForm, name: string) {
    const rail = this.#rails[form];
    const submission = await this.#world.prepared(rail, name, payloadOf(count));
    const { bytes } = await rail.submit(submission, NEVER);
    const shown = readEthereumEvidence(bytes);
    if (shown.kind === 'refused') throw new Error(shown.reason);
    const { transactionHash: hash, availability, versionedHashes } = shown.anchor;
    if (availability !== form) throw new Error(`${name} went as ${availability}`);
    const { gasUsed } = await this.#world.control.getTransactionReceipt({ hash });
    return { gas: gasUsed, blobs: versionedHashes.length };
  }

  async cost(count: number, form: AnchorForm, gasPrice: bigint, blobGasPrice: bigint) {
    const { gas, blobs } = await this.of(count, form);
    return gas * gasPrice + BigInt(blobs * BLOB_BYTES) * blobGasPrice;
  }
}

/** The least count, to a sixty-fourth of it, from which blobs are the cheaper way; null up to `most`. */
async function crossoverOf(isCheaper: (count: number) => Promise<boolean>, most: number) {
  if (!(await isCheaper(most))) return null;
  let [no, yes] = [0, most];
  while (yes - no > Math.max(1, Math.floor(yes / 64))) {
    const middle = Math.floor((no + yes) / 2);
    if (await isCheaper(middle)) yes = middle;
    else no = middle;
  }
  return yes;
}

/** What the router says of a batch of `count` diffs. */
async function routerSays(count: number, blobBaseFee: bigint): Promise<boolean> {
  const numbers = ETHEREUM_MAINNET;
  const settings = { plans: anchorPlans({}), numbers, hysteresis: NO_HYSTERESIS };
  const fees = { baseFeePerGas: GAS_PRICE, priorityFeePerGas: 0n, externalPerUnit: null };
  const bytes = countBytes(payloadOf(count));
  const decided = decideRoute(bytes, { ...fees, blobBaseFee }, settings, NO_MEMORY);
  return decided.kind === 'route' && decided.route === 'blob';
}

const fits = (count: number) => payloadOf(count).length <= CALLDATA_BYTES_MAX;

async function gasRows(meter: GasMeter) {
  const rows = [];
  for (const diffs of sizes) {
    const bytes = payloadOf(diffs).length;
    const calldata = fits(diffs) ? (await meter.of(diffs, 'calldata')).gas : null;
    const { gas, blobs } = await meter.of(diffs, 'blob');
    const { filledBytes, usableBytes } = blobFill(bytes);
    rows.push({ diffs, bytes, calldata, blob: gas, blobs, fill: filledBytes / usableBytes });
  }
  return rows;
}

/** Blob gas price as a multiple of the gas price, in thousandths. */
const RATIOS = [1, 10, 100, 200, 500, 1000];
const GAS_PRICE = 10n ** 9n;

async function crossoverRows(meter: GasMeter) {
  const [few, many] = [200, 2_000];
  const less = await meter.of(few, 'calldata');
  const more = await meter.of(many, 'calldata');
  const gasPerDiff = (more.gas - less.gas) / BigInt(many - few);
  const base = less.gas - gasPerDiff * BigInt(few);
  const blob = await meter.of(few, 'blob');
  const extraGas = blob.gas > base ? blob.gas - base : 0n;
  const bytesPerDiff = payloadOf(many).length / many;
  const rows = [];
  let most = many;
  while (fits(2 * most)) most *= 2;
  for (const ratio of RATIOS) {
    const blobGasPrice = (GAS_PRICE * BigInt(ratio)) / 1000n;
    const said = blobCrossover({
      gasPrice: GAS_PRICE,
      blobGasPrice,
      gasPerDiff,
      extraGas,
      gasPerBlob: ETHEREUM_MAINNET.gasPerBlob.value,
      diffsPerBlob: BigInt(Math.floor(BLOB_USABLE_BYTES / bytesPerDiff)),
      blobsMax: ETHEREUM_MAINNET.blobsPerTransactionMax.value,
    });
    const found = await crossoverOf(
      async (count) =>
        (await meter.cost(count, 'blob', GAS_PRICE, blobGasPrice)) <=
        (await meter.cost(count, 'calldata', GAS_PRICE, blobGasPrice)),
      most,
    );
    const routed = await crossoverOf((count) => routerSays(count, blobGasPrice), most);
    rows.push({ ratio: ratio / 1000, found, routed, said });
  }
  return { gasPerDiff, callGas: base, blobCallGas: blob.gas, most, rows };
}

const world = await AnchorWorld.start();
const railOf = (form: AnchorForm) =>
  world.rail({ route: () => form, inclusionMs: 60_000, folder: `${world.folder}/${form}` });
try {
  const kzg = await kzgTimes();
  const meter = new GasMeter(world, {
    blob: await railOf('blob'),
    calldata: await railOf('calldata'),
  });
  const gas = await gasRows(meter);
  const crossover = await crossoverRows(meter);
  const machine = `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown'}, load ${loadavg()[0]?.toFixed(1)}`;
  if (values.json) {
    const text = (_key: string, value: unknown) => (typeof value === 'bigint' ? `${value}` : value);
    process.stdout.write(`${JSON.stringify({ machine, kzg, gas, crossover }, text)}\n`);
  } else {
    const ms = (value: number) => value.toFixed(1).padStart(9);
    const number = (value: unknown, width = 10) => `${value ?? '–'}`.padStart(width);
    const lines = [machine, 'per blob                  wall ms   cpu ms'];
    for (const [name, { wallMs, cpuMs }] of Object.entries(kzg)) {
      lines.push(`${name.padEnd(24)}${ms(wallMs)}${ms(cpuMs)}`);
    }
    lines.push('', '     diffs     bytes  calldata  a diff      blob  a diff  blobs   fill');
    for (const { diffs, bytes, calldata, blob, blobs, fill } of gas) {
      const per = (all: bigint | null) => (all === null ? '–' : (Number(all) / diffs).toFixed(1));
      lines.push(
        `${number(diffs)}${number(bytes)}${number(calldata)}${number(per(calldata), 8)}` +
          `${number(blob)}${number(per(blob), 8)}${number(blobs, 7)}${number(`${(100 * fill).toFixed(1)} %`, 8)}`,
      );
    }
    const { gasPerDiff, callGas, blobCallGas } = crossover;
    lines.push('', `calldata: ${callGas} gas and ${gasPerDiff} a diff; blobs: ${blobCallGas} gas`);
    lines.push('blob gas price / gas price   crossover found   by the router  by blobCrossover');
    for (const { ratio, found, routed, said } of crossover.rows) {
      const none = `> ${crossover.most}`;
      const cells = [number(found ?? none, 18), number(routed ?? none, 16), number(said, 18)];
      lines.push(`${number(ratio, 26)}${cells.join('')}`);
    }
    process.stdout.write(`${lines.join('\n')}\n`);
  }
} finally {
  await world.stop();
}
