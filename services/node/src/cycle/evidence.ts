import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { copyFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { writeBundle } from '@atomicity/auditor/bundle/write-bundle';
import { type PartyId, partyIdFromKey } from '@atomicity/kernel/units/id';
import { openBundleSource } from '../compose/bundle-source.ts';
import { writeDurably } from '../compose/data-dir.ts';
import type { RunningNode } from '../compose/node.ts';
import { trustFileText } from '../compose/trust-file.ts';
import { verificationKeysOnDisk } from '../compose/verification-keys.ts';
import type { AuditReport } from './story.ts';

export type ExportedBundle = {
  readonly kind: 'full' | 'sealed';
  readonly file: string;
  readonly bytes: number;
};

/**
 * Writes a full and a sealed bundle of the log as it stands, each under its size and as `latest`.
 * A file that is there is whole: it gets its name last.
 */
export async function exportBundles(
  node: RunningNode,
  onProgress: (kind: string, fraction: number) => void,
): Promise<ExportedBundle[]> {
  const source = await openBundleSource(node);
  const exported: ExportedBundle[] = [];
  for (const kind of ['full', 'sealed'] as const) {
    const file = join(node.dir.bundles, `${source.size}-${kind}.ndjson`);
    await pipeline(
      Readable.from(
        counted(writeBundle(source, kind), (lines) => onProgress(kind, lines / source.size)),
      ),
      createWriteStream(`${file}.part`, { mode: 0o600 }),
    );
    await rename(`${file}.part`, file);
    await copyFile(file, join(node.dir.bundles, `latest-${kind}.ndjson`));
    exported.push({ kind, file, bytes: (await stat(file)).size });
  }
  return exported;
}

const PROGRESS_LINES = 500;

/** The same lines; says now and then how many there were. */
async function* counted(
  lines: AsyncIterable<string>,
  onCount: (count: number) => void,
): AsyncGenerator<string> {
  let count = 0;
  for await (const line of lines) {
    yield line;
    count += 1;
    if (count % PROGRESS_LINES === 0) onCount(count);
  }
}

/**
 * Writes a trust file that names this node's log key and the given principals. An auditor gets these from
 * the principals and the operator themselves; a node can only vouch for itself.
 */
export async function writeTrustFile(
  node: RunningNode,
  principals: readonly PartyId[],
): Promise<string> {
  const file = join(node.dir.bundles, 'trust.json');
  const text = trustFileText({
    origin: node.config.origin,
    logKey: partyIdFromKey(node.logSigner.publicKey),
    principals,
    developmentKeys: verificationKeysOnDisk().keys(),
  });
  writeDurably(file, text, 0o600);
  return file;
}

/**
 * Runs the offline auditor in a process of its own, with an empty environment, and reads its report.
 * @throws Error with its status when it gives no report.
 */
export async function auditInOwnProcess(bundle: string, trust: string): Promise<AuditReport> {
  const entry = fileURLToPath(import.meta.resolve('@atomicity/auditor/cli/main'));
  const argv = [...process.execArgv, entry, bundle, '--trust', trust, '--json'];
  // Its standard error is ours, so that its progress shows where ours does.
  const auditor = spawn(process.execPath, argv, { env: {}, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(auditor, 'close');
  let stdout = '';
  for await (const piece of auditor.stdout.setEncoding('utf8')) stdout += piece;
  const [status] = await ended;
  try {
    return JSON.parse(stdout);
  } catch (error) {
    throw new Error(`the auditor ended with status ${status} and gave no report`, { cause: error });
  }
}
