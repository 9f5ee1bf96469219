import { LlrpError } from '../error.ts';
import type { BitVector } from '../message.ts';
import { gen2Crc, pcOf, tidOf } from './tag-report.ts';

/** What emulated tags hold beside their EPC. */
export interface MemoryScript {
  userWords?: number;
  /** Hex from the beginning of the user bank; zeros behind. */
  user?: string;
  /** Eight digits of hex. */
  accessPassword?: string;
  killPassword?: string;
}

/** A Gen2 result, by its name in LLRP 1.1. */
export type Result =
  | 'Success'
  | 'Tag_Memory_Overrun_Error'
  | 'Tag_Memory_Locked_Error'
  | 'Incorrect_Password_Error'
  | 'Zero_Kill_Password_Error';

const USER_WORDS = 32;
const USER_WORDS_MAX = 4096;
/** An EPC bank has room for this EPC at least. */
const EPC_WORDS_MIN = 6;
const [RESERVED, EPC, TID] = [0, 1, 2];
/** Words of the EPC bank before the EPC: StoredCRC and StoredPC. */
const EPC_AT = 2;
/** Lock areas by LLRP's names; the banks' names by number, the reserved bank's two by word. */
const AREA_OF_BANK = ['', 'EPC_Memory', 'TID_Memory', 'User_Memory'];

interface Lock {
  locked: boolean;
  forEver: boolean;
}

const wordsOf = (hex: string): number[] =>
  Array.from({ length: hex.length / 4 }, (_, i) => Number.parseInt(hex.slice(i * 4, i * 4 + 4), 16));
const hexOf = (words: readonly number[]): string => words.map((word) => word.toString(16).padStart(4, '0')).join('');

/** What is wrong with a script; throws LlrpError. */
export function checkMemory({ userWords = USER_WORDS, user = '', accessPassword, killPassword }: MemoryScript): void {
  if (!(Number.isInteger(userWords) && userWords >= 0 && userWords <= USER_WORDS_MAX))
    throw new LlrpError('ENCODE', `userWords is ${userWords}, not a whole number up to ${USER_WORDS_MAX}`);
  if (!/^([0-9a-f]{4})*$/i.test(user) || user.length / 4 > userWords)
    throw new LlrpError('ENCODE', `user holds whole words in hex, ${userWords} at most`);
  for (const password of [accessPassword, killPassword]) {
    if (password !== undefined && !/^[0-9a-f]{8}$/i.test(password))
      throw new LlrpError('ENCODE', `a password has eight digits of hex, not "${password.slice(0, 20)}"`);
  }
}

/** The four banks of one Gen2 tag, its locks and its life. */
export class TagMemory {
  killed = false;
  readonly #banks: number[][];
  readonly #locks = new Map<string, Lock>([['TID_Memory', { locked: true, forEver: true }]]);

