// Goal: the repository keeps its own rules. Method: read every tracked file as text.
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isTestFile, linesMatching, repositoryFiles, sourceFiles } from './source-files.ts';

const code = (path: string) => /\.(ts|mjs|circom|sol)$/.test(path);
const typescript = (path: string) => path.endsWith('.ts');

describe('every source file', () => {
  it('has at most 400 lines', () => {
    const long = sourceFiles(code).filter(({ text }) => text.split('\n').length > 401);
    expect(long.map(({ path }) => path)).toEqual([]);
  });

  it('has a kebab-case name that says what it holds', () => {
    const banned = /(^|[/.-])(utils?|helpers?|common|misc|manager)([/.-]|$)/;
    const kebab = /^[a-z0-9./-]+$/;
    // A Solidity file is named as its contract, as that language does; a test has the suffix of forge's.
    const solidity = /^contracts\/(src|test)\/([a-z-]+\/)*[A-Z][A-Za-z0-9]*(\.t)?\.sol$/;
    const named = repositoryFiles().filter(
      (path) =>
        code(path) && (banned.test(path) || !(path.endsWith('.sol') ? solidity : kebab).test(path)),
    );
    expect(named).toEqual([]);
  });

  it('leaves nothing unfinished, focused, skipped or retried', () => {
    const files = sourceFiles(code).filter(({ path }) => !path.startsWith('test/tidy/'));
    expect(linesMatching(files, /\b(TODO|FIXME|XXX)\b/)).toEqual([]);
    expect(linesMatching(files, /\.(only|skip|todo)\(|passWithNoTests|\bretry:/)).toEqual([]);
  });

  it('is a test that the runner selects, when it looks like one', () => {
    const stray = repositoryFiles().filter(
      (path) =>
        /\.(spec|tests)\.ts$/.test(path) ||
        (/\.test\.ts$/.test(path) &&
          !/^(services\/|circuits\/test\/|contracts\/test\/|test\/)/.test(path)),
    );
    expect(stray).toEqual([]);
  });

  it('names no place outside the repository', () => {
    const files = sourceFiles(
      (path) => path !== '.ci/run' && path !== 'LICENSE' && !path.startsWith('test/tidy/'),
    );
    expect(linesMatching(files, /\/work\/|\.\.\/shared|\/tmp\/spec/)).toEqual([]);
  });
});

describe('the kernel', () => {
  const kernel = sourceFiles(
    (path) => path.startsWith('services/kernel/src/') && typescript(path) && !isTestFile(path),
  );

  it('has no clock, randomness, environment, input or output', () => {
    expect(kernel.length).toBeGreaterThan(20);
    const impure =
      /Date\.now|new Date\(|Math\.random|process\.|getRandomValues|from 'node:|console\./;
    expect(linesMatching(kernel, impure)).toEqual([]);
  });

  it('is synchronous', () => {
    expect(linesMatching(kernel, /\basync\b|\bawait\b|\bPromise</)).toEqual([]);
  });
});

describe('tests', () => {
  it('do not sleep', () => {
    // A benchmark decides nothing by waiting: it may look at a running node at intervals.
    const tests = sourceFiles((path) => typescript(path) && isTestFile(path)).filter(
      ({ path }) => !/^test\/(tidy|bench)\//.test(path),
    );
    expect(linesMatching(tests, /setTimeout\(\s*(resolve|r|done)\b|timers\/promises/)).toEqual([]);
  });
});

describe('every module', () => {
  it('is imported by another, or is an entry that something names', () => {
    const all = sourceFiles((path) => /\.(ts|mjs|json)$/.test(path) || path === '.ci/run');
    const imported = new Set<string>();
    for (const { path, text } of all) {
      for (const [, specifier = ''] of text.matchAll(/(?:from|import\()\s*'([^']+)'/g)) {
        if (specifier.startsWith('.')) imported.add(normalize(join(dirname(path), specifier)));
        const inside = /^@atomicity\/([a-z-]+)\/(.+)$/.exec(specifier);
        if (inside) imported.add(`services/${inside[1]}/src/${inside[2]}.ts`);
      }
    }
    const everything = all.map(({ text }) => text).join('\n');
    const orphans = repositoryFiles().filter((path) => {
      if (!/^services\/[^/]+\/src\/.*\.ts$/.test(path) || /(\.test|\.d)\.ts$/.test(path))
        return false;
      if (imported.has(path)) return false;
      const stem = path.slice(path.lastIndexOf('/') + 1, -3);
      return !new RegExp(`[/\`]${stem}(\\.(ts|js)|\\$\\{|['"\`])`).test(everything);
    });
    expect(orphans).toEqual([]);
  });
});
