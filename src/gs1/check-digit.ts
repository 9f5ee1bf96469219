/** Sum of the digits of `text` from `from` to before `to`, weighted 3 and 1 from the right. NaN where a character is no digit. */
function weighted(text: string, from: number, to: number): number {
  let sum = 0;
  for (let i = to - 1, weight = 3; i >= from; i--, weight = 4 - weight) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    sum += weight * digit;
  }
  return sum;
}

/**
 * The check digit that belongs behind `digits` (GS1 General Specifications 7.9.1: modulo 10, weights 3 and 1 from
 * the right), as one character.
 */
export function checkDigit(digits: string): string {
  return String((10 - (weighted(digits, 0, digits.length) % 10)) % 10);
}

/** Whether the last of `digits` is the check digit of those before it. */
export function hasCheckDigit(digits: string): boolean {
  return digits.length > 1 && digits.endsWith(checkDigit(digits.slice(0, -1)));
}
