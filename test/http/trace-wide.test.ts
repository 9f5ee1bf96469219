// Questions about a great many things wait for one another; small ones and those whose asker has gone do not.
import { expect, it } from 'vitest';
import { WideQuestions } from '../../src/http/trace-wide.ts';
import { type Answer, ask, factsInMemory } from '../../src/trace/index.ts';
import { story } from '../trace/scenario.ts';

const { facts, question } = story(`e1@1 T l:R.1=1KGM > i:A.1 i:A.2 i:A.3 i:A.4 lot=L
  e2@2 O ADD i:B.1`);
const known = factsInMemory(facts)();
const wideOne = question('forward', 'l:R.1').question;
const smallOne = question('where', 'i:B.1').question;

/** Says when it has all that it needs, then waits until it may end. */
function held(questions: WideQuestions, signal?: AbortSignal) {
  let isWorking = false;
  const gate = Promise.withResolvers<void>();
  const done = questions.do<Answer>(known, signal, async (given) => {
    const answer = await ask(given, wideOne);
    isWorking = true;
    await gate.promise;
    return answer;
  });
  done.catch(() => {});
  return { done, end: gate.resolve, isWorking: () => isWorking };
}
/** Whatever can go on over facts in memory has gone on by then. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
}

it('goes one after the other, small ones beside them', async () => {
  const questions = new WideQuestions(3);
  const [first, second] = [held(questions), held(questions)];
  await expect.poll(first.isWorking).toBe(true);
  expect(await questions.do(known, undefined, (given) => ask(given, smallOne))).toMatchObject({ state: 'at_rest' });
  await settled();
  expect(second.isWorking()).toBe(false);
  first.end();
  await expect.poll(second.isWorking).toBe(true);
  second.end();
  expect((await second.done).affected).toEqual((await first.done).affected);
});

it('does not wait for one whose asker has gone, nor for one that failed', async () => {
  const questions = new WideQuestions(3);
  const gone = new AbortController();
  const first = held(questions);
  await expect.poll(first.isWorking).toBe(true);
  const [second, third] = [held(questions, gone.signal), held(questions)];
  await settled();
  gone.abort(new Error('gone'));
  await expect(second.done).rejects.toThrow('gone');
  first.end();
  await expect.poll(third.isWorking).toBe(true);
  third.end();
  const failing = questions.do(known, undefined, async (given) => {
    await ask(given, wideOne);
    throw new Error('failed');
  });
  await expect(failing).rejects.toThrow('failed');
  const last = held(questions);
  await expect.poll(last.isWorking).toBe(true);
  last.end();
  await last.done;
});
