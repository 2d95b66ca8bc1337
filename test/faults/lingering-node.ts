/**
 * A node that stays up after it has failed, so that a test can ask it questions: `atomicity serve` ends
 * itself at once. Arguments and log lines are those of `serve`; SIGTERM ends it with exit code 3.
 */
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { logToStandardError as logLine } from '@atomicity/ledger/log-line';
import { startNode } from '@atomicity/node/compose/node';

const { values } = parseArgs({
  allowPositionals: true,
  options: { 'data-dir': { type: 'string', default: '' }, port: { type: 'string', default: '0' } },
});

const onFatal = (error: unknown): void => logLine('error', 'failed', { error: String(error) });
const node = await startNode({
  dataDir: values['data-dir'],
  port: Number(values.port),
  logLine,
  onFatal,
});
logLine('info', 'listening', { url: node.url });
await once(process, 'SIGTERM');
await node.stop();
process.exit(3);
