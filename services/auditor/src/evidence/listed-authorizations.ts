/** The authorizations of each period as a full bundle's holds name them, whatever a replay says of them. */
import { isJsonObject, type JsonValue } from '@atomicity/kernel/codec/canonical-json';
import type { TokenSlot } from '@atomicity/kernel/note/roots';
import { type Hash, parseHash } from '@atomicity/kernel/units/id';
import type { EventRecord } from '../bundle/records.ts';

export type ListedAuthorizations = {
  /** By period, in log order, which is index order in an honest log. */
  readonly byPeriod: ReadonlyMap<Hash, readonly TokenSlot[]>;
  /** Holds whose payload was erased or is no hold: a list may lack them. */
  readonly unreadable: number;
};

function hashIn(value: JsonValue | undefined): Hash | undefined {
  return typeof value === 'string' ? parseHash(value) : undefined;
}

/** Takes the events of a full bundle in log order. */
export function authorizationLists() {
  const byPeriod = new Map<Hash, TokenSlot[]>();
  let unreadable = 0;
  return {
    add({ envelope, payload }: EventRecord): void {
      if (envelope.type !== 'HoldPlaced') return;
      const data = payload?.['data'];
      if (!isJsonObject(data)) {
        unreadable += 1;
        return;
      }
      const { grant } = data;
      if (grant === null) return;
      const members = isJsonObject(grant) ? grant : {};
      const period = hashIn(members['period']);
      const authorization = hashIn(members['authorization']);
      const { category } = members;
      if (period === undefined || authorization === undefined || typeof category !== 'number') {
        unreadable += 1;
        return;
      }
      const known = byPeriod.get(period);
      if (known === undefined) byPeriod.set(period, [{ authorization, category }]);
      else known.push({ authorization, category });
    },
    result: (): ListedAuthorizations => ({ byPeriod, unreadable }),
  };
}
