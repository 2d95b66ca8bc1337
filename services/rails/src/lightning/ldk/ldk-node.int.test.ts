// Goal: two real Lightning nodes do what the port says, and our reader of invoices agrees with LDK's. Method: the
// contract suite over a channel on the loopback; LDK as an oracle on its own invoices and on spoiled ones.

import { describeLightningNodeContract } from '../lightning-node-contract.ts';
import { startLdkPair } from './ldk-pair.ts';

describeLightningNodeContract('LDK', async () => {
  const { payer, payee, spendableMsat, stop } = await startLdkPair();
  return { payer, payee, unpayableMsat: spendableMsat + 1n, stop };
});
