// Goal: each dependency is pinned, justified and licensed. Method: compare manifests and the page.
import { describe, expect, it } from 'vitest';
import { sourceFiles } from './source-files.ts';

type Manifest = {
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
};

const manifests = sourceFiles(
  (path) =>
    path === 'package.json' ||
    /^(services\/[^/]+|circuits|contracts|test)\/package\.json$/.test(path),
);

const dependencies = manifests.flatMap(({ path, text }) => {
  const manifest: Manifest = JSON.parse(text);
  return Object.entries({
    ...manifest.dependencies,
    ...manifest.devDependencies,
    ...manifest.optionalDependencies,
  })
    .filter(([name]) => !name.startsWith('@atomicity/'))
    .map(([name, version]) => ({ path, name, version }));
});

describe('every dependency', () => {
  it('is pinned to one exact version across the workspace', () => {
    expect(dependencies.length).toBeGreaterThan(15);
    expect(dependencies.filter(({ version }) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
    const versions = new Map<string, Set<string>>();
    for (const { name, version } of dependencies) {
      versions.set(name, (versions.get(name) ?? new Set()).add(version));
    }
    expect([...versions].filter(([, seen]) => seen.size > 1)).toEqual([]);
  });

  it('has a row in docs/dependencies.md, and every row is a dependency', () => {
    const page = sourceFiles((path) => path === 'docs/dependencies.md')[0]?.text ?? '';
    const rows = new Set([...page.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name));
    const names = new Set(dependencies.map(({ name }) => name));
    expect([...names].filter((name) => !rows.has(name))).toEqual([]);
    expect([...rows].filter((name) => !names.has(name ?? ''))).toEqual([]);
  });
});

describe('the lock file', () => {
  it('has every platform of every dependency, so that npm ci takes it anywhere', () => {
    const lock: { readonly packages: Record<string, Manifest> } = JSON.parse(
      sourceFiles((path) => path === 'package-lock.json')[0]?.text ?? '',
    );
    const missing = Object.entries(lock.packages).flatMap(([path, { optionalDependencies }]) =>
      Object.keys(optionalDependencies ?? {}).filter(
        (name) =>
          lock.packages[`node_modules/${name}`] === undefined &&
          lock.packages[`${path}/node_modules/${name}`] === undefined,
      ),
    );
    expect(missing).toEqual([]);
  });
});
