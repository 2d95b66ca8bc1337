// Deploys the AnchorRegistry. Run: npm run deploy:anchors -w @atomicity/contracts --
//   --rpc-url URL --private-key-file FILE [--known ADDRESS] [--json]
// --known names one that was deployed before: it is reused where the code is the same.
import { parseArgs } from 'node:util';
import { createClient, http, isAddress } from 'viem';
import { deployAnchorRegistry } from './deploy-anchor-registry.ts';
import { DeployError } from './deploy-error.ts';
import { accountOf } from './private-key-file.ts';

const OPTIONS = {
  'rpc-url': { type: 'string', default: '' },
  'private-key-file': { type: 'string', default: '' },
  known: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: OPTIONS });
  const { 'rpc-url': url, 'private-key-file': path, known } = values;
  if (url === '') throw new DeployError('option_malformed', '--rpc-url is missing');
  if (path === '') throw new DeployError('option_malformed', '--private-key-file is missing');
  if (known !== undefined && !isAddress(known)) {
    throw new DeployError('option_malformed', '--known is no address');
  }
  const client = createClient({ account: accountOf(path), transport: http(url) });
  const deployed = await deployAnchorRegistry(known === undefined ? { client } : { client, known });
  const { chainId, registry, reused, gasUsed } = deployed;
  const text = `chain ${chainId}, AnchorRegistry ${registry}, ${reused ? 'reused' : `${gasUsed} gas`}`;
  console.log(values.json ? JSON.stringify({ ...deployed, gasUsed: `${gasUsed}` }) : text);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof DeployError)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
}
