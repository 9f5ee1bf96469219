import { daysOf } from './syntax.ts';

/*
 * Simple types of XML Schema 1.0 part 2, as far as GS1's schemas use them and `xsi:type` may name them.
 */

/** What a simple type asks of a text; `is` completes the sentence "X must be …". */
export interface SimpleType {
  is: string;
  holds(text: string): boolean;
}

const collapse = (text: string): string => text.trim().replace(/\s+/g, ' ');

const form = (is: string, pattern: RegExp): SimpleType => ({ is, holds: (text) => pattern.test(collapse(text)) });
const oneOf = (...values: string[]): SimpleType => ({
  is: values.join(' or '),
  holds: (text) => values.includes(text),
});

const DATE_TIME = /^-?(\d{4,})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?(?:Z|[+-](?:0\d|1[0-3]):[0-5]\d|[+-]14:00)?$/;

/** A date-time of XML Schema: the offset may be left out. */
function isDateTime(text: string): boolean {
  const part = DATE_TIME.exec(text);
  if (!part) return false;
  const [year, month, day, hour, minute, second] = part.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (year === 0 || (part[1]?.length ?? 0) > 9 || (part[1]?.length !== 4 && part[1]?.startsWith('0'))) return false;
  if (month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return false;
  if (hour === 24) return minute === 0 && second === 0 && /^(?:\.0*)?$/.test(part[7] ?? '');
  return hour < 24 && minute < 60 && second < 60;
}

const STAMP = /^\d{4}-\d\d-\d\dT(?!24)\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/** RFC 3986 appendix A in short: `P` characters of a path, an authority, and what may follow a scheme or stand alone. */
const P = "\\w.~!$&'()*+,;=@%-";
const AUTHORITY = `//(?:[${P}:]*@)?(?:\\[[0-9A-Fa-f:.vV]+\\]|[\\w.~!$&'()*+,;=%-]*)(?::\\d*)?(?:/[${P}:/]*)?`;
const URI_REFERENCE = new RegExp(
  `^(?:[A-Za-z][A-Za-z0-9+.-]*:(?:${AUTHORITY}|(?!//)[${P}:/]*)|${AUTHORITY}|(?!//)[${P}]*(?:/[${P}:/]*)?)` +
    `(?:\\?[${P}:/?]*)?(?:#[${P}:/?[\\]]*)?$`,
);

/** A URI or a relative reference (RFC 3986); characters that are merely to be escaped, blanks among them, are let pass. */
function isUriReference(text: string): boolean {
  const plain = collapse(text);
  if (plain === '') return true;
  if (/%(?![0-9A-Fa-f]{2})/.test(plain)) return false;
  return URI_REFERENCE.test(plain.replace(/[ <>"{}|\\^`\u0080-\u{10FFFF}]/gu, '_'));
}

const integer = (is: string, min = -Infinity, max = Infinity): SimpleType => ({
  is,
  holds: (text) => /^[+-]?\d+$/.test(collapse(text)) && Number(text) >= min && Number(text) <= max,
});
const string: SimpleType = { is: 'a text', holds: () => true };
const dateTime: SimpleType = {
  is: 'a date and time such as 2026-03-01T08:00:00Z',
  holds: (text) => isDateTime(collapse(text)),
};
const decimal = form('a decimal number', /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)$/);
const double = form('a number', /^(?:[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|-?INF|NaN)$/);
const boolean = form('true or false', /^(?:true|false|0|1)$/);
const uri: SimpleType = { is: 'a URI', holds: isUriReference };
const hexBinary = form('hexadecimal, two digits a byte', /^(?:[0-9a-fA-F]{2})*$/);

/** Simple types by the names that xsd-table.ts gives them. */
export const SIMPLE_TYPES: Readonly<Record<string, SimpleType>> = {
  string,
  uri,
  decimal,
  nillableDecimal: decimal,
  double,
  boolean,
  hexBinary,
  dateTime,
  int: integer('a whole number', -(2 ** 31), 2 ** 31 - 1),
  integer: integer('a whole number'),
  stamp: {
    is: 'a date and time with offset such as 2026-03-01T08:00:00.000+01:00',
    holds: (text) => STAMP.test(collapse(text)) && isDateTime(collapse(text)),
  },
  action: oneOf('ADD', 'OBSERVE', 'DELETE'),
  captureErrorBehaviour: oneOf('rollback', 'proceed'),
  severity: oneOf('ERROR', 'SEVERE'),
  serviceTransaction: oneOf('RequestingServiceTransaction', 'RespondingServiceTransaction'),
};

/** Types that `xsi:type` may name in the namespace of XML Schema; others of it are taken without a look. */
export const BUILT_IN_TYPES: Readonly<Record<string, SimpleType>> = {
  string,
  normalizedString: string,
  token: string,
  anyURI: uri,
  decimal,
  double,
  float: double,
  boolean,
  hexBinary,
  dateTime,
  date: form('a date', /^-?\d{4,}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?:Z|[+-]\d\d:\d\d)?$/),
  time: form('a time', /^(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?$/),
  integer: integer('a whole number'),
  long: integer('a whole number', -(2 ** 63), 2 ** 63),
  int: integer('a whole number', -(2 ** 31), 2 ** 31 - 1),
  short: integer('a whole number', -(2 ** 15), 2 ** 15 - 1),
  byte: integer('a whole number', -128, 127),
  nonNegativeInteger: integer('a whole number from 0', 0),
  positiveInteger: integer('a whole number from 1', 1),
  nonPositiveInteger: integer('a whole number to 0', -Infinity, 0),
  negativeInteger: integer('a whole number below 0', -Infinity, -1),
  unsignedLong: integer('a whole number from 0', 0, 2 ** 64),
  unsignedInt: integer('a whole number from 0', 0, 2 ** 32 - 1),
  unsignedShort: integer('a whole number from 0', 0, 2 ** 16 - 1),
  unsignedByte: integer('a whole number from 0', 0, 255),
};

/** Built-in types of XML Schema that are known and not looked into. */
export const OTHER_BUILT_IN_TYPES: ReadonlySet<string> = new Set(
  `anyType anySimpleType base64Binary duration gYear gYearMonth gMonth gMonthDay gDay language Name NCName NMTOKEN NMTOKENS
   ID IDREF IDREFS ENTITY ENTITIES QName NOTATION`.split(/\s+/),
);
