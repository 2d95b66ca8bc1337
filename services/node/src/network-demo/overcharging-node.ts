/**
 * A node that cheats, for the demonstration alone: it takes the fees of all hops and passes on a
 * voucher that leaves nothing for those behind it. Its book is an honest one and would never record
 * that voucher; so the change is made on the way out, with the party's own key.
 */
import type { KeyPair } from '@atomicity/client/key-pair';
import { ZERO_AMOUNT } from '@atomicity/kernel/units/amount';
import type { PartyId } from '@atomicity/kernel/units/id';
import { encodeObject, objectId, parseObject } from '@atomicity/kernel/wire/parse-object';
import type { PeerPort } from '@atomicity/router/ports';
import { parseOptions, required, wholeNumber } from '../cli/options.ts';
import { startNode } from '../compose/node.ts';
import { readNetworkConfig } from '../network/network-config.ts';

const SPEC = {
  'data-dir': { type: 'string' },
  port: { type: 'string' },
  network: { type: 'string' },
} as const;

/** What the text becomes: a forwarding voucher keeps all fees, everything else is as it was. */
function overcharged(text: string, party: PartyId, key: KeyPair): string {
  const parsed = parseObject(text);
  if (parsed.kind === 'refused' || parsed.object.body.type !== 'CapacityVoucher') return text;
  const { body } = parsed.object;
  if (body.prevReceipt === null) return text;
  const altered = { ...body, fee: ZERO_AMOUNT };
  const sig = key.signId(objectId(altered));
  return encodeObject(altered, [{ by: party, key: key.id, sig }]);
}

async function main(argv: readonly string[]): Promise<void> {
  // The same options as `atomicity serve`, whose name comes first.
  const values = parseOptions(argv.slice(1), SPEC);
  const network = readNetworkConfig(required(values.network, 'network'));
  const { party, key } = network;
  const wrapPeers = (peers: PeerPort): PeerPort => ({
    send: (to, { from, objects }) =>
      peers.send(to, { from, objects: objects.map((text) => overcharged(text, party, key)) }),
  });
  const node = await startNode({
    dataDir: required(values['data-dir'], 'data-dir'),
    port: wholeNumber(required(values.port, 'port'), 'port', { min: 0, max: 65_535 }),
    network,
    wrapPeers,
    onFatal: (error) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  });
  process.stderr.write(`${JSON.stringify({ message: 'listening', url: node.url })}\n`);
  process.once('SIGTERM', () => {
    node.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  });
}

await main(process.argv.slice(2));
