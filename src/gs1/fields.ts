import { checkDigit } from './check-digit.ts';
import { firstOutside } from './charset.ts';
import { Gs1Error } from './error.ts';
import { type Element, type Id, valueOf } from './id.ts';
import { type KeyShape, type UrnScheme, checkField, checkGcpLength, referenceSize } from './scheme.ts';

/** Refuses a prefix or reference that the scheme cannot hold. `at` gives each one's place in the text, for errors. */
export function checkKeyFields(key: KeyShape, gcp: string, reference: string, at: readonly number[] = []): void {
  if (firstOutside(gcp, 1) >= 0) throw new Gs1Error('CHARACTER', 'A company prefix is made of digits.', at[0]);
  checkGcpLength(gcp.length);
  const size = referenceSize(key, gcp.length);
  const min = key.shape === 'text' ? 1 : size;
  checkField({ set: key.set, min, max: size, leadingZero: true }, reference, at[1]);
}

/** Value of the key's AI for a company prefix and a reference that `checkKeyFields` has passed. */
export function keyValue(key: KeyShape, gcp: string, reference: string): string {
  if (key.shape === 'text') return gcp + reference;
  const body = key.shape === 'front' ? reference[0]! + gcp + reference.slice(1) : gcp + reference;
  return key.lead + body + checkDigit(body);
}

/** AIs of the scheme's decoded and checked fields; `fields` may end before the last one, which names a class. */
export function elementsOf(scheme: UrnScheme, fields: readonly string[]): Element[] {
  const { key } = scheme;
  if (!key) return [];
  const own: Element[] = [];
  let value = keyValue(key, fields[0]!, fields[1]!);
  scheme.fields.forEach((rule, i) => {
    const part = fields[i + 2];
    if (part === undefined || part === rule.none) return;
    if (rule.ai) own.push([rule.ai, part]);
    else value += part;
  });
  return [[key.ai, value], ...own];
}

/** The company prefix and the reference in a key's value. */
function splitKey(key: KeyShape, value: string, gcpLength: number): [gcp: string, reference: string] {
  if (key.shape === 'text') {
    if (value.length <= gcpLength || firstOutside(value.slice(0, gcpLength), 1) >= 0)
      throw new Gs1Error('GCP_LENGTH', `${value} does not start with a company prefix of ${gcpLength} digits.`);
    return [value.slice(0, gcpLength), value.slice(gcpLength)];
  }
  const body = value.slice(key.lead.length, key.lead.length + key.size);
  if (key.shape === 'plain') return [body.slice(0, gcpLength), body.slice(gcpLength)];
  return [body.slice(1, 1 + gcpLength), body[0]! + body.slice(1 + gcpLength)];
}

/**
 * The URN's fields, unescaped, of an identifier with the given company prefix length. An absent serial component is
 * undefined: the identifier is a class.
 */
export function fieldsOf(scheme: UrnScheme, id: Id, gcpLength: number): (string | undefined)[] {
  const { key } = scheme;
  if (!key) return [...(id.fields ?? [])];
  checkGcpLength(gcpLength);
  const value = valueOf(id, key.ai) ?? '';
  let rest = key.shape === 'text' ? '' : value.slice(key.lead.length + key.size + 1);
  const fields: (string | undefined)[] = splitKey(key, value, gcpLength);
  for (const rule of scheme.fields) {
    if (rule.ai) fields.push(valueOf(id, rule.ai) ?? rule.none);
    else {
      const part = rest.slice(0, rule.max);
      rest = rest.slice(rule.max);
      fields.push(part === '' ? undefined : part);
    }
  }
  return fields;
}
