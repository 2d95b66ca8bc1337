import { randomNonce, signObject } from '@atomicity/client/signer';
import type { PartyHosting } from '@atomicity/kernel/wire/objects';
import type { VerificationPool } from '@atomicity/ledger/verify/verification-pool';
import type { BookWriter } from '@atomicity/ledger/writer/book-writer';
import type { Operator } from '../compose/operator.ts';
import { type NetworkConfig, NetworkConfigError } from './network-config.ts';

type Book = { readonly writer: BookWriter; readonly pool: VerificationPool };

/**
 * Records what the configuration says and the book lacks: the delegation of the router's key, those of
 * the neighbours that it names, and that this book hosts the party. A second call changes nothing.
 * @throws NetworkConfigError with the refusal, naming what was refused; also when the margin is
 * another than the book's, which is fixed for good.
 */
export async function introduceParty(
  config: NetworkConfig,
  operator: Operator,
  book: Book,
): Promise<void> {
  await record(book, 'delegation', config.delegation);
  for (const { party, delegation } of config.peers) {
    if (delegation !== null) await record(book, `delegation of ${party}`, delegation);
  }
  await host(config, operator, book);
}

async function host(config: NetworkConfig, operator: Operator, book: Book): Promise<void> {
  const { party, marginMs } = config;
  const hosted = book.writer.flushedState().hosted.get(party);
  if (hosted !== undefined) {
    if (hosted.marginMs === marginMs) return;
    throw new NetworkConfigError(
      `marginMs: the book hosts ${party} with ${hosted.marginMs}, which is fixed for good`,
    );
  }
  const nonce = randomNonce();
  const body: PartyHosting = { v: 1, type: 'PartyHosting', party, marginMs, nonce };
  const { text } = signObject(body, [{ by: operator.id, key: operator.key }]);
  await record(book, 'hosting', text);
}

async function record({ writer, pool }: Book, what: string, text: string): Promise<void> {
  const [verification] = await pool.verify([text], () => undefined);
  if (verification === undefined) throw new Error('one verdict for one text');
  if (verification.kind === 'refused') throw refused(what, verification.refusal);
  const { object } = verification;
  const outcome = await writer.submit(object.id, object);
  if (outcome.kind === 'refused') throw refused(what, outcome.refusal);
  if (outcome.kind === 'failed') throw new Error(`${what}: ${outcome.reason}`);
}

function refused(
  what: string,
  {
    reason,
    field,
    rule,
  }: { reason: string; field?: string | undefined; rule?: string | undefined },
): NetworkConfigError {
  const words = [reason, field, rule].filter((part) => part !== undefined && part !== '');
  return new NetworkConfigError(`${what}: ${words.join(': ')}`);
}
