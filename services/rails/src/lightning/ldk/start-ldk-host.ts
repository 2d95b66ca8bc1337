/** Starts `ldk-host.ts` and gives the two nodes of it. */

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { LightningNode } from '../lightning-node.ts';
import { remoteLightningNode } from '../remote-node.ts';

export type LdkHost = {
  readonly payer: LightningNode;
  readonly payee: LightningNode;
  /** How other processes reach them: `remoteLightningNode` with `name` payer or payee. */
  readonly url: string;
  readonly token: string;
  /** Ends the process, and with it the nodes, their channel and all they know. */
  readonly stop: () => Promise<void>;
};

const LABEL = 'LDK in a process of its own: a real channel on a chain that is none';

/** Two nodes with a channel of 0.1 bitcoin that do not exist. Takes about two seconds. */
export async function startLdkHost(): Promise<LdkHost> {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  const entry = fileURLToPath(new URL(`./ldk-host${extension}`, import.meta.url));
  const token = randomBytes(16).toString('hex');
  const child = spawn(process.execPath, [...process.execArgv, entry], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, LIGHTNING_TOKEN: token },
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`the LDK host ended with ${code}`)));
    createInterface(child.stdout).on('line', (line) => {
      // The library writes a line of its own first.
      if (line.startsWith('{')) resolve(JSON.parse(line).url);
    });
  });
  const nodeOf = (name: string) => remoteLightningNode({ url, name, token, label: LABEL });
  return {
    payer: nodeOf('payer'),
    payee: nodeOf('payee'),
    url,
    token,
    stop: async () => {
      child.stdin.end();
      child.kill();
      await ended;
    },
  };
}
