import type { Answer, AsOf } from '@atomicity/kernel/book/views';
import type { StreamId } from '@atomicity/kernel/units/id';
import { type Caller, maySee } from './http/caller.ts';
import { RefusedRequest } from './http/problem.ts';
import { RETRY_AFTER_SECONDS } from './http/refusal-status.ts';
import type { ReadModel } from './read-model.ts';

export type FreshAnswer<T> = { readonly asOf: AsOf; readonly value: T };

/** Where the durable end of the book is. */
export type DurableEnd = () => { readonly stream: StreamId; readonly revision: number };

/**
 * Queries that see everything durable at the time they came in, by callers who may see it. What a
 * caller may not see does not exist for it: the answer is `not_found`, not `role_not_allowed`.
 */
export class Queries {
  readonly #readModel: ReadModel;
  readonly #durableEnd: DurableEnd;
  readonly #waitMs: number;

  constructor(readModel: ReadModel, durableEnd: DurableEnd, waitMs: number) {
    this.#readModel = readModel;
    this.#durableEnd = durableEnd;
    this.#waitMs = waitMs;
  }

  /**
   * Answers once the read side has caught up with the durable end of now.
   * @throws RefusedRequest `read_model_behind` after the configured wait, `not_found`.
   */
  async answer<T>(
    caller: Caller,
    read: (readModel: ReadModel) => Promise<Answer<T>>,
    partiesOf: (value: T) => readonly string[],
  ): Promise<FreshAnswer<T>> {
    const { stream, revision } = this.#durableEnd();
    if (!(await this.#readModel.reached(stream, revision, this.#waitMs))) {
      throw new RefusedRequest(
        { reason: 'read_model_behind', facts: { revision } },
        RETRY_AFTER_SECONDS.read_model_behind,
      );
    }
    const { asOf, value } = await read(this.#readModel);
    if (value === undefined || !maySee(caller, partiesOf(value))) {
      throw new RefusedRequest({ reason: 'not_found' });
    }
    return { asOf, value };
  }

  /** As `answer`, for what belongs to one party: refused before anything is read. */
  async ofParty<T>(
    caller: Caller,
    party: string,
    read: (readModel: ReadModel) => Promise<Answer<T>>,
  ): Promise<FreshAnswer<T>> {
    if (!maySee(caller, [party])) throw new RefusedRequest({ reason: 'not_found' });
    return this.answer(caller, read, () => [party]);
  }
}
