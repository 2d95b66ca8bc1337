import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { NodeClient } from '@atomicity/client/node-client';
import { dataDirAt, nodeConfig } from '../compose/data-dir.ts';
import { NoLogHere } from '../compose/offline-node.ts';
import { operatorOf } from '../compose/operator.ts';
import { UsageError } from './usage-error.ts';

/**
 * A client that speaks for the operator of the node in a data directory.
 * @throws NoLogHere; UsageError when its key is not there: nothing may draw a new one.
 */
export function operatorClient(dataDir: string, baseUrl: string): NodeClient {
  const dir = dataDirAt(dataDir);
  if (!existsSync(dir.config)) throw new NoLogHere(`${dataDir}: no node has started here`);
  const file = join(dir.keys, 'operator');
  if (!existsSync(file)) {
    throw new UsageError(`--data-dir: ${file} is needed to sign and not there`);
  }
  return new NodeClient({ baseUrl, key: operatorOf(dir, nodeConfig(dir)).key });
}
