// Goal: the fake in memory does what the file does. Method: the contract of both.
import { memoryShareStore } from './memory-share-store.ts';
import { shareStoreContract } from './share-store-contract.ts';

shareStoreContract('in memory', () => memoryShareStore(3));
