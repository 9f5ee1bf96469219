// Legal messages that say everything the table has: each message, and below it each parameter that may stand there.
import type { FieldValue, Message, Parameter } from 'node-llrp';
import { CORE_1_0_1 } from '../../../readers/node-llrp/src/spec/core-1.0.1.ts';
import { CORE_1_1 } from '../../../readers/node-llrp/src/spec/core-1.1.ts';
import { CORE_2_0 } from '../../../readers/node-llrp/src/spec/core-2.0.ts';
import {
  type Definition,
  type DefinitionText,
  type Field,
  rowsOf,
} from '../../../readers/node-llrp/src/spec/definition.ts';
import { IMPINJ } from '../../../readers/node-llrp/src/spec/impinj.ts';
import { type Spec, specOf } from '../../../readers/node-llrp/src/spec/spec.ts';
import { ZEBRA } from '../../../readers/node-llrp/src/spec/zebra.ts';

/** Values of a frame: all zeros and the first names, or the largest values and the last names. */
type Filling = 'least' | 'most';
const FILLINGS: readonly Filling[] = ['least', 'most'];

const LEAST: Record<string, FieldValue> = {
  u1: false,
  u64: 0,
  u96: '00'.repeat(12),
  u1v: { bits: 0, hex: '' },
  u8v: '',
  u16v: [],
  u32v: [],
  utf8v: '',
  bytesToEnd: '',
};
const MOST: Record<string, FieldValue> = {
  u1: true,
  u2: 3,
  u8: 0xff,
  s8: -1,
  u16: 0xffff,
  s16: -1,
  u32: 0xffffffff,
  s32: -1,
  u64: '18446744073709551615',
  u96: '3034257bf7194e4000001a85',
  u1v: { bits: 19, hex: 'a5c3e0' },
  u8v: 'c0ffee',
  u16v: [1, 0xffff],
  u32v: [1, 0xffffffff],
  utf8v: 'Tor 7 – Süd',
  bytesToEnd: 'c0ffee',
};

function valueOf(field: Field, filling: Filling): FieldValue {
  const names = [...(field.enumeration?.names.values() ?? [])];
  const name = filling === 'least' ? names.at(0) : names.at(-1);
  if (name === undefined) return (filling === 'least' ? LEAST[field.kind] : MOST[field.kind]) ?? 0;
  return field.kind === 'u8v' ? [name] : name;
}

const fieldsOf = (definition: Definition, filling: Filling): Record<string, FieldValue> =>
  Object.fromEntries(
    definition.fields
      .filter((field) => field.kind !== 'reserved')
      .map((field) => [field.name, valueOf(field, filling)]),
  );

interface Place {
  /** Parameters that may stand there; more than one for a choice. */
  anyOf: readonly string[];
  mandatory: boolean;
  many: boolean;
}

/** What may stand in each message and parameter of a version, in the order of the standard. */
function placesOf(version: number): (name: string) => readonly Place[] {
  const sets: DefinitionText[] = [CORE_1_0_1, CORE_1_1, CORE_2_0, IMPINJ, ZEBRA];
  const held = sets.filter((set) => (set.since ?? 1) <= version);
  const rows = (of: 'messages' | 'parameters' | 'choices') => held.flatMap((set) => rowsOf(set[of]));
  const choices = new Map(rows('choices').map((row) => [row.head, row.columns[0] ?? []]));
  const lists = new Map(
    [...rows('messages'), ...rows('parameters')].map((row) => [row.head.split(' ')[1], row.columns[1] ?? []]),
  );
  return (name) =>
    (lists.get(name) ?? []).map((text) => {
      const [, type = '', count = ''] = /^(\w+)([?*+]?)$/.exec(text) ?? [];
      return { anyOf: choices.get(type) ?? [type], mandatory: !/[?*]/.test(count), many: /[*+]/.test(count) };
    });
}

const STRANGER: Parameter = { parameter: 'Custom', VendorIdentifier: 4711, ParameterSubtype: 12, Data: 'c0ffee' };

