import type { Text } from './recall-clock-table.ts';

/** Something that a person must see: data, never an exception. */
export interface RuleFinding {
  code: string;
  /** What it is about: a lot, a party, a deadline. */
  subject: string;
  message: Text;
}

export const finding = (code: string, subject: string, en: string, zh: string): RuleFinding => ({
  code,
  subject,
  message: { en, zh },
});
