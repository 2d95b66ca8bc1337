/** Adapters over the lnds of the private network, each with a macaroon that allows no more than it needs. */

import type { LightningNode } from '@atomicity/rails/lightning/lightning-node';
import { lndNode } from '@atomicity/rails/lightning/lnd';
import type { Lnd } from './private-network.ts';

/** As in docs/operating/lightning.md. */
export const PAYER_URIS = [
  '/lnrpc.Lightning/GetInfo',
  '/routerrpc.Router/SendPaymentV2',
  '/routerrpc.Router/TrackPaymentV2',
];
export const PAYEE_URIS = [
  '/lnrpc.Lightning/GetInfo',
  '/lnrpc.Lightning/AddInvoice',
  '/invoicesrpc.Invoices/AddHoldInvoice',
  '/invoicesrpc.Invoices/SettleInvoice',
  '/invoicesrpc.Invoices/CancelInvoice',
  '/invoicesrpc.Invoices/LookupInvoiceV2',
];

/** `url` for one behind a proxy. */
export async function payerAt(lnd: Lnd, url = lnd.url): Promise<LightningNode> {
  const macaroonFile = await lnd.bake('payer', PAYER_URIS);
  return lndNode({ url, certificateFile: lnd.certificateFile, macaroonFile });
}

export async function payeeAt(lnd: Lnd): Promise<LightningNode> {
  const macaroonFile = await lnd.bake('payee', PAYEE_URIS);
  return lndNode({ url: lnd.url, certificateFile: lnd.certificateFile, macaroonFile });
}
