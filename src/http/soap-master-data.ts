// SimpleMasterDataQuery (EPCIS 1.2 section 8.2.7.2): elements of vocabularies by name, place in a hierarchy and attributes.
import { writeXmlVocabularies, type XmlVersion } from '../epcis/index.ts';
import { keyOfUri } from '../gs1/index.ts';
import { masterDataPage, masterDataTypes, type MasterDataElement } from '../store/master-data.ts';
import type { Queries } from '../store/open.ts';
import { hexText, textArray } from '../store/sql.ts';
import { refusal } from './problem.ts';

const PAGE_ELEMENTS = 1_000;
/** Elements that one question looks at, and that one answer holds. */
const ELEMENTS_MAX = 20_000;

type Parameters = Record<string, string[]>;

const refuse = (message: string): never => {
  throw refusal('QueryParameterException', message);
};

const PLAIN = new Set([
  'includeAttributes',
  'includeChildren',
  'vocabularyName',
  'attributeNames',
  'EQ_name',
  'WD_name',
  'HASATTR',
  'maxElementCount',
]);

function flag(parameters: Parameters, name: string): boolean {
  const [value, more] = parameters[name] ?? refuse(`SimpleMasterDataQuery needs ${name}.`);
  if (more !== undefined || (value !== 'true' && value !== 'false')) refuse(`${name} must be true or false.`);
  return value === 'true';
}

const keyText = (uri: string): string => {
  try {
    return hexText(keyOfUri(uri).key);
  } catch {
    return refuse(`${uri.slice(0, 200)} is no well-formed identifier.`);
  }
};

/** All elements of the vocabularies asked for. */
async function held(db: Queries, tenantId: string, names: readonly string[] | undefined): Promise<MasterDataElement[]> {
  const types = textArray(names ?? (await masterDataTypes(db, tenantId)));
  const all: MasterDataElement[] = [];
  for (;;) {
    const last = all.at(-1);
    const page = await masterDataPage(db, tenantId, types, PAGE_ELEMENTS, last && [last.type, last.key]);
    all.push(...page);
    if (page.length < PAGE_ELEMENTS) return all;
    if (all.length >= ELEMENTS_MAX) {
      throw refusal('QueryTooComplexException', `More than ${ELEMENTS_MAX} elements; name fewer vocabularies.`);
    }
  }
}

/** The elements named and all below them. */
function within(all: readonly MasterDataElement[], names: readonly string[]): Set<string> {
  const children = new Map<string, string[]>();
  for (const { key, children: below } of all) children.set(hexText(key), below.map(keyText));
  const found = new Set(names.map(keyText));
  for (const key of found) for (const child of children.get(key) ?? []) found.add(child);
  return found;
}

interface Attribute {
  id: string;
  attribute?: unknown;
}

type Test = (element: MasterDataElement) => boolean;
const attributesOf = ({ attributes }: MasterDataElement): Attribute[] => attributes as Attribute[];

function testsOf(parameters: Parameters, all: readonly MasterDataElement[]): Test[] {
  const tests: Test[] = [];
  for (const [name, values] of Object.entries(parameters)) {
    if (name === 'EQ_name') {
      const keys = new Set(values.map(keyText));
      tests.push(({ key }) => keys.has(hexText(key)));
    } else if (name === 'WD_name') {
      const keys = within(all, values);
      tests.push(({ key }) => keys.has(hexText(key)));
    } else if (name === 'HASATTR') {
      tests.push((element) => attributesOf(element).some(({ id }) => values.includes(id)));
    } else if (name.startsWith('EQATTR_')) {
      const id = name.slice('EQATTR_'.length);
      tests.push((element) =>
        attributesOf(element).some((one) => one.id === id && values.includes(String(one.attribute))),
      );
    } else if (!PLAIN.has(name)) refuse(`There is no parameter ${name.slice(0, 200)} of SimpleMasterDataQuery.`);
  }
  return tests;
}

/** The answer as an EPCISQueryDocument in XML. */
export async function masterDataAnswer(
  db: Queries,
  tenantId: string,
  parameters: Parameters,
  { version, creationDate }: { version: XmlVersion; creationDate: string },
): Promise<string> {
  const [withAttributes, withChildren] = [flag(parameters, 'includeAttributes'), flag(parameters, 'includeChildren')];
  const all = await held(db, tenantId, parameters['vocabularyName']);
  const tests = testsOf(parameters, all);
  const found = all.filter((element) => tests.every((test) => test(element)));
  const max = Number(parameters['maxElementCount']?.[0] ?? ELEMENTS_MAX);
  if (!Number.isSafeInteger(max) || max < 1) refuse('maxElementCount must be a whole number from 1 on.');
  if (found.length > max)
    throw refusal('QueryTooLargeException', `The query has more than maxElementCount=${max} hits.`);
  const names = parameters['attributeNames'];
  const vocabularies = new Map<string, MasterDataElement[]>();
  for (const element of found) vocabularies.set(element.type, [...(vocabularies.get(element.type) ?? []), element]);
  const list = [...vocabularies].map(([type, elements]) => {
    const vocabularyElementList = elements.map((element) => ({
      id: element.id,
      ...(withAttributes && {
        attributes: attributesOf(element).filter(({ id }) => names === undefined || names.includes(id)),
      }),
      ...(withChildren && { children: element.children }),
    }));
    return { type, vocabularyElementList };
  });
  return writeXmlVocabularies(list, { version, queryName: 'SimpleMasterDataQuery', creationDate });
}
