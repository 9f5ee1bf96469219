import { type Context, expandCurie, GS1_CONTEXT, readContext } from './context.ts';
import type { EpcisEvent } from './event.ts';
import {
  bareWordOf,
  BIZ_STEP,
  BIZ_TRANSACTION_TYPE,
  COMPONENT,
  DISPOSITION,
  ERROR_REASON,
  MEASUREMENT,
  SENSOR_ALERT,
  SOURCE_DEST_TYPE,
  type Vocabulary,
} from './vocabulary.ts';

type Fields = Record<string, unknown>;

/** Where an event holds words of a vocabulary: a path, `*` for each element of a list. */
const WORD_PLACES: readonly (readonly [path: string, vocabulary: Vocabulary])[] = [
  ['bizStep', BIZ_STEP],
  ['disposition', DISPOSITION],
  ['persistentDisposition.set.*', DISPOSITION],
  ['persistentDisposition.unset.*', DISPOSITION],
  ['bizTransactionList.*.type', BIZ_TRANSACTION_TYPE],
  ['sourceList.*.type', SOURCE_DEST_TYPE],
  ['destinationList.*.type', SOURCE_DEST_TYPE],
  ['errorDeclaration.reason', ERROR_REASON],
  ['sensorElementList.*.sensorReport.*.type', MEASUREMENT],
  ['sensorElementList.*.sensorReport.*.exception', SENSOR_ALERT],
  ['sensorElementList.*.sensorReport.*.component', COMPONENT],
];

const PLACES = WORD_PLACES.map(([path, vocabulary]) => [path.split('.'), vocabulary] as const);

/**
 * A value with the texts at `path` replaced; the same value where nothing changes, so that an event that is already
 * in form costs no copy.
 */
export function mapAt(value: unknown, path: readonly string[], map: (text: string) => string, step = 0): unknown {
  const name = path[step];
  if (name === undefined) return typeof value === 'string' ? map(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  if (name === '*') {
    if (!Array.isArray(value)) return value;
    let mapped: unknown[] | undefined;
    for (const [i, item] of value.entries()) {
      const other = mapAt(item, path, map, step + 1);
      if (other !== item) (mapped ??= [...value])[i] = other;
    }
    return mapped ?? value;
  }
  const inner = (value as Fields)[name];
  if (inner === undefined) return value;
  const mapped = mapAt(inner, path, map, step + 1);
  return mapped === inner ? value : { ...value, [name]: mapped };
}

/** Adds the prefixes of `context` that names or texts of `value` use to `used`. */
function usedPrefixes(value: unknown, context: Context, used: Map<string, string>): void {
  if (typeof value === 'string') return usedPrefix(value, context, used);
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value) usedPrefixes(item, context, used);
    return;
  }
  for (const [name, member] of Object.entries(value)) {
    if (name === '@context') continue;
    usedPrefix(name.startsWith('@') ? name.slice(1) : name, context, used);
    usedPrefixes(member, context, used);
  }
}

function usedPrefix(text: string, context: Context, used: Map<string, string>): void {
  const colon = text.indexOf(':');
  const prefix = colon < 1 ? '' : text.slice(0, colon);
  const namespace = context.prefixes.get(prefix);
  if (namespace !== undefined && namespace !== GS1_CONTEXT.prefixes.get(prefix)) used.set(prefix, namespace);
}

/** The bare word, `cbv:BizStep-…` read by the context as any CURIE is; a text that is no word stays unexpanded. */
function bareWord(vocabulary: Vocabulary, text: string, context: Context): string {
  if (vocabulary.words.has(text)) return text;
  const uri = expandCurie(text, context);
  const word = bareWordOf(vocabulary, uri);
  return word === uri ? text : word;
}

/**
 * An event as it is stored: CBV and GS1 words bare, and an `@context` of its own with exactly the prefixes that it uses,
 * so that it means the same outside of its document. Identifiers, numbers, times and extensions stay as captured.
 * Idempotent; the hash stays. The event must be valid; it is not changed, and is the answer where it is in form already.
 */
export function normalizeEvent(event: EpcisEvent, context: Context = GS1_CONTEXT): EpcisEvent {
  const own = readContext(event['@context'], context);
  let normal: unknown = event;
  for (const [path, vocabulary] of PLACES) {
    if ((event as Fields)[path[0]!] === undefined) continue;
    normal = mapAt(normal, path, (text) => bareWord(vocabulary, text, own));
  }
  const used = new Map<string, string>();
  // a document that declares nothing has no prefix to use
  if (own.prefixes !== GS1_CONTEXT.prefixes) usedPrefixes(normal, own, used);
  if (used.size === 0 && event['@context'] === undefined) return normal as EpcisEvent;
  const { '@context': _, ...rest } = normal as EpcisEvent;
  return used.size === 0 ? rest : { '@context': [Object.fromEntries(used)], ...rest };
}
