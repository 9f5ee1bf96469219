/** A cell as a file has it: a text, or a number of a spreadsheet. Empty is ''. */
export type Cell = string | number;

/** Digits that Excel keeps of a number; the others have become zeros. */
export const NUMBER_DIGITS_MAX = 15;

/** Full-width forms as plain ones, blanks of all kinds at the ends away. */
export const plainText = (cell: Cell): string => String(cell).normalize('NFKC').trim();

/** The text as it stands, without blanks at the ends. */
export const textOf = (cell: Cell): string => String(cell).trim();

/** A number that a spreadsheet writes for people instead of the digits that were typed: 6.90123E+12. */
export const isExponent = (text: string): boolean =>
  /^[+-]?\d+(?:[.,]\d+)?E\+?\d{1,3}$/i.test(text) && /E\+|[.,]/i.test(text);
