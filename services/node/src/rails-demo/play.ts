import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { progressBar } from '../cli/progress.ts';
import { UsageError } from '../cli/usage-error.ts';
import type { Streams } from '../cycle/story.ts';
import { Tale } from '../network-demo/tale.ts';
import { checkBooks } from './check-books.ts';
import { closeBatches } from './close-batches.ts';
import { killSettlers } from './kill-settlers.ts';
import type { RailsDemoOptions } from './options.ts';
import type { Closing } from './outside.ts';
import type { Stage } from './stage.ts';

/** Plays the story; the exit code says whether everything that it claims was found to be so. */
export async function playRails(
  options: RailsDemoOptions,
  streams: Streams,
  signal: AbortSignal,
): Promise<0 | 1> {
  const folder = folderOf(options.keep);
  const sweep = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  // Also when the process is told to end in the middle of a scene.
  if (options.keep === null) process.once('exit', sweep);
  const tale = new Tale(streams.out, options.json, Date.now());
  const bar = progressBar(streams.err);
  const closing: Closing = [];
  try {
    const stage: Stage = { options, tale, progress: bar.report, folder, signal, closing };
    const opened = await closeBatches(stage);
    bar.end();
    const settled = await killSettlers(stage, opened);
    bar.end();
    await checkBooks(stage, opened, settled);
  } catch (error) {
    bar.end();
    const facts = error instanceof Object && 'facts' in error ? { facts: error.facts } : {};
    tale.check(
      `the story went on: ${error instanceof Error ? error.message : error}`,
      false,
      facts,
    );
  } finally {
    bar.end();
    await closeAll(closing);
    if (options.keep === null) {
      sweep();
      process.off('exit', sweep);
    }
  }
  return end(tale);
}

function folderOf(keep: string | null): string {
  if (keep === null) return mkdtempSync(join(tmpdir(), 'atomicity-rails-'));
  const folder = resolve(keep);
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new UsageError(`--keep: ${folder} is there and not empty`);
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/** Newest first; what fails to close does not keep the rest open. */
async function closeAll(closing: Closing): Promise<void> {
  for (const close of closing.splice(0).reverse()) {
    await Promise.resolve()
      .then(close)
      .catch(() => undefined);
  }
}

function end(tale: Tale): 0 | 1 {
  const { checked, failed } = tale;
  const text =
    failed === 0
      ? `\nAll ${checked} claims of the story were checked and hold, in ${tale.seconds()} s.`
      : `\n${failed} of ${checked} claims do not hold.`;
  tale.show(text, { event: 'ended', checked, failed });
  return failed === 0 && checked > 0 ? 0 : 1;
}
