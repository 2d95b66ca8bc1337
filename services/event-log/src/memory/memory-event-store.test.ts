import { eventStoreContract } from '../contract.ts';
import { MemoryEventStore } from './memory-event-store.ts';

eventStoreContract('memory fake', async () => ({
  store: new MemoryEventStore(),
  cleanup: async () => {},
}));
