import { existsSync, readFileSync } from 'node:fs';

/** Public documents with known answers, beside the project on the machines that have them; tests skip without. */
const CORPUS = new URL('../../../shared/corpus/epcis/', import.meta.url);

export const hasCorpus = existsSync(CORPUS);

/** Rows of a table of the corpus, its head left out. */
export const corpusTable = (name: string): string[][] =>
  corpusText(`expected/${name}`)
    .split('\n')
    .slice(1)
    .filter((line) => line !== '')
    .map((line) => line.split('\t'));

export const corpusText = (path: string): string =>
  readFileSync(new URL(path.split('/').map(encodeURIComponent).join('/'), CORPUS), 'utf8');
