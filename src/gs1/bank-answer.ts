import { type EpcBank, type EpcBankLayout, readEpcBank, writeEpcBank } from './bank-epc.ts';
import { writeControl } from './bank-control.ts';
import { isoText } from './bank-iso.ts';
import { bankRawUri, encodeEpcBank } from './bank-raw.ts';
import { encodeStid, isStid, readTid } from './bank-tid.ts';
import { readDsfid, readUserMemory } from './bank-user.ts';
import { toHex } from './binary.ts';
import { HEX, firstOutside, hexPair } from './charset.ts';
import { Gs1Error } from './error.ts';
import { type Question, type Refusal, answer, refusalOf } from './forms.ts';
import type { Designers } from './designers.ts';
import { isTagUri, parseTagUri } from './tag-uri.ts';

/** Bytes of the largest memory bank that is looked at. */
const BANK_BYTES_MAX = 8192;

/**
 * A memory bank in hexadecimal, or what to write into one: a tag, raw or STID URI, or with `encode` any identifier. The
 * other members are those of a question about the identifier itself.
 */
export interface BankQuestion extends Question {
  bank: 'epc' | 'tid' | 'user';
  /** Of an EPC bank: what its bytes start with; `stored`, from the PC word on, where it is left out. */
  layout?: EpcBankLayout;
}

/** Named facts of a bank, ready to be shown; `refusal` where it could not be read to its end. */
export interface BankAnswer {
  facts: Record<string, unknown>;
  refusal?: Refusal;
}

/** Whole bytes of hexadecimal characters. */
function bytesOf(hex: string): Uint8Array {
  if (hex === '') throw new Gs1Error('EMPTY', 'The bank is empty.', 0);
  const outside = firstOutside(hex, HEX);
  if (outside >= 0) throw new Gs1Error('NOT_HEX', 'Hexadecimal characters are expected.', outside);
  if (hex.length % 2 !== 0) throw new Gs1Error('TRUNCATED', 'A memory bank has whole bytes.', hex.length * 4);
  if (hex.length > BANK_BYTES_MAX * 2)
    throw new Gs1Error('TOO_LONG', `A memory bank has at most ${BANK_BYTES_MAX} bytes.`, BANK_BYTES_MAX * 8);
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) => hexPair(hex, i * 2));
}

const isUri = (value: string): boolean => /^urn:/i.test(value);
const hex4 = (word: number): string => toHex(Uint8Array.of(word >> 8, word & 255));
const TAG_HEAD = 'urn:epc:tag:';

/** What an EPC bank's words say, apart from its EPC. */
function wordFacts({ pc, words, xi, control, indicators, afi, rest }: EpcBank): Record<string, unknown> {
  const [w1, w2] = control.xpc ?? [];
  return {
    pc: hex4(pc),
    words,
    umi: control.umi ? 1 : 0,
    xi: xi ? 1 : 0,
    toggle: afi === undefined ? 0 : 1,
    ...(afi === undefined
      ? { attributes: toHex(Uint8Array.of(control.attributes ?? 0)) }
      : { afi: toHex(Uint8Array.of(afi)) }),
    ...(w1 !== undefined && { xpcW1: hex4(w1) }),
    ...(w2 !== undefined && { xpcW2: hex4(w2) }),
    ...(indicators.length > 0 && { indicators }),
    ...(rest.some((byte) => byte !== 0) && { rest: toHex(rest) }),
  };
}

/** What stands where the EPC should: an EPC in every form, ISO text, or raw bits with the reason. */
function contentFacts(bank: EpcBank, gcpLength: number | undefined): Record<string, unknown> {
  if (bank.words === 0) return {};
  const raw = bankRawUri(bank);
  if (bank.afi !== undefined) {
    const iso = isoText(bank.afi, bank.epc);
    return { raw, ...(iso && { [`iso${iso.standard}`]: iso.text }) };
  }
  const given = answer({ value: toHex(bank.epc), ...(gcpLength !== undefined && { gcpLength }) });
  if (!given.ok) {
    const { raw: _, ...undecoded } = given.refusal;
    return { raw, undecoded };
  }
  const { tagUri, ...forms } = given.forms;
  const control = writeControl(bank.control);
  return { ...forms, ...(tagUri && { tagUri: TAG_HEAD + control + tagUri.slice(TAG_HEAD.length) }) };
}

/** The bank to write for an identifier under a binary scheme; a tag URI's control fields go with it. */
function encodedBank(question: BankQuestion): Uint8Array | Refusal {
  const given = answer(question);
  if (!given.ok) return given.refusal;
  const control = isTagUri(question.value) ? parseTagUri(question.value).control : {};
  return writeEpcBank(bytesOf(given.forms.hex!), control, question.layout);
}

function epcFacts(question: BankQuestion): BankAnswer {
  const { value, layout, gcpLength, encode } = question;
  const isWritten = encode !== undefined || isUri(value);
  const written = encode === undefined ? undefined : encodedBank(question);
  if (written && 'code' in written) return { facts: {}, refusal: written };
  const bytes = written ?? (isWritten ? encodeEpcBank(value, layout) : bytesOf(value));
  const bank = readEpcBank(bytes, layout);
  const facts = { ...contentFacts(bank, gcpLength), ...wordFacts(bank) };
  return { facts: isWritten ? { ...facts, bankHex: toHex(bytes) } : facts };
}

function tidFacts({ value }: BankQuestion, designers?: Designers): Record<string, unknown> {
  const bytes = isStid(value) ? encodeStid(value) : bytesOf(value);
  const tid = readTid(bytes);
  return { ...tid, ...designers?.namesOf(tid.mdid, tid.tmn), ...(isStid(value) && { bankHex: toHex(bytes) }) };
}

/** User memory: its bytes and what its first one says in any case, its AIs where they can be read. */
function userFacts({ value }: BankQuestion): BankAnswer {
  const bytes = bytesOf(value);
  const facts = { dsfid: readDsfid(bytes), bytes: toHex(bytes) };
  try {
    const aidc = readUserMemory(bytes);
    return { facts: { ...facts, ...(aidc && { aidc }) } };
  } catch (error) {
    return { facts, refusal: refusalOf(error) };
  }
}

/**
 * Says everything that a memory bank says; never throws for a bad value. The EPC bank also takes a tag or raw URI, or
 * any identifier with `encode`, the TID bank an STID URI: then `bankHex` are the bytes to write. `designers` gives TIDs the names of their makers.
 */
export function answerBank(question: BankQuestion, designers?: Designers): BankAnswer {
  try {
    if (question.bank === 'user') return userFacts(question);
    return question.bank === 'tid' ? { facts: tidFacts(question, designers) } : epcFacts(question);
  } catch (error) {
    return { facts: {}, refusal: refusalOf(error) };
  }
}
