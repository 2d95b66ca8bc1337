import { defineConfig } from 'vitest/config';

// Tests run on the TypeScript sources: the `source` export condition of every workspace
// package points at src/, for this process and for the workers and children it starts.
export default defineConfig({
  resolve: { conditions: ['source', 'node'] },
  ssr: { resolve: { conditions: ['source', 'node'] } },
  test: {
    pool: 'forks',
    execArgv: ['--conditions=source'],
    include: ['services/**/*.test.ts', 'circuits/test/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    testTimeout: 120_000,
    hookTimeout: 900_000,
  },
});
