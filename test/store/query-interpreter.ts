// A slow and plain reading of the query language (docs/api.md): one event in JSON against one parameter, by nothing but
// the text of both. It shares no code with src, so that an error of one is no error of the other.

export type Json = Record<string, unknown>;

/** What the interpreter knows beside the event. */
export interface World {
  namespace: string;
  /** Every spelling of an identifier → one of them. */
  same: (uri: string) => string;
  children: Record<string, string[]>;
  /** Place → attribute → value. */
  attributes: Record<string, Record<string, string>>;
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : value === undefined ? [] : [value]);
const fields = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {});
const at = (event: Json, ...path: string[]): unknown[] =>
  path.reduce<unknown[]>((values, name) => values.flatMap((value) => list(fields(value)[name])), [event]);

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
const asInstant = (value: unknown): number | undefined =>
  typeof value === 'string' && INSTANT.test(value) ? Date.parse(value) : undefined;
const asNumber = (value: unknown): number | undefined =>
  typeof value === 'number' || (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value)) ? Number(value) : undefined;

const compares = (op: string, a: number, b: number): boolean =>
  ({ EQ: a === b, GT: a > b, GE: a >= b, LT: a < b, LE: a <= b })[op] ?? false;

/** In thousandths of kelvin or kilogram, so that no conversion leaves a rest. */
const SCALES: Record<string, (value: number, difference: boolean) => number> = {
  KEL: (v) => v * 1000,
  CEL: (v, difference) => (difference ? v : v + 273.15) * 1000,
  FAH: (v, difference) => ((difference ? v : v + 459.67) * 5000) / 9,
  KGM: (v) => v * 1000,
  GRM: (v) => v,
};
const KINDS = [
  ['KEL', 'CEL', 'FAH'],
  ['KGM', 'GRM'],
];

function measured(
  op: string,
  value: unknown,
  uom: unknown,
  asked: string,
  askedUom: string,
  difference = false,
): boolean {
  const [own, other] = [SCALES[String(uom)], SCALES[askedUom]];
  const alike = uom === askedUom || KINDS.some((kind) => kind.includes(String(uom)) && kind.includes(askedUom));
  if (typeof value !== 'number' || !alike) return false;
  if (!own || !other) return compares(op, value, Number(asked));
  const rounded = (n: number): number => Math.round(n * 1e6) / 1e6;
  return compares(op, rounded(own(value, difference)), rounded(other(Number(asked), difference)));
}

const QUANTITIES = ['quantityList', 'childQuantityList', 'inputQuantityList', 'outputQuantityList'];
const reportsOf = (event: Json): Json[] => at(event, 'sensorElementList', 'sensorReport').map(fields);
const metadataOf = (event: Json): Json[] => at(event, 'sensorElementList', 'sensorMetadata').map(fields);

const SCOPES: Record<string, (event: Json) => unknown[]> = {
  '': (event) => [event],
  ILMD_: (event) => at(event, 'ilmd'),
  ERROR_DECLARATION_: (event) => at(event, 'errorDeclaration'),
  SENSORELEMENT_: (event) => at(event, 'sensorElementList'),
  SENSORMETADATA_: metadataOf,
  SENSORREPORT_: reportsOf,
  readPoint_: (event) => at(event, 'readPoint'),
  bizLocation_: (event) => at(event, 'bizLocation'),
};

/** All values of a name at any depth below a value. */
const below = (value: unknown, names: string[]): unknown[] =>
  Array.isArray(value)
    ? value.flatMap((item) => below(item, names))
    : Object.entries(fields(value)).flatMap(([name, inner]) => [
        ...(names.includes(name) ? list(inner) : []),
        ...below(inner, names),
      ]);

/** The names that `local` of the world's namespace has in this event, whatever prefix it uses. */
function namesOf(event: Json, local: string, { namespace }: World): string[] {
  const prefixes = Object.entries(Object.assign({}, ...list(event['@context']).map(fields)) as Json);
  return prefixes.filter(([, uri]) => uri === namespace).map(([prefix]) => `${prefix}:${local}`);
}

function extensionMeets(op: string, value: unknown, asked: string): boolean {
  if (op === 'EXISTS') return true;
  if (typeof value === 'object') return false;
  const [instant, askedInstant] = [asInstant(value), asInstant(asked)];
  if (op === 'EQ') {
    if (instant !== undefined && askedInstant !== undefined) return instant === askedInstant;
    const same = value === asked || (typeof value !== 'string' && JSON.stringify(value) === asked);
    return same || (typeof value === 'number' && value === asNumber(asked));
  }
  if (askedInstant !== undefined) return instant !== undefined && compares(op, instant, askedInstant);
  const number = asNumber(value);
  return number !== undefined && compares(op, number, Number(asked));
}

function extension(
  op: string,
  inner: boolean,
  scope: string,
  local: string,
  asked: string[],
  event: Json,
  world: World,
) {
  const names = namesOf(event, local, world);
  const holders = SCOPES[scope]!(event);
  const values = holders.flatMap((holder) =>
    Object.entries(fields(holder))
      .filter(([name]) => name.includes(':'))
      .flatMap(([name, value]) => (inner ? below(value, names) : names.includes(name) ? list(value) : [])),
  );
  return values.some((value) => asked.some((one) => extensionMeets(op, value, one)));
}

function descendants(places: string[], { children, same }: World): Set<string> {
  const found = new Set(places.map(same));
  for (const place of found) for (const child of children[place] ?? []) found.add(same(child));
  return found;
}

const bare = (text: unknown): string => String(text).replace(/^.*[:/-]/, '');

