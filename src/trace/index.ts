/** Questions to the record and their answers; other rooms import from here, and facts from fact.ts, link.ts. */
import { type Answer, answerOf, inquire } from './answer.ts';
import type { Asking } from './budget.ts';
import type { Facts } from './fact.ts';
import type { Question } from './question.ts';
import { redact } from './redact.ts';

export type { Answer } from './answer.ts';
export type { Asking, Progress } from './budget.ts';
export { askFull, type AnsweredNode, type FullAnswer } from './full.ts';
export { gapWords } from './gap-words.ts';
export { journalOf } from './journal.ts';
export { factsInMemory } from './memory-facts.ts';
export { type AskedQuestion, type Op, OPS, type Question, readQuestion } from './question.ts';
export { sharesOf } from './scope.ts';
export { whereaboutsOf } from './whereabouts.ts';

/**
 * The answer in short form (cli.md, Trace). `facts` is cut at the question's asOf by whoever made it. Throws AppError
 * `invalid` for a malformed identifier; an identifier that nobody named is an answer.
 */
export const ask = (facts: Facts, question: Question, asking: Asking = {}): Promise<Answer> =>
  redact(facts, question, async (readable) => answerOf(await inquire(readable, question, { ...asking, full: false })));
