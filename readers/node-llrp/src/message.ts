/** A bit vector; `hex` keeps the padding bits as they are on the wire. */
export interface BitVector {
  bits: number;
  hex: string;
}

/** A field's value in JSON: see docs/llrp.md for the form of every wire type. */
export type FieldValue = number | string | boolean | BitVector | (number | string)[];

/** A parameter in JSON: its name, its fields by name, and its sub-parameters in wire order. */
export interface Parameter {
  parameter: string;
  /** The reserved bits of a TLV header (0 to 31), when they are not zero. */
  reservedHeader?: number;
  /** One number per run of reserved bits between the fields, when one of them is not zero. */
  reservedBits?: number[];
  parameters?: Parameter[];
  [field: string]: FieldValue | Parameter[] | undefined;
}

/** A message in JSON. `version` is the header's: 1 = LLRP 1.0.1, 2 = 1.1, 3 = 2.0. */
export interface Message {
  message: string;
  version: number;
  id: number;
  reservedHeader?: number;
  reservedBits?: number[];
  parameters?: Parameter[];
  [field: string]: FieldValue | Parameter[] | undefined;
}

/** The first sub-parameter of that name. */
export function child(of: { parameters?: Parameter[] } | undefined, name: string): Parameter | undefined {
  return of?.parameters?.find((parameter) => parameter.parameter === name);
}

/** All sub-parameters of that name, in wire order. */
export function children(of: { parameters?: Parameter[] } | undefined, name: string): Parameter[] {
  return of?.parameters?.filter((parameter) => parameter.parameter === name) ?? [];
}

/** A field that must be a number here; a missing or other one counts as 0. */
export function numberOf(of: Parameter | Message | undefined, field: string): number {
  const value = of?.[field];
  return typeof value === 'number' ? value : typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : 0;
}

/** A field that is a name or a number, as text; empty where it is missing or something else. */
export function textOf(of: Parameter | Message | undefined, field: string): string {
  const value = of?.[field];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
