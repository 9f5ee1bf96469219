// An archive of a recall case, checked without a server: every digest of it is worked out again.
import { createHash } from 'node:crypto';
import { chainFault, type Step } from '../../tlog/chain.ts';
import { digestOf } from '../../trace/digest.ts';
import { scopeDigest } from '../../trace/scope.ts';

/** The form of archives that this program reads. */
const ARCHIVE = 'tagtrail-recall/1';
const LINES_MAX = 10_000_000;

export interface Verdict {
  ok: boolean;
  case?: string;
  steps: number;
  answers: number;
  /** Times that somebody read something of the case. */
  looks: number;
  /** Digest of the last step: that of the case as its server told it. */
  digest?: string;
  /** What is wrong first; absent where all is right. */
  fault?: string;
}

interface Line extends Record<string, unknown> {
  type?: string;
}

interface Answer extends Record<string, unknown> {
  root: string;
  digest: string;
}

type Digested = { root: string; digest: string };
type SealedStep = Step & { digest: string };

/** What has been read so far. */
class Archive {
  readonly #hash = createHash('sha256');
  readonly #answers = new Map<number, Digested[]>();
  /** The newest version of the case that anybody has seen. */
  #seenUpTo = 0;
  readonly steps: SealedStep[] = [];
  lines = 0;
  answers = 0;
  looks = 0;
  head: Line | undefined;
  ended = false;

  /** Takes a line; a text where it is wrong. */
  async take(text: string): Promise<string | undefined> {
    if (this.ended) return 'goes on behind its end';
    let line: Line;
    try {
      line = JSON.parse(text) as Line;
    } catch {
      return 'is no JSON';
    }
    if (line.type === 'end') return this.#end(line);
    this.#hash.update(`${text}\n`);
    this.lines++;
    if (this.lines > LINES_MAX) return 'has too many lines';
    if (this.lines === 1) return this.#begin(line);
    if (line.type === 'step') return this.#step(line);
    if (line.type === 'look') {
      this.looks++;
      this.#seenUpTo = Math.max(this.#seenUpTo, Number(line['version']));
      return undefined;
    }
    return line.type === 'answer' ? this.#answer(line) : 'is of no known type';
  }

  #begin(line: Line): string | undefined {
    if (line.type !== 'archive' || line['form'] !== ARCHIVE) return `is no archive of the form ${ARCHIVE}`;
    this.head = line;
    return undefined;
  }

  #step({ type: _type, ...step }: Line): string | undefined {
    const sealed = step as unknown as SealedStep;
    if (sealed.case !== this.head?.['case']) return 'is a step of another case';
    this.steps.push(sealed);
    return undefined;
  }

  async #answer({ version, op, of, answer }: Line): Promise<string | undefined> {
    const { digest, ...rest } = answer as Answer;
    if ((await digestOf({ ...rest, of, op })) !== digest) return 'is an answer that is not what its digest says';
    const told = this.#answers.get(Number(version)) ?? [];
    this.#answers.set(Number(version), [...told, { root: rest.root, digest }]);
    this.answers++;
    return undefined;
  }

  #end(line: Line): string | undefined {
    this.ended = true;
    if (line['lines'] !== this.lines)
      return `says that ${String(line['lines'])} lines are before it; there are ${this.lines}`;
    return line['sha256'] === this.#hash.digest('hex') ? undefined : 'has another digest than the lines before it';
  }

  /** What is wrong with the whole. */
  async fault(): Promise<string | undefined> {
    if (!this.ended) return 'the archive has no end: it was cut off';
    const chain = chainFault(this.steps);
    if (chain) return chain.message;
    if (this.steps.length !== this.head?.['steps']) return `the case has ${String(this.head?.['steps'])} steps`;
    if (this.steps.at(-1)?.digest !== this.head['digest'])
      return 'the last step is not the one that the case ends with';
    if (!(this.#seenUpTo <= this.steps.length)) return 'somebody has looked at more steps than there are';
    for (const { kind, step, data } of this.steps) {
      if (kind !== 'scope') continue;
      const found = await this.#scopeFault(data as { version: number; digest: string; answers: Digested[] });
      if (found !== undefined) return `step ${step}: ${found}`;
    }
    return undefined;
  }

  /** A version of the scope is the answers that its step names, and no others. */
  async #scopeFault({ version, digest, answers }: { version: number; digest: string; answers: Digested[] }) {
    if ((await scopeDigest(answers)) !== digest) return `version ${version} of the scope is not what its digest says`;
    const told = this.#answers.get(version) ?? [];
    const isSame =
      told.length === answers.length &&
      told.every(({ root, digest: own }, i) => root === answers[i]!.root && own === answers[i]!.digest);
    return isSame ? undefined : `the answers of version ${version} of the scope are others than it names`;
  }
}

/** Checks an archive, line by line. Memory grows with its steps alone. */
export async function verifyArchive(lines: AsyncIterable<string>): Promise<Verdict> {
  const archive = new Archive();
  let fault: string | undefined;
  let number = 0;
  for await (const line of lines) {
    number++;
    const wrong = await archive.take(line);
    if (wrong !== undefined) {
      fault = `line ${number} ${wrong}`;
      break;
    }
  }
  fault ??= await archive.fault();
  const digest = archive.steps.at(-1)?.digest;
  const name = archive.head?.['case'];
  return {
    ok: fault === undefined,
    ...(typeof name === 'string' && { case: name }),
    steps: archive.steps.length,
    answers: archive.answers,
    looks: archive.looks,
    ...(digest !== undefined && { digest }),
    ...(fault !== undefined && { fault }),
  };
}