/** Fills messages and parameters of one version. */
function filler(spec: Spec) {
  const places = placesOf(spec.version);
  const inside = (name: string, filling: Filling, above: readonly string[]): Parameter[] =>
    places(name)
      .filter((place) => filling === 'most' || place.mandatory)
      .flatMap(({ anyOf, many }) => {
        const names = anyOf.filter((one) => !above.includes(one));
        const chosen = filling === 'least' ? names.slice(0, 1) : many ? names : names.slice(-1);
        return chosen.map((one) => parameter(one, filling, [...above, one]));
      });
  const fill = (definition: Definition, filling: Filling, parameters: Parameter[]) => ({
    ...fieldsOf(definition, filling),
    ...(parameters.length > 0 ? { parameters } : {}),
  });
  const parameter = (name: string, filling: Filling, above: readonly string[] = [name]): Parameter => {
    if (name === 'Custom') return STRANGER;
    const definition = spec.parameterByName.get(name);
    if (!definition) throw new Error(`${name} is not in the table of version ${spec.version}`);
    return { parameter: name, ...fill(definition, filling, inside(name, filling, above)) };
  };
  const message = (definition: Definition, filling: Filling): Frame => ({
    message: definition.name,
    version: spec.version,
    ...fill(definition, filling, inside(definition.name, filling, [])),
  });
  /** One way from a message down to each parameter, the shortest; CLIENT_REQUEST_OP, which few readers take, last. */
  const ways = (): Map<string, string[]> => {
    const found = new Map<string, string[]>();
    for (const last of [false, true]) {
      for (const { name } of spec.messages.values())
        if (name.startsWith('CLIENT_REQUEST_OP') === last) found.set(name, [name]);
      for (const [name, way] of found) {
        for (const below of places(name).flatMap((place) => place.anyOf))
          if (!found.has(below)) found.set(below, [...way, below]);
      }
    }
    return found;
  };
  /** What is mandatory under a name, with one parameter more or in the place of its alternative. */
  const holding = (name: string, held: Parameter): Parameter[] => {
    const vendor = spec.parameterByName.get(held.parameter)?.vendor;
    const standsAs = vendor === undefined ? held.parameter : 'Custom';
    const place = places(name).findIndex((one) => one.anyOf.includes(standsAs));
    return places(name).flatMap(({ anyOf, mandatory }, i) =>
      i === place ? [held] : mandatory ? [parameter(anyOf[0] ?? '', 'least')] : [],
    );
  };
  /** A message that is there for one parameter: everything else in it is the least that is legal. */
  const around = (way: readonly string[]): Frame => {
    const [top = '', ...below] = way;
    const last = below.at(-1) ?? '';
    const inmost = spec.parameterByName.get(last) as Definition;
    const least = inside(last, 'least', [last]);
    let held: Parameter = last === 'Custom' ? STRANGER : { parameter: last, ...fill(inmost, 'most', least) };
    for (const name of below.slice(0, -1).toReversed())
      held = {
        parameter: name,
        ...fill(spec.parameterByName.get(name) as Definition, 'least', holding(name, held)),
      };
    const definition = spec.messageByName.get(top) as Definition;
    return { message: top, version: spec.version, ...fill(definition, 'least', holding(top, held)) };
  };
  return { message, ways, around };
}

type Frame = Omit<Message, 'id'>;

/** Names of messages and parameters that only a later version has. */
function newsAfter(version: number): ReadonlySet<string> {
  const sets: DefinitionText[] = [CORE_1_0_1, CORE_1_1, CORE_2_0];
  const names = (some: readonly DefinitionText[]) =>
    some.flatMap((set) => [...rowsOf(set.messages), ...rowsOf(set.parameters)].map((row) => row.head.split(' ')[1]));
  const known = new Set(names(sets.filter((set) => (set.since ?? 1) <= version)));
  return new Set(names(sets).filter((name) => name !== undefined && !known.has(name)) as string[]);
}

/** A message, and the parameter it is there for; undefined where it is there for the message itself. */
export interface Example {
  of: string;
  message: Message;
}

/**
 * Everything that a header version can say: every message in both fillings, and one message for each parameter. A
 * vendor's parameters stand in SET_READER_CONFIG, which takes any Custom.
 */
export function everything(version: number): Example[] {
  const spec = specOf(version);
  const later = newsAfter(version);
  const { message, ways, around } = filler(spec);
  const messages = [...spec.messages.values(), ...spec.vendorMessages.values()]
    .filter((one) => !later.has(one.name))
    .flatMap((one) => FILLINGS.map((filling) => ({ of: one.name, message: message(one, filling) })));
  const way = ways();
  const parameters = [...spec.parameterByName.keys()]
    .filter((name) => !later.has(name))
    .map((name) => ({ of: name, message: around(way.get(name) ?? ['SET_READER_CONFIG', name]) }));
  return [...messages, ...parameters].map((one, i) => ({
    of: one.of,
    message: { ...one.message, id: version * 10_000 + i } as Message,
  }));
}

/** Names of all parameters in a message. */
export function namesIn(of: { parameters?: Parameter[] }): string[] {
  return (of.parameters ?? []).flatMap((one) => [one.parameter, ...namesIn(one)]);
}
