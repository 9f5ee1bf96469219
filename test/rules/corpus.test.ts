// The rule command, and the reference data that lie beside the project on the machines that have them.
import { existsSync, readFileSync } from 'node:fs';
import { Readable, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { command } from '../../src/entry/commands/rule.ts';
import { CLOCKS } from '../../src/rules/recall-clock-table.ts';

const DATA = new URL('../../../shared/data/', import.meta.url);
const hasData = existsSync(DATA);
const dataOf = (name: string): unknown => JSON.parse(readFileSync(new URL(name, DATA), 'utf8'));

type Json = Record<string, unknown>;

/** Answers of `tagtrail rule recall-clock --json` to questions. */
async function rule(questions: Json[]): Promise<{ code: number; answers: Json[] }> {
  let out = '';
  const stdout = new Writable({
    write(chunk: Buffer, _, done) {
      out += chunk.toString();
      done();
    },
  });
  const stdin = Readable.from(questions.map((question) => `${JSON.stringify(question)}\n`));
  const code = await command.run(['recall-clock', '--json'], { stdin, stdout, stderr: stdout });
  return {
    code,
    answers: out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Json),
  };
}

describe('tagtrail rule recall-clock', () => {
  it('answers line by line, and refuses in its place what it cannot', async () => {
    const { code, answers } = await rule([
      { jurisdiction: 'cn-food', class: '1', known: '2026-06-04T10:00:00+08:00' },
      { jurisdiction: 'moon', known: '2026-06-04T10:00:00+08:00' },
      { jurisdiction: 'audit', request: '2026-06-04T10:00:00+08:00' },
    ]);
    expect(code).toBe(1);
    expect(answers).toMatchObject([
      { startDue: '2026-06-05T10:00:00+08:00' },
      { error: expect.stringContaining('jurisdiction must be one of') },
      { traceDue: '2026-06-04T14:00:00+08:00' },
    ]);
  });

  it.skipIf(!hasData)('gives the answers of the vectors', async () => {
    const { recallClock } = dataOf('vectors.json') as { recallClock: Json[] };
    const questions = recallClock.map((vector) =>
      Object.fromEntries(Object.entries(vector).filter(([name]) => !name.endsWith('Due'))),
    );
    const { code, answers } = await rule(questions);
    expect(code).toBe(0);
    expect(answers).toMatchObject(recallClock);
  });
});

describe('the table of clocks', () => {
  it.skipIf(!hasData)('has every row of the reference data, and no other', () => {
    const { clocks } = dataOf('recall-clocks.json') as { clocks: Json[] };
    const words: Record<string, string> = { notify: 'notice', completed: 'completion' };
    const rowOf = ({
      jurisdiction,
      class: grade,
      within,
      unit,
      certainty,
      startsFrom,
      repeats,
      hardLimitHours,
    }: Json) =>
      JSON.stringify([
        [jurisdiction, grade, within, unit, certainty],
        words[startsFrom as string] ?? startsFrom,
        [repeats ?? false, hardLimitHours ?? null],
      ]);
    expect(CLOCKS.map((row) => rowOf({ ...row })).sort()).toEqual(clocks.map(rowOf).sort());
  });
});
