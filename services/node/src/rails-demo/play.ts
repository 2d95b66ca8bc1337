import type { Streams } from '../cycle/story.ts';
import { playStory } from '../story/play-story.ts';
import { checkBooks } from './check-books.ts';
import { closeBatches } from './close-batches.ts';
import { killSettlers } from './kill-settlers.ts';
import type { RailsDemoOptions } from './options.ts';
import type { Stage } from './stage.ts';

/** Plays the story; the exit code says whether everything that it claims was found to be so. */
export function playRails(
  options: RailsDemoOptions,
  streams: Streams,
  signal: AbortSignal,
): Promise<0 | 1> {
  const { keep, json } = options;
  return playStory({ keep, json, prefix: 'atomicity-rails-' }, streams, async (told) => {
    const { tale, folder, closing, bar } = told;
    const stage: Stage = { options, tale, progress: bar.report, folder, signal, closing };
    const opened = await closeBatches(stage);
    bar.end();
    const settled = await killSettlers(stage, opened);
    bar.end();
    await checkBooks(stage, opened, settled);
  });
}
