/**
 * A process that hosts two LDK nodes and serves them to others, for demonstrations that kill everything else: the
 * nodes live on, as real ones would. The token comes in `LIGHTNING_TOKEN`. Prints a line of JSON, `{"url":"…"}`, when it
 * can be asked; ends when its standard input ends.
 */

import { serveLightningNodes } from '../node-server.ts';
import { startLdkPair } from './ldk-pair.ts';

const token = process.env['LIGHTNING_TOKEN'] ?? '';
const pair = await startLdkPair();
const { payer, payee } = pair;
const server = await serveLightningNodes({ payer, payee }, token);
process.stdout.write(`${JSON.stringify({ url: server.url })}\n`);

// Whoever started it may be killed: then it must not stay behind.
process.stdin.resume();
process.stdin.once('end', () => process.exit(0));
