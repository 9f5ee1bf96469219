/**
 * The data of North American coupons (AI 8110 and 8112): digits, where many fields start with a digit that tells their
 * length. As regular expressions, one part a field; a first digit decides each alternative, so matching never backtracks.
 */
const sized = (from: number, to: number, more: number): string => {
  const sizes = Array.from({ length: to - from + 1 }, (_, i) => from + i);
  return `(?:${sizes.map((n) => `${n}[0-9]{${n + more}}`).join('|')})`;
};

const COMPANY = sized(0, 6, 6);
const OFFER = '[0-9]{6}';
const SAVE_VALUE = sized(1, 5, 0);
/** Purchase requirement, what kind of requirement it is, family code. */
const PURCHASE = `${sized(1, 5, 0)}[0-49][0-9]{3}`;
/** Company of a further purchase; 9 = the same one. */
const OTHER_COMPANY = `(?:${COMPANY}|9)`;
const SERIAL = sized(0, 9, 6);
const RETAILER = sized(1, 7, 6);
/** Each optional field starts with its number. */
const SECOND = `(?:1[0-3]${PURCHASE}${OTHER_COMPANY})?`;
const THIRD = `(?:2${PURCHASE}${OTHER_COMPANY})?`;
const EXPIRES = '(?:3([0-9]{6}))?';
const STARTS = '(?:4([0-9]{6}))?';
/** Save value code, what it applies to, store coupon flag, "do not multiply" flag. */
const MISCELLANEOUS = '(?:9[01256][0-2][0-9][01])?';

const COUPON = new RegExp(
  `^${COMPANY}${OFFER}${SAVE_VALUE}${PURCHASE}${SECOND}${THIRD}${EXPIRES}${STARTS}(?:5${SERIAL})?(?:6${RETAILER})?${MISCELLANEOUS}$`,
);
const POSITIVE_OFFER = new RegExp(`^[01]${COMPANY}${OFFER}${SERIAL}$`);

/**
 * Whether the text is coupon data of AI 8110 (North American Coupon Application Guideline); `isDate` judges its dates,
 * YYMMDD. A coupon that ends before it starts is none.
 */
export function isCoupon(text: string, isDate: (date: string) => boolean): boolean {
  const found = COUPON.exec(text);
  if (!found) return false;
  const [, expires, starts] = found;
  if ([expires, starts].some((date) => date !== undefined && !isDate(date))) return false;
  return expires === undefined || starts === undefined || starts <= expires;
}

/** Whether the text is positive-offer-file coupon data of AI 8112. */
export const isPositiveOffer = (text: string): boolean => POSITIVE_OFFER.test(text);
