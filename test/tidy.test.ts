// Holds the house together: who may import whom, and the habits that a review would otherwise have to watch.
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');
const FILE_LINES_MAX = 500;
/** Tables may be longer: a row a fact. */
const TABLES = [/^readers\/node-llrp\/src\/(spec|vendor)/, /^src\/gs1\/(ai-table|schemes)/, /^src\/web\/words\//];

/** Room → what it may import besides itself and src/error.ts. The whole table is in docs/architecture.md. */
const MAY_IMPORT: Record<string, string[]> = {
  'src/gs1': [],
  'src/epcis': ['src/gs1'],
  'src/trace': ['src/gs1', 'src/epcis'],
  'src/rules': ['src/gs1', 'src/epcis'],
  'src/access': ['src/gs1', 'src/epcis'],
  'src/tlog': ['src/gs1', 'src/epcis'],
  'src/report': ['src/gs1', 'src/epcis', 'src/trace', 'src/rules'],
  'src/store': ['src/gs1', 'src/epcis', 'src/trace', 'src/access', 'src/tlog'],
  'src/capture': ['src/gs1', 'src/epcis', 'src/trace', 'src/rules', 'src/access', 'src/tlog', 'src/store'],
  'src/http': [
    'src/gs1',
    'src/epcis',
    'src/trace',
    'src/rules',
    'src/report',
    'src/access',
    'src/tlog',
    'src/store',
    'src/capture',
  ],
  'src/web': [
    'src/gs1',
    'src/epcis',
    'src/trace',
    'src/rules',
    'src/report',
    'src/access',
    'src/tlog',
    'src/store',
    'src/capture',
  ],
  'src/web/islands': ['src/gs1'],
  'src/entry': ['*'],
  readers: ['readers/node-llrp', 'src/gs1', 'src/epcis'],
  'readers/node-llrp': [],
};
/** Rooms that may not even import src/error.ts: others could take them as they are. */
const ALONE = ['readers/node-llrp', 'src/gs1'];
const ROOMS = Object.keys(MAY_IMPORT).sort((a, b) => b.length - a.length);
const roomOf = (file: string): string | undefined => ROOMS.find((room) => file.startsWith(room + '/'));

function filesUnder(folder: string): string[] {
  return readdirSync(join(ROOT, folder)).flatMap((name) => {
    const path = join(folder, name);
    if (name === 'node_modules' || name === 'fixtures') return [];
    return statSync(join(ROOT, path)).isDirectory() ? filesUnder(path) : [path];
  });
}
const ours = ['src', 'readers', 'test', 'infra'].flatMap(filesUnder).filter((f) => f.endsWith('.ts'));
const built = ours.filter((f) => !f.startsWith('test/'));
const text = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

/** Every module that a file names, type imports and dynamic ones included. */
const imports = (file: string): string[] =>
  [...text(file).matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((m) => m[1]!);

describe('the import table', () => {
  const product = built.filter((f) => roomOf(f));
  it.each(ROOMS)('%s imports only what it may', (room) => {
    const wrong = product
      .filter((f) => roomOf(f) === room)
      .flatMap((file) =>
        imports(file).flatMap((name) => {
          const target =
            name === 'node-llrp'
              ? 'readers/node-llrp/src/index.ts'
              : name.startsWith('.')
                ? relative(ROOT, resolve(ROOT, dirname(file), name))
                : undefined;
          if (target === undefined) return [];
          if (target === 'src/error.ts') return ALONE.includes(room) ? [`${file} → ${target}`] : [];
          const to = roomOf(target) ?? target;
          const may = MAY_IMPORT[room]!;
          return to === room || may.includes('*') || may.includes(to) ? [] : [`${file} → ${target}`];
        }),
      );
    expect(wrong).toEqual([]);
  });

  it('sees imports at all', () => {
    expect(imports('src/entry/cli.ts')).toContain('../error.ts');
    expect(imports('src/entry/cli.ts')).toContain('./commands/epc.ts');
  });

  it('keeps the library free of everything but Node', () => {
    const foreign = ours
      .filter((f) => f.startsWith('readers/node-llrp/src/'))
      .flatMap((f) =>
        imports(f)
          .filter((name) => !name.startsWith('.') && !name.startsWith('node:'))
          .map((name) => `${f} → ${name}`),
      );
    expect(foreign).toEqual([]);
  });

  it('keeps identifiers free of every dependency, Node included', () => {
    const foreign = ours
      .filter((f) => f.startsWith('src/gs1/'))
      .flatMap((f) =>
        imports(f)
          .filter((name) => !name.startsWith('.'))
          .map((name) => `${f} → ${name}`),
      );
    expect(foreign).toEqual([]);
  });

  it('names a room for every file of the product', () => {
    expect(built.filter((f) => !roomOf(f) && f !== 'src/error.ts' && !f.startsWith('infra/'))).toEqual([]);
  });
});

describe('habits', () => {
  it('has no room whose name says nothing', () => {
    const vague = /(^|\/)(utils?|common|services?|helpers?|controllers?|mocks?|misc)(\/|\.ts$)/;
    expect(ours.filter((f) => vague.test(f))).toEqual([]);
  });

  it(`keeps files under ${FILE_LINES_MAX} lines, tables aside`, () => {
    const long = ours.filter((f) => !TABLES.some((t) => t.test(f)) && text(f).split('\n').length > FILE_LINES_MAX);
    expect(long).toEqual([]);
  });

  it('reads the environment only in src/entry', () => {
    const allowed = (f: string): boolean =>
      f.startsWith('src/entry/') || f.startsWith('test/') || f.startsWith('infra/');
    expect(ours.filter((f) => !allowed(f) && /process\.env/.test(text(f)))).toEqual([]);
  });

  it('leaves no unfinished work in the text', () => {
    const words = /TODO|FIXME|XXX:|not implemented/;
    expect(ours.filter((f) => f !== 'test/tidy.test.ts' && words.test(text(f)))).toEqual([]);
  });

  it('skips no test and focuses on none', () => {
    const focus = /\b(?:it|test|describe)\.(?:only|todo|skip)\b/;
    expect(ours.filter((f) => f !== 'test/tidy.test.ts' && focus.test(text(f)))).toEqual([]);
  });

  it('stands alone: nothing but tests of the corpus looks outside the project', () => {
    expect(built.filter((f) => /\.\.\/shared\//.test(text(f)))).toEqual([]);
  });

  it('pins every dependency exactly, and explains each in docs/architecture.md', () => {
    const { dependencies, devDependencies, optionalDependencies } = JSON.parse(text('package.json'));
    const all: Record<string, string> = { ...dependencies, ...devDependencies, ...optionalDependencies };
    expect(Object.entries(all).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
    const doc = text('docs/architecture.md');
    expect(Object.keys(all).filter((name) => !doc.includes(`\`${name}\``))).toEqual([]);
  });
});
