import { type Word, en } from './words/en.ts';
import { zh } from './words/zh.ts';

export type { Word } from './words/en.ts';

/** Languages of the pages, the usual one first; the key is the BCP 47 tag. */
export const LANGUAGES = { en, zh } as const satisfies Record<string, Record<Word, string>>;
export type Language = keyof typeof LANGUAGES;
/** Value of the `lang` attribute: what a screen reader and a font choice go by. */
export const LANG_TAGS: Record<Language, string> = { en: 'en', zh: 'zh-Hans' };

const ACCEPT_CHARACTERS_MAX = 1000;

/** Says a word of the table, with `{name}` filled in. */
export type Say = (word: Word, values?: Record<string, string | number>) => string;

export function sayIn(language: Language): Say {
  const table: Record<Word, string> = LANGUAGES[language];
  return (word, values = {}) =>
    table[word].replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

export const isWord = (text: string): text is Word => Object.hasOwn(en, text);
export const isLanguage = (text: string | undefined): text is Language =>
  text !== undefined && Object.hasOwn(LANGUAGES, text);

/** The first language of an Accept-Language header that we have, by its weights (RFC 9110, 12.5.4). */
export function preferredLanguage(header: string | undefined): Language {
  const wishes = (header ?? '')
    .slice(0, ACCEPT_CHARACTERS_MAX)
    .split(',')
    .map((part) => {
      const [tag = '', ...parameters] = part.trim().toLowerCase().split(';');
      const weight = parameters.map((p) => /^\s*q=([\d.]+)\s*$/.exec(p)?.[1]).find((q) => q !== undefined);
      return { language: tag.split('-')[0], weight: weight === undefined ? 1 : Number(weight) };
    })
    .filter(({ language, weight }) => isLanguage(language) && weight > 0)
    .sort((a, b) => b.weight - a.weight);
  const best = wishes[0]?.language;
  return isLanguage(best) ? best : 'en';
}
