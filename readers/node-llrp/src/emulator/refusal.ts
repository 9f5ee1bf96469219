import type { Parameter } from '../message.ts';
import { CUSTOM_TYPE, specOf } from '../spec/spec.ts';

/** Why the reader refuses: a status code, the place in the request, and words for people. */
export class Refusal extends Error {
  readonly code: string;
  /** Parameter names from the message inwards; empty for the message itself. */
  readonly path: readonly string[];
  /** Field number from 0, or undefined for the whole parameter. */
  readonly field: number | undefined;

  constructor(code: string, message: string, path: readonly string[] = [], field?: number) {
    super(message);
    this.name = 'Refusal';
    this.code = code;
    this.path = path;
    this.field = field;
  }
}

export const SUCCESS: Parameter = { parameter: 'LLRPStatus', StatusCode: 'M_Success', ErrorDescription: '' };

/** LLRPStatus without a place. */
export const statusOf = (code: string, description: string): Parameter => ({
  parameter: 'LLRPStatus',
  StatusCode: code,
  ErrorDescription: description,
});

/** LLRPStatus with the tree of ParameterError and FieldError that leads to the place (LLRP 1.0.1 section 15.2). */
export function statusOfRefusal(refusal: Refusal, version: number): Parameter {
  const { code, path, field, message } = refusal;
  let error: Parameter | undefined =
    field === undefined ? undefined : { parameter: 'FieldError', FieldNum: field, ErrorCode: code };
  for (const name of path.toReversed()) {
    const definition = specOf(version).parameterByName.get(name);
    const type = definition?.vendor === undefined ? (definition?.type ?? 0) : CUSTOM_TYPE;
    error = {
      parameter: 'ParameterError',
      ParameterType: type,
      ErrorCode: code,
      ...(error ? { parameters: [error] } : {}),
    };
  }
  const top = path.length > 0 ? 'M_ParameterError' : field === undefined ? code : 'M_FieldError';
  return { ...statusOf(top, message), ...(error ? { parameters: [error] } : {}) };
}
