import type { Finding } from './finding.ts';
import type { Place } from './json-check.ts';
import { LIMITS } from './limits.ts';
import { type ComplexType, type Schema, schema, type Slot, versionOf } from './xsd-row.ts';
import type { XmlVersion } from './xsd-table.ts';
import { BUILT_IN_TYPES, OTHER_BUILT_IN_TYPES, SIMPLE_TYPES, type SimpleType } from './xsd-type.ts';
import { XSD, type XmlElement } from './xml-stream.ts';

/*
 * The verdict of GS1's XML schemas, found while the document streams by: each open element is a frame that knows its
 * type and how far its content has come. What is wrong is told and then read on as well as can be, so that one fault is
 * one finding.
 */

/** How the content of an element is looked at. */
type Kind =
  | { is: 'complex'; type: ComplexType }
  | { is: 'simple'; type: SimpleType; nillable: boolean }
  /** Anything: known elements are looked at wherever they stand. */
  | { is: 'any' }
  /** In a fault already told. */
  | { is: 'skip' };

interface Frame extends Place {
  /** Name as people write it, and the path of elements. */
  name: string;
  path: string;
  kind: Kind;
  /** The slot that was last filled, and how often; -1 before the first. */
  slot: number;
  filled: number[];
  last: string;
  text: string;
  nil: boolean;
  /** Children so far, by name, for their paths. */
  counts: Map<string, number>;
  strayText: boolean;
}

const ANY: Kind = { is: 'any' };
const SKIP: Kind = { is: 'skip' };
/** Characters of a simple value that are looked at; a longer one was refused as a text. */
const VALUE_CHARACTERS_QUOTED = 60;

const quoted = (text: string): string => {
  const plain = text.trim().replace(/\s+/g, ' ');
  return `"${plain.length > VALUE_CHARACTERS_QUOTED ? plain.slice(0, VALUE_CHARACTERS_QUOTED) + '…' : plain}"`;
};
const localOf = (name: string): string => name.slice(name.lastIndexOf('}') + 1);
const namesOf = (slot: Slot): string => {
  const names = [...slot.names.keys()].map(localOf);
  return names.length > 6 ? `${names.slice(0, 6).join(', ')} …` : names.join(' or ');
};

const accepts = ({ wildcard }: Slot, uri: string, { namespace }: ComplexType): boolean =>
  wildcard === 'any' || (wildcard === 'local' ? uri === '' : wildcard === 'other' && uri !== '' && uri !== namespace);

/** Elements that may stand alone as an event, though no schema declares them. */
const EVENTS = new Set([
  'ObjectEvent',
  'AggregationEvent',
  'TransactionEvent',
  'TransformationEvent',
  'AssociationEvent',
  'QuantityEvent',
]);

/** Checks one document; give it what the parser meets, in order. */
export class XsdCheck {
  /** What was found since it was last emptied; bounded. */
  findings: Finding[] = [];
  version: XmlVersion | undefined;
  #schema: Schema = schema('2.0');
  readonly #frames: Frame[] = [];

