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

async function timeAudit(text: string, trustText: string): Promise<number> {
  const bytes = Buffer.from(text);
  const trust = trustOf(trustText);
  const start = performance.now();
  const result = await audit(piecesOf(bytes), { trust, proofs: groth16Verifier() });
  const milliseconds = performance.now() - start;
  if (result.kind === 'unusable') throw new Error(JSON.stringify(result.refusal));
  const failed = result.rows.find(({ verdict }) => verdict === 'fails');
  if (failed !== undefined) throw new Error(JSON.stringify(failed));
  return milliseconds;
}

type Row = { notes: number; kind: 'full' | 'sealed'; bytes: number; milliseconds: number };

const warmUp = await benchWorld(16, values.seed);
await timeAudit(await warmUp.bundle('full'), warmUp.trustFile());

const rows: Row[] = [];
for (const notes of values.notes.split(',').map(Number)) {
  process.stderr.write(`building a world of ${notes} notes\n`);
  const world = await benchWorld(notes, values.seed);
  for (const kind of ['full', 'sealed'] as const) {
    const text = await world.bundle(kind);
    const milliseconds = Math.round(await timeAudit(text, world.trustFile()));
    rows.push({ notes, kind, bytes: text.length, milliseconds });
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
  process.stdout.write('  notes  bundle       bytes        ms\n');
  for (const { notes, kind, bytes, milliseconds } of rows) {
    const cells = [String(notes).padStart(7), kind.padEnd(6), String(bytes).padStart(11)];
    process.stdout.write(`${cells.join('  ')}  ${String(milliseconds).padStart(8)}\n`);
  }
}
