// Goal: the stores in memory do what those on a disk do. Method: one contract for both.
import { memoryEvidence, memoryJournal } from './memory-stores.ts';
import { storesContract } from './mirror/stores-contract.ts';

storesContract('in memory', () => ({ journal: memoryJournal(), evidence: memoryEvidence(3, 10) }));
