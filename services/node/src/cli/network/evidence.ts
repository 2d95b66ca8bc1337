import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  isJsonObject,
  type JsonObject,
  parseAnyJson,
} from '@atomicity/kernel/codec/canonical-json';
import {
  certificatesOf,
  feeMismatchProofsOf,
  type Gathered,
  together,
} from '../../network/assemble-evidence.ts';
import type { CliIo, Command, ExitCode } from '../command.ts';
import { id, parseArguments, required } from '../options.ts';
import { UsageError } from '../usage-error.ts';
import { writeNewFile } from '../write-new-file.ts';
import { textOf } from './edge.ts';
import { WALLET_HELP, WALLET_SPEC, walletOf } from './wallet-options.ts';

const HELP = `atomicity evidence INTENT --out DIR (--network FILE | --data-dir DIR) [options]

Writes what the party's node knows of a payment as files that anybody can check:

  gathered.json            everything as it is, to hand to another party of the payment
  certificate-PART.json    one for each part: how far it came, and who missed the window
  fee-mismatch-N.json      where a hop kept another fee than it published

  --out DIR           a folder; files that are there are not written over
  --with FILE         gathered.json of another party; more than one may be given
${WALLET_HELP}
Check them with \`atomicity verify-evidence FILE…\`, on any machine.

Exit code: 0 written; 1 the node knows nothing of the payment, or did not answer; 2 a bad option.
`;

const SPEC = {
  ...WALLET_SPEC,
  out: { type: 'string' },
  with: { type: 'string', multiple: true, default: [] as string[] },
} as const;

export const evidence: Command = {
  name: 'evidence',
  summary: 'write certificates and proofs about a payment',
  help: HELP,
  async run(argv, io): Promise<ExitCode> {
    const { values, positionals } = parseArguments(argv, SPEC, ['INTENT']);
    const intent = id(positionals[0] ?? '', 'INTENT');
    const out = required(values.out, 'out');
    const others = values.with.map((file) => gatheredFrom(file, textOf(file)));
    const { client } = walletOf(values);
    const own = gatheredOf(await client.receipts(intent), await client.offers());
    if (own.receipts.length + others.length === 0) {
      io.stderr(`atomicity evidence: the node knows nothing of ${intent}\n`);
      return 1;
    }
    const all = together([own, ...others]);
    mkdirSync(out, { recursive: true });
    const written = [await write(out, 'gathered.json', `${JSON.stringify({ v: 1, ...all })}\n`)];
    for (const { part, text } of certificatesOf(intent, all)) {
      written.push(await write(out, `certificate-${part}.json`, `${text}\n`));
    }
    for (const [i, text] of feeMismatchProofsOf(all).entries()) {
      written.push(await write(out, `fee-mismatch-${i + 1}.json`, `${text}\n`));
    }
    tell(io, values.json, written);
    return 0;
  },
};

async function write(folder: string, name: string, text: string): Promise<string> {
  const file = join(folder, name);
  await writeNewFile(file, 'out', [text]);
  return file;
}

function tell(io: CliIo, json: boolean, files: readonly string[]): void {
  io.stdout(json ? `${JSON.stringify({ files })}\n` : files.map((file) => `${file}\n`).join(''));
}

function gatheredOf(receipts: JsonObject, { offers }: JsonObject): Gathered {
  const told = Array.isArray(offers) ? offers.filter(isJsonObject) : [];
  return {
    receipts: textsOf(receipts['receipts']),
    delegations: [
      ...textsOf(receipts['delegations']),
      ...textsOf(told.map((each) => each['delegation'] ?? null)),
    ],
    offers: textsOf(told.map((each) => each['offer'] ?? null)),
  };
}

/** @throws UsageError naming the file. */
function gatheredFrom(file: string, text: string): Gathered {
  const value = parseAnyJson(text)?.value;
  if (!isJsonObject(value) || value['v'] !== 1) throw new UsageError(`${file}: no gathered.json`);
  const { receipts, delegations, offers } = value;
  return {
    receipts: textsOf(receipts),
    delegations: textsOf(delegations),
    offers: textsOf(offers),
  };
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value)
    ? value.filter((text): text is string => typeof text === 'string')
    : [];
}