const TEXTS: Record<string, (event: Json) => unknown[]> = {
  action: (event) => at(event, 'action'),
  bizStep: (event) => at(event, 'bizStep'),
  disposition: (event) => at(event, 'disposition'),
  persistentDisposition_set: (event) => at(event, 'persistentDisposition', 'set'),
  persistentDisposition_unset: (event) => at(event, 'persistentDisposition', 'unset'),
  errorReason: (event) => at(event, 'errorDeclaration', 'reason'),
  type: (event) => reportsOf(event).map((report) => report['type']),
};
const EXACT = ['stringValue', 'booleanValue', 'uriValue', 'microorganism', 'chemicalSubstance'];
const SHARED = ['deviceID', 'dataProcessingMethod', 'bizRules'];

/** What MATCH looks in. */
const EPCS: Record<string, string[]> = {
  epc: ['epcList', 'childEPCs'],
  parentID: ['parentID'],
  inputEPC: ['inputEPCList'],
  outputEPC: ['outputEPCList'],
  anyEPC: ['epcList', 'childEPCs', 'parentID', 'inputEPCList', 'outputEPCList'],
};
const CLASSES: Record<string, string[]> = {
  epcClass: ['quantityList', 'childQuantityList'],
  inputEPCClass: ['inputQuantityList'],
  outputEPCClass: ['outputQuantityList'],
  anyEPCClass: QUANTITIES,
};

/** An identity, or a pattern whose last parts are stars. */
const matches = (uri: unknown, asked: string): boolean =>
  uri === asked ||
  (asked.includes('*') &&
    /^urn:epc:(?:id|class):(.*)$/
      .exec(String(uri))?.[1]
      ?.startsWith(asked.replace('urn:epc:idpat:', '').replace(/[*.]+$/, '.')) === true);

/** Whether an event meets one parameter with these alternatives. */
export function meets(event: Json, parameter: string, asked: string[], world: World): boolean {
  const [, op = '', rest = parameter] = /^(EQ|GT|GE|LT|LE|WD|EXISTS|HASATTR|EQATTR|MATCH)_(.+)$/.exec(parameter) ?? [];
  const [first = ''] = asked;
  const part = /^(INNER_)?(ILMD_|ERROR_DECLARATION_|SENSOR[A-Z]+_|readPoint_|bizLocation_)?\w+:(\w+)$/.exec(rest);
  if (op === 'EXISTS' && first === 'false') return true;
  if (part && op !== 'EQATTR')
    return extension(op, part[1] !== undefined, part[2] ?? '', part[3]!, asked, event, world);
  if (op === 'MATCH') {
    const named = [
      ...(EPCS[rest] ?? []).flatMap((member) => at(event, member)),
      ...(CLASSES[rest] ?? []).flatMap((member) => at(event, member, 'epcClass')),
    ];
    return named.some((uri) => asked.some((one) => matches(uri, one)));
  }
  if (rest === 'eventType') return asked.includes(String(event['type']));
  if (TEXTS[rest]) return TEXTS[rest](event).some((value) => asked.map(bare).includes(bare(value)));
  const time = {
    eventTime: at(event, 'eventTime'),
    errorDeclarationTime: at(event, 'errorDeclaration', 'declarationTime'),
  }[rest];
  const times = ['time', 'startTime', 'endTime'].includes(rest)
    ? [...metadataOf(event), ...reportsOf(event)].map((holder) => holder[rest])
    : time;
  if (times)
    return times.some((value) => asInstant(value) !== undefined && compares(op, asInstant(value)!, Date.parse(first)));
  if (op === 'EXISTS') return at(event, rest).length > 0;
  if (rest === 'readPoint' || rest === 'bizLocation') {
    const [place] = at(event, rest, 'id').map((id) => world.same(String(id)));
    const wanted = op === 'WD' ? descendants(asked, world) : new Set(asked.map(world.same));
    if (op === 'HASATTR') return asked.some((name) => world.attributes[place ?? '']?.[name] !== undefined);
    return place !== undefined && wanted.has(place);
  }
  if (op === 'EQATTR') {
    const [, field = '', name = ''] = /^([A-Za-z]+)_(.+)$/.exec(rest) ?? [];
    const [place] = at(event, field, 'id').map((id) => world.same(String(id)));
    return asked.includes(world.attributes[place ?? '']?.[name] ?? '\0');
  }
  if (EXACT.includes(rest)) return reportsOf(event).some((report) => asked.includes(String(report[rest])));
  if (rest === 'hexBinaryValue')
    return reportsOf(event).some((report) =>
      asked.some((one) => one.toUpperCase() === String(report[rest]).toUpperCase()),
    );
  if (SHARED.includes(rest))
    return [...metadataOf(event), ...reportsOf(event)].some((holder) =>
      asked.map(world.same).includes(world.same(String(holder[rest]))),
    );
  if (rest === 'correctiveEventID')
    return at(event, 'errorDeclaration', rest + 's').some((id) => asked.includes(String(id)));
  if (rest === 'percRank')
    return reportsOf(event).some(
      ({ percRank }) => typeof percRank === 'number' && compares(op, percRank, Number(first)),
    );
  const [, name = '', uom] = /^([A-Za-z]+)(?:_([A-Z0-9]+))?$/.exec(rest) ?? [];
  if (name === 'quantity') {
    const elements = QUANTITIES.flatMap((one) => at(event, one)).map(fields);
    return elements.some((element) =>
      asked.some((one) =>
        uom === undefined
          ? typeof element['quantity'] === 'number' && compares(op, element['quantity'], Number(one))
          : measured(op, element['quantity'], element['uom'], one, uom),
      ),
    );
  }
  return reportsOf(event).some((report) =>
    asked.some((one) => measured(op, report[name], report['uom'], one, uom ?? '', name === 'sDev')),
  );
}
