/** A thread of the verification pool: texts in, verdicts out. It keeps nothing but public keys. */
import { parentPort } from 'node:worker_threads';
import type { NoteCore } from '@atomicity/kernel/note/note';
import { type TextVerdict, verifyTexts } from './verify-texts.ts';
import { buildWasmPoseidon } from './wasm-poseidon.ts';

export type VerifyTask = {
  readonly task: number;
  readonly texts: readonly string[];
  readonly cores: readonly NoteCore[];
};

/** Verdicts without the objects' texts, which the asking side still holds. */
export type VerifyAnswer = { readonly task: number; readonly verdicts: readonly TextVerdict[] };

const hash = buildWasmPoseidon();

parentPort?.on('message', ({ task, texts, cores }: VerifyTask) => {
  const verdicts = verifyTexts(texts, cores, hash).map((verdict) =>
    verdict.kind === 'sound' ? { ...verdict, object: { ...verdict.object, text: '' } } : verdict,
  );
  parentPort?.postMessage({ task, verdicts } satisfies VerifyAnswer);
});
