// Goal: the LND adapter is right about a real lnd. Method: the contract suite of the port over two lnds
// on a private chain, each behind a macaroon that allows no more than the adapter needs.
import { describeLightningNodeContract } from '@atomicity/rails/lightning/lightning-node-contract';
import { payeeAt, payerAt } from './lnd-adapter.ts';
import { startPrivateNetwork } from './private-network.ts';

describeLightningNodeContract('lnd', async () => {
  const network = await startPrivateNetwork();
  return {
    payer: await payerAt(network.alice),
    payee: await payeeAt(network.bob),
    unpayableMsat: 9_000_000_000n,
    stop: network.stop,
  };
});
