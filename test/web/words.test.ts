import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { en } from '../../src/web/words/en.ts';
import { zh } from '../../src/web/words/zh.ts';
import { LANGUAGES, isWord, preferredLanguage, sayIn } from '../../src/web/words.ts';

const WEB = join(import.meta.dirname, '../../src/web');
const placeholders = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(([name]) => name).sort();

describe('the tables of words', () => {
  it('have the same keys', () => {
    expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort());
  });

  it('have a text for every key, with the same places to fill in', () => {
    for (const [key, text] of Object.entries(en)) {
      const other = zh[key as keyof typeof en];
      expect(other.trim(), key).not.toBe('');
      expect(placeholders(other), key).toEqual(placeholders(text));
    }
  });

  it('are translated: a Chinese text has Chinese characters unless it is a name', () => {
    const same = Object.entries(zh).filter(([, text]) => !/[\u4e00-\u9fff]/.test(text));
    expect(same.map(([key]) => key).sort()).toEqual(['app.name', 'trace.gtin']);
  });

  it('have every word that a page says', () => {
    const files = readdirSync(WEB).filter((name) => name.endsWith('.ts'));
    const said = files.flatMap((name) =>
      [...readFileSync(join(WEB, name), 'utf8').matchAll(/\bsay\(\s*'([^']+)'/g)].map((match) => match[1]!),
    );
    expect(said.length).toBeGreaterThan(50);
    expect(said.filter((word) => !isWord(word))).toEqual([]);
  });

  it('have every business step of the CBV', () => {
    const vocabulary = readFileSync(join(WEB, '../epcis/vocabulary.ts'), 'utf8');
    const steps = ['shipping', 'receiving', 'void_shipping', 'sensor_reporting'];
    for (const step of steps) expect(vocabulary).toContain(step);
    expect(steps.filter((step) => !isWord(`step.${step}`))).toEqual([]);
  });
});

describe('saying', () => {
  it('fills in values and leaves what it was not given', () => {
    expect(sayIn('en')('list.range', { from: 1, to: 2 })).toBe('1–2 of {total}');
  });

  it.each([
    ['zh-CN,zh;q=0.9,en;q=0.8', 'zh'],
    ['en-GB,en;q=0.9,zh;q=0.1', 'en'],
    ['fr, zh-Hant;q=0.4', 'zh'],
    ['de', 'en'],
    ['zh;q=0, en;q=0.1', 'en'],
    ['', 'en'],
    [undefined, 'en'],
    [`${'x,'.repeat(100_000)}zh`, 'en'],
  ])('%s is answered in %s', (header, language) => {
    expect(preferredLanguage(header?.slice(0, 100_010))).toBe(language);
  });

  it('names each language in itself', () => {
    expect(Object.keys(LANGUAGES).map((language) => sayIn(language as 'en' | 'zh')('lang.name'))).toEqual([
      'English',
      '中文',
    ]);
  });
});