  #find(rule: string, message: string, path: string, { line, column }: Place): void {
    if (this.findings.length <= LIMITS.findingsMax) this.findings.push({ path, rule, message, line, column });
  }

  /** The path of the element that is open. */
  get path(): string {
    return this.#frames.at(-1)?.path ?? '';
  }

  open(element: XmlElement): void {
    const parent = this.#frames.at(-1);
    const name = element.prefix === '' ? element.local : `${element.prefix}:${element.local}`;
    const count = (parent?.counts.get(element.name) ?? 0) + 1;
    parent?.counts.set(element.name, count);
    const path = `${parent?.path ?? ''}/${name}${count > 1 ? `[${count}]` : ''}`;
    const frame: Frame = {
      name,
      path,
      kind: SKIP,
      slot: -1,
      filled: [],
      last: '',
      text: '',
      nil: false,
      counts: new Map(),
      strayText: false,
      line: element.line,
      column: element.column,
    };
    frame.kind = parent ? this.#childKind(parent, frame, element) : this.#rootKind(frame, element);
    frame.kind = this.#typed(frame, element);
    this.#frames.push(frame);
    this.#attributes(frame, element);
  }

  #named(type: string): Kind {
    if (type === 'Any') return ANY;
    const complex = this.#schema.complex(type);
    if (complex) return { is: 'complex', type: complex };
    const simple = SIMPLE_TYPES[type];
    return simple ? { is: 'simple', type: simple, nillable: type === 'nillableDecimal' } : ANY;
  }

  #rootKind(frame: Frame, { name, uri, local }: XmlElement): Kind {
    this.version = versionOf(uri);
    this.#schema = schema(this.version ?? '2.0');
    const type = this.#schema.roots.get(name);
    if (type !== undefined) {
      this.version ??= '2.0';
      return this.#named(type);
    }
    if (uri === '' && EVENTS.has(local)) {
      const message = `${local} stands alone; GS1's XML schema wants it in the EventList of an EPCISDocument.`;
      this.#find('root', message, frame.path, frame);
      this.#schema = schema(local === 'QuantityEvent' ? '1.2' : '2.0');
      return this.#named(local);
    }
    const known = 'EPCISDocument or EPCISQueryDocument in the namespace of EPCIS 2.0 or 1.2';
    this.#find(
      'root',
      `${frame.name} in the namespace ${quoted(uri)} is no root of EPCIS; ${known} is expected.`,
      frame.path,
      frame,
    );
    return SKIP;
  }

  #childKind(parent: Frame, frame: Frame, element: XmlElement): Kind {
    const { kind } = parent;
    if (kind.is === 'skip') return SKIP;
    if (kind.is === 'any') return this.#known(element);
    if (kind.is === 'simple' || kind.type.simple) {
      this.#find('no-elements', `${parent.name} holds a text; ${frame.name} may not stand in it.`, frame.path, frame);
      return SKIP;
    }
    return this.#inSlots(parent, frame, element, kind.type);
  }

  /** Looks at what a wildcard takes: closely where the schema knows the element. */
  #known({ name }: XmlElement): Kind {
    const type = this.#schema.roots.get(name);
    return type === undefined ? ANY : this.#named(type);
  }

  #inSlots(parent: Frame, frame: Frame, element: XmlElement, type: ComplexType): Kind {
    const { slots } = type;
    let exact = slots.findIndex((slot) => slot.names.has(element.name));
    const known = exact >= 0;
    if (exact < 0) exact = slots.findIndex((slot) => accepts(slot, element.uri, type));
    const slot = slots[exact];
    if (!slot) {
      const next = slots.slice(Math.max(parent.slot, 0)).filter(({ names }) => names.size > 0);
      const expected = next.length === 0 ? 'nothing' : next.slice(0, 4).map(namesOf).join(', ');
      const message = `${frame.name} may not stand in ${parent.name}; expected here: ${expected}.`;
      this.#find('unknown-element', message, frame.path, frame);
      return SKIP;
    }
    const filled = (parent.filled[exact] ?? 0) + 1;
    parent.filled[exact] = filled;
    if (exact < parent.slot) {
      this.#find('order', `${frame.name} must stand before ${parent.last}.`, frame.path, frame);
    } else if (filled > slot.max) {
      const only = slot.names.size > 1 ? `only one of ${namesOf(slot)}` : `only one ${frame.name}`;
      this.#find('too-many', `${parent.name} has ${only}.`, frame.path, frame);
    } else if (slot.behind !== undefined && !parent.counts.has(slot.behind)) {
      this.#find('required', `${frame.name} needs ${slot.behind} before it.`, frame.path, frame);
    } else if (!known && this.#tooEarly(parent, slots, exact)) {
      const wanted = slots.slice(0, exact).find((one, i) => one.min > (parent.filled[i] ?? 0));
      const message = `${frame.name} stands too early: extensions come after ${wanted ? namesOf(wanted) : 'the standard elements'}.`;
      this.#find('order', message, frame.path, frame);
    } else {
      parent.slot = exact;
      parent.last = frame.name;
    }
    const name = slot.names.get(element.name);
    return name === undefined ? this.#known(element) : this.#named(name);
  }

  /** True where something that must come before is still missing: the extension is out of place, not the rest. */
  #tooEarly(parent: Frame, slots: readonly Slot[], at: number): boolean {
    return slots.slice(0, at).some(({ min }, i) => min > (parent.filled[i] ?? 0));
  }

  /** `xsi:type` and `xsi:nil`. */
  #typed(frame: Frame, { type, nil, line, column }: XmlElement): Kind {
    const { kind } = frame;
    if (kind.is === 'skip') return kind;
    if (nil !== undefined && kind.is !== 'any' && !(kind.is === 'simple' && kind.nillable)) {
      this.#find('nil', `${frame.name} may not be nil.`, frame.path, { line, column });
    }
    frame.nil = nil === true && kind.is === 'simple' && kind.nillable;
    if (type === undefined) return kind;
    const built = type.startsWith(`{${XSD}}`) ? localOf(type) : undefined;
    if (built !== undefined && Object.hasOwn(BUILT_IN_TYPES, built)) {
      return kind.is === 'complex' ? kind : { is: 'simple', type: BUILT_IN_TYPES[built] as SimpleType, nillable: true };
    }
    if (built !== undefined && OTHER_BUILT_IN_TYPES.has(built)) return kind;
    const own = localOf(type).replace(/Type$/, '');
    const complex = versionOf(type.slice(1, type.indexOf('}'))) === undefined ? undefined : this.#schema.complex(own);
    if (complex) return kind.is === 'any' ? { is: 'complex', type: complex } : kind;
    this.#find(
      'type',
      `${frame.name} has xsi:type ${quoted(localOf(type))}, which no schema here knows.`,
      frame.path,
      frame,
    );
    return kind;
  }

  #attributes({ name, path, kind, line, column }: Frame, { attributes }: XmlElement): void {
    if (kind.is === 'any' || kind.is === 'skip') return;
    const known = kind.is === 'complex' ? kind.type.attributes : NO_ATTRIBUTES;
    for (const { uri, local, prefix, value } of attributes) {
      const rule = uri === '' ? known.get(local) : undefined;
      if (rule && !rule.type.holds(value)) {
        this.#find('value', `${local} must be ${rule.type.is}, not ${quoted(value)}.`, `${path}/@${local}`, {
          line,
          column,
        });
      } else if (!rule && !(kind.is === 'complex' && kind.type.anyAttribute)) {
        const full = prefix === '' ? local : `${prefix}:${local}`;
        this.#find('unknown-attribute', `${name} has no attribute ${full}.`, `${path}/@${full}`, { line, column });
      }
    }
    for (const [local, { required }] of known) {
      if (!required || attributes.some((attribute) => attribute.uri === '' && attribute.local === local)) continue;
      this.#find('required', `${name} needs the attribute ${local}.`, `${path}/@${local}`, { line, column });
    }
  }

  text(part: string): void {
    const frame = this.#frames.at(-1);
    if (!frame) return;
    const { kind } = frame;
    if (kind.is === 'simple' || (kind.is === 'complex' && kind.type.simple)) frame.text += part;
    else if (kind.is === 'complex' && !kind.type.mixed && !frame.strayText && part.trim() !== '') {
      frame.strayText = true;
      this.#find(
        'no-text',
        `${frame.name} holds elements; the text ${quoted(part)} may not stand in it.`,
        frame.path,
        frame,
      );
    }
  }

  close(): void {
    const frame = this.#frames.pop();
    if (!frame) return;
    const { kind, name, path, text } = frame;
    if (kind.is === 'any' || kind.is === 'skip') return;
    const simple = kind.is === 'simple' ? kind.type : kind.type.simple;
    if (simple) {
      if (frame.nil ? text.trim() !== '' : !simple.holds(text)) {
        const message = frame.nil
          ? `${name} is nil and must be empty.`
          : text.trim() === ''
            ? `${name} is empty; it must be ${simple.is}.`
            : `${name} must be ${simple.is}, not ${quoted(text)}.`;
        this.#find('value', message, path, frame);
      }
      return;
    }
    if (kind.is !== 'complex') return;
    kind.type.slots.forEach((slot, i) => {
      if (slot.min <= (frame.filled[i] ?? 0)) return;
      const what = slot.names.size === 0 ? 'an element of another namespace' : namesOf(slot);
      const message = slot.names.size === 0 ? `${name} needs ${what}.` : `${name} needs ${what}.`;
      this.#find('required', message, slot.names.size === 1 ? `${path}/${what}` : path, frame);
    });
  }
}

const NO_ATTRIBUTES: ReadonlyMap<string, { type: SimpleType; required: boolean }> = new Map();
