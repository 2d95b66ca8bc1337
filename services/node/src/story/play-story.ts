import { progressBar } from '../cli/progress.ts';
import type { Streams } from '../cycle/story.ts';
import { Tale } from '../network-demo/tale.ts';
import { openStoryFolder } from './story-folder.ts';

/** What must be undone at the end, newest first. */
export type Closing = (() => Promise<unknown> | unknown)[];

export type Told = {
  readonly tale: Tale;
  readonly folder: string;
  readonly closing: Closing;
  readonly bar: ReturnType<typeof progressBar>;
};

/**
 * Plays a story in a folder of its own, and closes what it opened; an error in it is a claim that does not hold. The
 * exit code says whether everything that it claims was found to be so.
 */
export async function playStory(
  options: { readonly keep: string | null; readonly json: boolean; readonly prefix: string },
  streams: Streams,
  play: (told: Told) => Promise<void>,
): Promise<0 | 1> {
  const folder = openStoryFolder(options.keep, options.prefix);
  const tale = new Tale(streams.out, options.json, Date.now());
  const bar = progressBar(streams.err);
  const closing: Closing = [];
  try {
    await play({ tale, folder: folder.path, closing, bar });
  } catch (error) {
    bar.end();
    const facts = error instanceof Object && 'facts' in error ? { facts: error.facts } : {};
    const said = error instanceof Error ? error.message : error;
    tale.check(`the story went on: ${said}`, false, facts);
  } finally {
    bar.end();
    await closeAll(closing);
    folder.sweep();
  }
  return endStory(tale);
}

/** Newest first; what fails to close does not keep the rest open. */
async function closeAll(closing: Closing): Promise<void> {
  for (const close of closing.splice(0).reverse()) {
    await Promise.resolve()
      .then(close)
      .catch(() => undefined);
  }
}

/** The last line of a story, and its exit code: 0 if it claimed anything and all of it holds. */
export function endStory(tale: Tale): 0 | 1 {
  const { checked, failed } = tale;
  const text =
    failed === 0
      ? `\nAll ${checked} claims of the story were checked and hold, in ${tale.seconds()} s.`
      : `\n${failed} of ${checked} claims do not hold.`;
  tale.show(text, { event: 'ended', checked, failed });
  return failed === 0 && checked > 0 ? 0 : 1;
}
