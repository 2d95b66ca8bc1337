/**
 * How long an audit takes: full and sealed bundles of 64, 1,000 and 10,000 notes, each audited once in
 * this process after a warm-up, beside the machine's own Ed25519 verifications per second in the same
 * run. The bundles come from the auditor's test world; their proofs are of a setup with a known
 * trapdoor, which costs the verifier what any other proof costs.
 *
 * Run: node --conditions=source test/bench/audit.ts [--json] [--notes 64,1000] [--seed TEXT]
 */
import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { audit } from '@atomicity/auditor/audit';
import { groth16Verifier } from '@atomicity/auditor/crypto/proof-verifier';
import { trustOf } from '@atomicity/auditor/testing/audit-text';
import { benchWorld } from '@atomicity/auditor/testing/bench-world';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    notes: { type: 'string', default: '64,1000,10000' },
    seed: { type: 'string', default: 'bench' },
  },
});

const VERIFICATIONS = 5_000;
const PIECE_BYTES = 1 << 18;

/** What one core does at most: every signature of a bundle costs at least this. */
function verificationsPerSecond(): number {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const message = Buffer.alloc(55, 1);
  const signature = sign(null, message, privateKey);
  const start = performance.now();
  for (let i = 0; i < VERIFICATIONS; i++) verify(null, message, publicKey, signature);
  return (VERIFICATIONS * 1000) / (performance.now() - start);
}

async function* piecesOf(bytes: Uint8Array) {
  for (let i = 0; i < bytes.length; i += PIECE_BYTES) yield bytes.subarray(i, i + PIECE_BYTES);
}

type Timing = { readonly milliseconds: number; readonly cpuMilliseconds: number };

/** Wall clock, and processor time of all threads: what other load on the machine changes least. */
async function timeAudit(text: string, trustText: string): Promise<Timing> {
  const bytes = Buffer.from(text);
  const trust = trustOf(trustText);
  const cpu = process.cpuUsage();
  const start = performance.now();
  const result = await audit(piecesOf(bytes), { trust, proofs: groth16Verifier() });
  const milliseconds = Math.round(performance.now() - start);
  const { user, system } = process.cpuUsage(cpu);
  const cpuMilliseconds = Math.round((user + system) / 1000);
  if (result.kind === 'unusable') throw new Error(JSON.stringify(result.refusal));
  const failed = result.rows.find(({ verdict }) => verdict === 'fails');
  if (failed !== undefined) throw new Error(JSON.stringify(failed));
  return { milliseconds, cpuMilliseconds };
}

type Row = Timing & { notes: number; kind: 'full' | 'sealed'; bytes: number };

const warmUp = await benchWorld(16, values.seed);
await timeAudit(await warmUp.bundle('full'), warmUp.trustFile());

const rows: Row[] = [];
for (const notes of values.notes.split(',').map(Number)) {
  process.stderr.write(`building a world of ${notes} notes\n`);
  const world = await benchWorld(notes, values.seed);
  for (const kind of ['full', 'sealed'] as const) {
    const text = await world.bundle(kind);
    rows.push({ notes, kind, bytes: text.length, ...(await timeAudit(text, world.trustFile())) });
  }
}

const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`;
const verifyPerSecond = Math.round(verificationsPerSecond());
if (values.json) {
  const report = { bench: 'audit', machine, seed: values.seed, verifyPerSecond, rows };
  process.stdout.write(`${JSON.stringify(report)}\n`);
} else {
  process.stdout.write(`${machine}\nseed ${values.seed}\n`);
  process.stdout.write(`Ed25519 verifications on one core: ${verifyPerSecond}/s\n\n`);
  process.stdout.write('  notes  bundle       bytes        ms    cpu ms\n');
  for (const { notes, kind, bytes, milliseconds, cpuMilliseconds } of rows) {
    const cells = [String(notes).padStart(7), kind.padEnd(6), String(bytes).padStart(11)];
    const times = [milliseconds, cpuMilliseconds].map((value) => String(value).padStart(8));
    process.stdout.write(`${[...cells, ...times].join('  ')}\n`);
  }
}
