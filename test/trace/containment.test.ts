import { describe, expect, it } from 'vitest';
import { BOOKS, CONTAINMENT } from './cases.ts';
import { story } from './scenario.ts';

describe('containment, history, place', () => {
  for (const [title, events, ...asks] of CONTAINMENT) {
    it(title, async () => {
      const { ask } = story(events);
      for (const [op, of, when, expected] of asks) {
        expect(await ask(op, of, when), `${op} ${of} ${JSON.stringify(when)}`).toMatchObject(expected);
      }
    });
  }
});

describe('books (R25)', () => {
  for (const [title, events, ...asks] of BOOKS) {
    it(title, async () => {
      const { ask } = story(events);
      for (const [op, of, when, expected] of asks) {
        expect(await ask(op, of, when), `${op} ${of} ${JSON.stringify(when)}`).toMatchObject(expected);
      }
    });
  }
});
