/** Runs command lines in this process, on real data directories, and keeps what they said. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runAtomicity } from '../cli/atomicity.ts';
import { type RunningNode, startNode } from '../compose/node.ts';
import type { NodeOptions } from '../compose/node-options.ts';

export type CliRun = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** Runs `atomicity …argv`. `interrupted` stands in for the signal. */
export async function atomicity(
  argv: readonly string[],
  interrupted: Promise<void> = new Promise(() => undefined),
): Promise<CliRun> {
  let stdout = '';
  let stderr = '';
  const code = await runAtomicity(argv, {
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
    interrupted: () => interrupted,
    now: () => Date.now(),
  });
  return { code, stdout, stderr };
}

/** A temporary folder with helpers for what is in it. */
export function workFolder(name: string) {
  const root = mkdtempSync(join(tmpdir(), `atomicity-${name}-`));
  return {
    path: (...steps: string[]) => join(root, ...steps),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** A node on a free port that lets the test fail when it can't go on. */
export function startTestNode(
  dataDir: string,
  options: Partial<Pick<NodeOptions, 'clock' | 'settings' | 'network' | 'port' | 'rails'>> = {},
): Promise<RunningNode> {
  const onFatal = (error: unknown) => {
    throw error;
  };
  return startNode({ dataDir, port: 0, onFatal, ...options });
}

/** Waits until the projection has read everything that the node has acknowledged. */
export async function settled(node: RunningNode): Promise<void> {
  const size = await node.sequencer.catchUp();
  await node.projector.waitForIndex(size - 1, 60_000);
}