  constructor(
    epc: string,
    { userWords = USER_WORDS, user = '', accessPassword = '', killPassword = '' }: MemoryScript,
  ) {
    const epcWords = wordsOf(epc);
    const room = Array.from({ length: Math.max(0, EPC_WORDS_MIN - epcWords.length) }, () => 0);
    this.#banks = [
      wordsOf(killPassword.padStart(8, '0') + accessPassword.padStart(8, '0')),
      [0, pcOf(epc), ...epcWords, ...room],
      tidOf(epc),
      [...wordsOf(user), ...Array.from({ length: userWords - user.length / 4 }, () => 0)],
    ];
    this.#seal();
  }

  /** The EPC that the tag answers with now, as long as its PC word says. */
  get epc(): string {
    const bank = this.#bank(EPC);
    return hexOf(bank.slice(EPC_AT, EPC_AT + ((bank[1] ?? 0) >> 11)));
  }

  /** Whether the bits behind `pointer` that the mask has are those of `data`; bits beyond the bank are not. */
  matches(bank: number, pointer: number, mask: BitVector, data: BitVector): boolean {
    const words = this.#bank(bank);
    const bit = (hex: string, at: number): number => (Number.parseInt(hex[at >> 2] ?? '0', 16) >> (3 - (at & 3))) & 1;
    for (let i = 0; i < mask.bits; i++) {
      if (bit(mask.hex, i) === 0) continue;
      const word = words[(pointer + i) >> 4];
      if (word === undefined || ((word >> (15 - ((pointer + i) & 15))) & 1) !== bit(data.hex, i)) return false;
    }
    return true;
  }

  /** `count` 0 reads to the end of the bank. */
  read(bank: number, pointer: number, count: number, password: number): { result: Result; words: number[] } {
    const words = this.#bank(bank);
    const end = count === 0 ? words.length : pointer + count;
    const fail = (result: Result): { result: Result; words: number[] } => ({ result, words: [] });
    const secured = this.#secured(password);
    if (secured === undefined) return fail('Incorrect_Password_Error');
    if (pointer >= words.length || end > words.length) return fail('Tag_Memory_Overrun_Error');
    const secret = bank === RESERVED ? words.slice(pointer, end).map((_, i) => this.#area(bank, pointer + i)) : [];
    if (!secret.every((area) => this.#open(area, secured))) return fail('Tag_Memory_Locked_Error');
    return { result: 'Success', words: words.slice(pointer, end) };
  }

  /** Word by word up to the first that fails. */
  write(bank: number, pointer: number, data: readonly number[], password: number): { result: Result; written: number } {
    const secured = this.#secured(password);
    if (secured === undefined) return { result: 'Incorrect_Password_Error', written: 0 };
    for (const [i, word] of data.entries()) {
      const result = this.#put(bank, pointer + i, word, secured);
      if (result !== 'Success') return { result, written: i };
    }
    return { result: 'Success', written: data.length };
  }

  /** All of it or nothing. */
  writeBlock(
    bank: number,
    pointer: number,
    data: readonly number[],
    password: number,
  ): { result: Result; written: number } {
    const before = [...this.#bank(bank)];
    const done = this.write(bank, pointer, data, password);
    if (done.result === 'Success') return done;
    this.#banks[bank] = before;
    return { ...done, written: 0 };
  }

  kill(password: number): Result {
    const own = this.#password(0);
    if (own === 0) return 'Zero_Kill_Password_Error';
    if (own !== password) return 'Incorrect_Password_Error';
    this.killed = true;
    return 'Success';
  }

  /** Read_Write (locked but with the password), Perma_Lock, Perma_Unlock or Unlock, for one area. */
  lock(area: string, privilege: string, password: number): Result {
    const secured = this.#secured(password);
    if (secured === undefined) return 'Incorrect_Password_Error';
    const now = this.#locks.get(area) ?? { locked: false, forEver: false };
    const next: Lock = {
      locked: privilege === 'Read_Write' || privilege === 'Perma_Lock',
      forEver: now.forEver || privilege.startsWith('Perma_'),
    };
    if (!secured || (now.forEver && now.locked !== next.locked)) return 'Tag_Memory_Locked_Error';
    this.#locks.set(area, next);
    return 'Success';
  }

  #bank(bank: number): number[] {
    return this.#banks[bank] ?? [];
  }

  #password(at: number): number {
    const [high = 0, low = 0] = this.#bank(RESERVED).slice(at, at + 2);
    return high * 0x10000 + low;
  }

  /** Secured or only open; undefined when the password is wrong. A tag without a password is secured at once. */
  #secured(password: number): boolean | undefined {
    const own = this.#password(2);
    if (password === 0) return own === 0;
    return own === password ? true : undefined;
  }

  #area(bank: number, word: number): string {
    return bank === RESERVED ? (word < 2 ? 'Kill_Password' : 'Access_Password') : (AREA_OF_BANK[bank] ?? '');
  }

  #open(area: string, secured: boolean): boolean {
    const lock = this.#locks.get(area);
    return !lock?.locked || (secured && !lock.forEver);
  }

  #put(bank: number, at: number, word: number, secured: boolean): Result {
    const words = this.#bank(bank);
    if (at >= words.length) return 'Tag_Memory_Overrun_Error';
    const fixed = (bank === EPC && at === 0) || bank === TID;
    if (fixed || !this.#open(this.#area(bank, at), secured)) return 'Tag_Memory_Locked_Error';
    words[at] = word;
    if (bank === EPC) this.#seal();
    return 'Success';
  }

  /** StoredCRC over PC and EPC. */
  #seal(): void {
    const bank = this.#bank(EPC);
    const covered = hexOf(bank.slice(1, EPC_AT + ((bank[1] ?? 0) >> 11)));
    bank[0] = gen2Crc(Buffer.from(covered, 'hex'));
  }
}
