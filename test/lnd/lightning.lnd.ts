// Goal: the LND adapter is right about a real lnd. Method: the contract suite of the port over two lnds
// on a private chain, each behind a macaroon that allows no more than the adapter needs.
import { describeLightningNodeContract } from '@atomicity/rails/lightning/lightning-node-contract';
import { lndNode } from '@atomicity/rails/lightning/lnd';
import { type Lnd, startPrivateNetwork } from './private-network.ts';

const PAYER_URIS = [
  '/lnrpc.Lightning/GetInfo',
  '/routerrpc.Router/SendPaymentV2',
  '/routerrpc.Router/TrackPaymentV2',
];
const PAYEE_URIS = [
  '/lnrpc.Lightning/GetInfo',
  '/lnrpc.Lightning/AddInvoice',
  '/invoicesrpc.Invoices/AddHoldInvoice',
  '/invoicesrpc.Invoices/SettleInvoice',
  '/invoicesrpc.Invoices/CancelInvoice',
  '/invoicesrpc.Invoices/LookupInvoiceV2',
];

async function adapter(lnd: Lnd, name: string, uris: readonly string[]) {
  const macaroonFile = await lnd.bake(name, uris);
  return lndNode({ url: lnd.url, certificateFile: lnd.certificateFile, macaroonFile });
}

describeLightningNodeContract('lnd', async () => {
  const network = await startPrivateNetwork();
  return {
    payer: await adapter(network.alice, 'payer', PAYER_URIS),
    payee: await adapter(network.bob, 'payee', PAYEE_URIS),
    unpayableMsat: 9_000_000_000n,
    stop: network.stop,
  };
});
