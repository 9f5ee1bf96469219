import fc from 'fast-check';
import type { FieldValue, Message, Parameter } from 'node-llrp';
import type { Definition, Field } from '../../../readers/node-llrp/src/spec/definition.ts';
import { type Spec, specOf } from '../../../readers/node-llrp/src/spec/spec.ts';

const DEPTH_MAX = 3;
const hex = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((b) => Buffer.from(b).toString('hex'));
const anyHex = fc.uint8Array({ maxLength: 8 }).map((b) => Buffer.from(b).toString('hex'));
const list = (max: number) => fc.array(fc.integer({ min: 0, max }), { maxLength: 4 });
const bitVector = fc
  .integer({ min: 0, max: 130 })
  .chain((bits) => fc.record({ bits: fc.constant(bits), hex: hex(Math.ceil(bits / 8)) }));
const u64 = fc
  .oneof(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), fc.bigInt({ min: (1n << 53n) - 2n, max: (1n << 53n) + 1n }))
  .map((n) => (n > BigInt(Number.MAX_SAFE_INTEGER) ? String(n) : Number(n)));
const signed = (bits: number) => fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 });

const VALUE: Record<string, fc.Arbitrary<FieldValue>> = {
  u1: fc.boolean(),
  u2: fc.integer({ min: 0, max: 3 }),
  u8: fc.integer({ min: 0, max: 255 }),
  s8: signed(8),
  u16: fc.integer({ min: 0, max: 0xffff }),
  s16: signed(16),
  u32: fc.integer({ min: 0, max: 0xffffffff }),
  s32: signed(32),
  u64,
  u96: hex(12),
  u1v: bitVector,
  u8v: anyHex,
  u16v: list(0xffff),
  u32v: list(0xffffffff),
  utf8v: fc.string({ maxLength: 12, unit: 'binary' }).filter((text) => text.isWellFormed()),
  bytesToEnd: anyHex,
};

/** A value of the field, by its name where the value has one. */
function valueOf(field: Field): fc.Arbitrary<FieldValue> {
  const names = field.enumeration?.names;
  const plain = field.kind === 'u8v' && names ? list(255) : (VALUE[field.kind] as fc.Arbitrary<FieldValue>);
  const named = (value: number | string | boolean) => names?.get(Number(value)) ?? value;
  return plain.map((value) =>
    !names ? value : Array.isArray(value) ? value.map(named) : named(value as number),
  ) as fc.Arbitrary<FieldValue>;
}

function fieldsOf(definition: Definition): fc.Arbitrary<Record<string, FieldValue>> {
  const fields = definition.fields.filter((field) => field.kind !== 'reserved');
  return fc.record(Object.fromEntries(fields.map((field) => [field.name, valueOf(field)])));
}

/** The mandatory parameters of a definition, some others, in any order; sometimes reserved bits. */
function bodyOf(spec: Spec, definition: Definition, depth: number): fc.Arbitrary<Partial<Parameter>> {
  const runs = definition.fields.filter((field) => field.kind === 'reserved').map((field) => field.bits);
  const reserved = fc.option(fc.tuple(...runs.map((bits) => fc.integer({ min: 0, max: 2 ** bits - 1 }))), {
    nil: undefined,
  });
  const open =
    definition.fields.at(-1)?.kind !== 'bytesToEnd' && !(definition.vendor === undefined && definition.type < 128);
  const needed = definition.required.map(({ anyOf }) => [...anyOf].find((name) => name !== 'Custom') as string);
  const others =
    depth > DEPTH_MAX || !open ? fc.constant([]) : fc.array(anyParameter(spec, depth + 1), { maxLength: 2 });
  const required = fc.tuple(...needed.map((name) => parameterOf(spec, name, depth + 1)));
  return fc.tuple(fieldsOf(definition), reserved, required, others).map(([fields, bits, must, more]) => {
    const parameters = [...more, ...must];
    return {
      ...fields,
      ...(bits?.some((run) => run !== 0) ? { reservedBits: bits } : {}),
      ...(parameters.length > 0 ? { parameters } : {}),
    };
  });
}

function parameterOf(spec: Spec, name: string, depth: number): fc.Arbitrary<Parameter> {
  const definition = spec.parameterByName.get(name) as Definition;
  return bodyOf(spec, definition, depth).map((body) => ({ ...body, parameter: name }));
}

const unknown: fc.Arbitrary<Parameter> = fc.record({
  parameter: fc.constant('UNKNOWN_PARAMETER'),
  type: fc.integer({ min: 900, max: 1000 }),
  data: anyHex,
});

/** Any parameter that the table has, or one that it has not. Deep ones are kept few: their tuples grow. */
function anyParameter(spec: Spec, depth: number): fc.Arbitrary<Parameter> {
  const names = [...spec.parameterByName.values()]
    .filter((one) => depth < DEPTH_MAX || one.required.length === 0)
    .map((one) => one.name);
  return fc.oneof(
    {
      weight: 8,
      arbitrary: fc
        .constantFrom(...names.filter((name) => name !== 'Custom'))
        .chain((name) => parameterOf(spec, name, depth)),
    },
    { weight: 1, arbitrary: unknown },
  );
}

/** Any message of any version that the table can say. */
export const anyMessage: fc.Arbitrary<Message> = fc.constantFrom(1, 2, 3).chain((version) => {
  const spec = specOf(version);
  const names = [...spec.messageByName.values()].filter((one) => one.name !== 'CUSTOM_MESSAGE').map((one) => one.name);
  return fc
    .constantFrom(...names)
    .chain((name) =>
      fc
        .tuple(bodyOf(spec, spec.messageByName.get(name) as Definition, 1), fc.integer({ min: 0, max: 0xffffffff }))
        .map(([body, id]) => ({ ...body, message: name, version, id })),
    );
});

/** RO_ACCESS_REPORT with tags whose parameters stand in any layout. */
export const anyReport: fc.Arbitrary<Message> = fc.constantFrom(1, 2, 3).chain((version) => {
  const spec = specOf(version);
  const tags = [
    'AntennaID',
    'FirstSeenTimestampUTC',
    'FirstSeenTimestampUptime',
    'LastSeenTimestampUTC',
    'LastSeenTimestampUptime',
    'PeakRSSI',
    'ChannelIndex',
    'TagSeenCount',
    'C1G2_PC',
    'ROSpecID',
    'ImpinjPeakRSSI',
    'ImpinjRFPhaseAngle',
    'ImpinjRFDopplerFrequency',
    'ImpinjSerializedTID',
    'ImpinjTxPower',
    'MotoTagPhase',
    'C1G2ReadOpSpecResult',
  ];
  const epc = fc.constantFrom('EPC_96', 'EPCData').chain((name) => parameterOf(spec, name, DEPTH_MAX + 1));
  const rest = fc.array(
    fc.oneof(
      fc.constantFrom(...tags).chain((name) => parameterOf(spec, name, DEPTH_MAX)),
      unknown,
    ),
    { maxLength: 8 },
  );
  const tag = fc.tuple(epc, rest, fc.nat(8)).map(([one, more, at]): Parameter => ({
    parameter: 'TagReportData',
    parameters: [...more.slice(0, at), one, ...more.slice(at)],
  }));
  return fc.array(tag, { maxLength: 4 }).map((parameters) => ({
    message: 'RO_ACCESS_REPORT',
    version,
    id: 1,
    ...(parameters.length ? { parameters } : {}),
  }));
});
