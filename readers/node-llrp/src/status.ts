import { LlrpError } from './error.ts';
import { child, type Message, numberOf, type Parameter, textOf } from './message.ts';
import { specOf } from './spec/spec.ts';

/** A reader's answer that is no success. `status` is the name of the code, or its number where the list has none. */
export class LlrpStatusError extends LlrpError {
  readonly status: string;
  readonly response: Message;

  constructor(status: string, message: string, path: string, response: Message) {
    super('STATUS', message, { path });
    this.name = 'LlrpStatusError';
    this.status = status;
    this.response = response;
  }
}

const ERRORS = ['ParameterError', 'FieldError'];
/** Deeper trees of errors than this are cut. */
const PATH_STEPS_MAX = 16;

/** One leaf a line: "ROSpec / AISpec / field 2: A_OutOfRange" (LLRP 1.0.1 section 15.2). */
function leaves(of: Parameter, path: string[], version: number): { path: string; code: string }[] {
  const below = (of.parameters ?? []).filter((one) => ERRORS.includes(one.parameter));
  return below.flatMap((one) => {
    const code = textOf(one, 'ErrorCode');
    if (one.parameter === 'FieldError')
      return [{ path: [...path, `field ${numberOf(one, 'FieldNum')}`].join(' / '), code }];
    const type = numberOf(one, 'ParameterType');
    const here = [...path, specOf(version).parameters.get(type)?.name ?? `parameter ${type}`];
    const deeper = here.length < PATH_STEPS_MAX ? leaves(one, here, version) : [];
    return deeper.length > 0 ? deeper : [{ path: here.join(' / '), code }];
  });
}

/** The LLRPStatus of a message as one line and its parts; undefined when there is none or it says success. */
export function failureOf(message: Message): LlrpStatusError | undefined {
  const status = child(message, 'LLRPStatus');
  if (!status || status['StatusCode'] === 'M_Success') return undefined;
  const code = textOf(status, 'StatusCode');
  const found = leaves(status, [], message.version);
  const places = found.map((leaf) => `${leaf.path}: ${leaf.code}`).join('; ');
  const words = textOf(status, 'ErrorDescription');
  const text = [code, places, words === '' ? '' : `"${words}"`].filter(Boolean).join(', ');
  return new LlrpStatusError(code, `${message.message}: ${text}`, found[0]?.path ?? '', message);
}
