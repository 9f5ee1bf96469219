// Master data over REST, beyond the standard: vocabularies, their elements, and every version that an element has had.
import { z } from '@hono/zod-openapi';
import { type Expectation, putElement, removeElement, standing, type Written } from '../capture/put-master-data.ts';
import {
  EPCIS_CONTEXT,
  FORM_OF,
  instantOf,
  LIMITS,
  translateUri,
  VOCABULARY_WORDS,
  vocabularyTypes,
} from '../epcis/index.ts';
import { AppError, messageOf } from '../error.ts';
import { keyOfUri } from '../gs1/index.ts';
import {
  type MasterDataElement,
  masterDataPage,
  masterDataTypes,
  type MasterDataVersion,
  masterDataVersions,
} from '../store/master-data.ts';
import { textArray } from '../store/sql.ts';
import { check, JSON_TYPES, readJson } from './body.ts';
import { collection, prefixesFor } from './documents.ts';
import { FORMAT_HEADER } from './events.ts';
import { epcFormat, rangeHeaders } from './headers.ts';
import { pageOf, PAGING_PARAMETERS } from './paging.ts';
import type { Ctx } from './platform.ts';
import { preconditionFailed, refusal } from './problem.ts';
import type { Parameter, Resource } from './resource.ts';

const ELEMENT_BYTES_MAX = 256 * 1024;
const ATTRIBUTES_MAX = 1000;
const CHILDREN_MAX = 10_000;

const uri = z
  .string()
  .max(LIMITS.identifierLengthMax)
  .regex(/^[A-Za-z][\w+.-]*:\S+$/, 'must be a URI');
const attribute = z.looseObject({
  id: uri,
  attribute: z.union([z.string(), z.number(), z.looseObject({})]).optional(),
});
const element = z.strictObject({
  id: z.string().optional(),
  type: z.string().optional(),
  attributes: z.array(attribute).max(ATTRIBUTES_MAX).default([]),
  children: z.array(uri).max(CHILDREN_MAX).default([]),
});

/** Types that the path means; 400 where it means none. */
function typesOf(c: Ctx): string[] {
  const segment = c.req.param('type')!;
  const types = vocabularyTypes(segment);
  if (types.length > 0) return types;
  throw refusal(
    'QueryParameterException',
    `${segment.slice(0, 200)} is no type of vocabulary: a URI, a type of EPCIS such as BusinessLocation, or one of ${VOCABULARY_WORDS.join(', ')} is.`,
  );
}

function keyIn(id: string): Uint8Array {
  try {
    return keyOfUri(id).key;
  } catch (error) {
    throw refusal('QueryParameterException', `id: ${messageOf(error)}`);
  }
}

const isUriText = (text: string): boolean => uri.safeParse(text).success;

/** The identifier of the path and its key. */
function idOf(c: Ctx): { id: string; key: Uint8Array } {
  const id = c.req.param('id')!;
  if (!isUriText(id)) {
    throw refusal(
      'QueryParameterException',
      `id: a URI of at most ${LIMITS.identifierLengthMax} characters is needed, percent-encoded as one segment.`,
    );
  }
  return { id, key: keyIn(id) };
}

/** The element of the path under the first of its types that has it; under the first of all where none has. */
async function found(c: Ctx, asOf?: number) {
  const { id, key } = idOf(c);
  const types = typesOf(c);
  const { platform, principal } = c.var;
  for (const type of types) {
    const newest = await standing(platform.store, principal!.tenantId, { type, key }, asOf);
    if (newest) return { id, name: { type, key }, newest };
  }
  return { id, name: { type: types[0]!, key }, newest: undefined };
}

const nothing = (id: string): AppError =>
  new AppError('not_found', `No master data is held of ${id.slice(0, 200)} in this vocabulary.`);

const etagOf = ({ version }: MasterDataVersion): string => `"${version}"`;

/** What a client sees of versions, identifiers in the form that it asks for. */
async function shown(c: Ctx, versions: readonly MasterDataVersion[]): Promise<object[]> {
  const format = epcFormat(c);
  const lengths = await prefixesFor(c, format, (of) => {
    for (const { id, children } of versions) for (const uri of [id, ...children]) translateUri(uri, 'urn', of);
  });
  const translate = (uri: string): string => translateUri(uri, FORM_OF[format], lengths);
  c.header('GS1-EPC-Format', format);
  return versions.map(({ type, id, attributes, children, version, deleted, recordTime, keyId, captureId }) => ({
    id: translate(id),
    type,
    ...(deleted ? { deleted } : { attributes, children: children.map(translate) }),
    version,
    recordTime: new Date(recordTime).toISOString(),
    ...(keyId !== undefined && { keyId }),
    ...(captureId !== undefined && { captureID: captureId }),
  }));
}

function asOfIn(c: Ctx): number | undefined {
  const { asOf, ...rest } = c.req.query();
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined)
    throw refusal('QueryParameterException', `There is no parameter ${unknown.slice(0, 200)} here.`);
  if (asOf === undefined) return undefined;
  const instant = instantOf(asOf);
  if (instant === undefined)
    throw refusal('QueryParameterException', 'asOf must be a date-time with offset, such as 2026-03-01T00:00:00Z.');
  return instant;
}

async function list(c: Ctx): Promise<Response> {
  const page = await pageOf(c);
  const { platform, principal } = c.var;
  const after = page.after && ([String(page.after[0]), Buffer.from(String(page.after[1]), 'hex')] as [string, Buffer]);
  const types = textArray(typesOf(c));
  const rows = await masterDataPage(platform.store, principal!.tenantId, types, page.perPage + 1, after);
  const elements = rows.slice(0, page.perPage);
  const last = elements.at(-1);
  if (rows.length > elements.length && last) page.announce([last.type, Buffer.from(last.key).toString('hex')]);
  return c.json(collection(await shown(c, elements)));
}

async function one(c: Ctx): Promise<Response> {
  const { id, newest } = await found(c, asOfIn(c));
  if (!newest) throw nothing(id);
  c.header('ETag', etagOf(newest));
  if (
    c.req
      .header('if-none-match')
      ?.split(',')
      .some((tag) => tag.trim() === etagOf(newest))
  )
    return c.body(null, 304);
  const [body] = await shown(c, [newest]);
  return c.json({ '@context': [EPCIS_CONTEXT], ...body });
}

/** Every version, the newest first; of a deleted element too. */
async function history(c: Ctx): Promise<Response> {
  const page = await pageOf(c);
  const { id, key } = idOf(c);
  const { platform, principal } = c.var;
  const before = page.after === undefined ? {} : { before: Number(page.after[0]) };
  for (const type of typesOf(c)) {
    const range = { limit: page.perPage + 1, ...before };
    const rows = await masterDataVersions(platform.store, principal!.tenantId, { type, key }, range);
    if (rows.length === 0) continue;
    const versions = rows.slice(0, page.perPage);
    if (rows.length > versions.length) page.announce([versions.at(-1)!.version]);
    return c.json(collection(await shown(c, versions)));
  }
  throw nothing(id);
}

/** What If-Match and If-None-Match ask of the newest version (RFC 9110, 13.1). */
function expectationOf(c: Ctx): Expectation {
  const tagsOf = (header: string): string[] | undefined =>
    c.req
      .header(header)
      ?.split(',')
      .map((tag) => tag.trim());
  const match = tagsOf('if-match');
  const none = tagsOf('if-none-match');
  const meets = (tags: string[], newest: MasterDataVersion | undefined): boolean =>
    newest !== undefined && (tags.includes('*') || tags.includes(etagOf(newest)));
  return (newest) => (!match || meets(match, newest)) && (!none || !meets(none, newest));
}

const writing = (c: Ctx) => ({
  store: c.var.platform.store,
  clock: c.var.platform.clock,
  principal: c.var.principal!,
  expects: expectationOf(c),
});

const changed = (c: Ctx): Response =>
  preconditionFailed(
    'The element is not the one that was expected: read it again, and send its ETag in If-Match.',
    c.req.path,
  );

/** The element of the body, whose name is the path's. */
async function elementOf(
  c: Ctx,
  id: string,
  name: Pick<MasterDataElement, 'type' | 'key'>,
): Promise<MasterDataElement> {
  const given = check(element, await readJson(c, { bytesMax: ELEMENT_BYTES_MAX }));
  const other = given.id !== undefined && Buffer.compare(keyIn(given.id), name.key) !== 0;
  if (other || (given.type !== undefined && !vocabularyTypes(given.type).includes(name.type))) {
    throw refusal('ValidationException', 'id and type of the body are not those of the path; they may be left out.');
  }
  return { ...name, id: given.id ?? id, attributes: given.attributes, children: given.children };
}

async function put(c: Ctx): Promise<Response> {
  const { id, name } = await found(c);
  const written: Written | undefined = await putElement(writing(c), await elementOf(c, id, name));
  if (!written) return changed(c);
  const [body] = await shown(c, [written.now!]);
  c.header('ETag', etagOf(written.now!));
  if (written.before) return c.json({ '@context': [EPCIS_CONTEXT], ...body });
  c.header('Location', c.req.path);
  return c.json({ '@context': [EPCIS_CONTEXT], ...body }, 201);
}

async function remove(c: Ctx): Promise<Response> {
  const { id, name, newest } = await found(c);
  if (!newest && c.req.header('if-match') === undefined) throw nothing(id);
  return (await removeElement(writing(c), name)) ? c.body(null, 204) : changed(c);
}

const ATTRIBUTES = {
  type: 'array',
  items: { type: 'object', required: ['id'], properties: { id: { type: 'string' }, attribute: {} } },
};
const BODY = {
  type: 'object',
  properties: { attributes: ATTRIBUTES, children: { type: 'array', items: { type: 'string' } } },
  examples: [
    {
      attributes: [{ id: 'urn:epcglobal:cbv:mda:name', attribute: 'Dock 1' }],
      children: ['https://id.gs1.org/414/9521141000014/254/1'],
    },
  ],
};
const ELEMENT = {
  type: 'object',
  required: ['id', 'type', 'version', 'recordTime'],
  properties: {
    id: { type: 'string' },
    type: { type: 'string' },
    ...BODY.properties,
    deleted: { type: 'boolean', description: 'of a version that is a deletion' },
    version: { type: 'integer', description: 'from 1; the ETag' },
    recordTime: { type: 'string', format: 'date-time' },
    keyId: { type: 'string', description: 'the key that it came with' },
    captureID: { type: 'string', description: 'the capture whose header brought it' },
  },
};
const ELEMENTS = { type: 'object', properties: { member: { type: 'array', items: ELEMENT } } };

const AS_OF: Parameter = {
  name: 'asOf',
  in: 'query',
  description: 'the element as it was at this moment',
  schema: { type: 'string', format: 'date-time' },
};
const tagHeader = (name: string, description: string): Parameter => ({
  name,
  in: 'header',
  description,
  schema: { type: 'string' },
});
const IF_MATCH = tagHeader('If-Match', 'ETag of the version that is to be replaced, or *; 412 where it is another');
const IF_NONE_MATCH = tagHeader('If-None-Match', '* where the element must not be there yet');

const shared = { tag: 'Master data', optionsHeaders: () => rangeHeaders(true) };

export const vocabularyResources: Resource[] = [
  {
    ...shared,
    path: '/vocabularies',
    operations: {
      GET: {
        summary: 'The types of vocabulary that hold an element',
        right: 'query',
        answers: JSON_TYPES,
        success: {
          status: 200,
          description: 'URIs of types',
          schema: { type: 'object', properties: { member: { type: 'array', items: { type: 'string' } } } },
        },
        handle: async (c) => c.json(collection(await masterDataTypes(c.var.platform.store, c.var.principal!.tenantId))),
      },
    },
  },
  {
    ...shared,
    path: '/vocabularies/{type}',
    operations: {
      GET: {
        summary: `The elements of a vocabulary; type is a URI, a bare word such as BusinessLocation, or one of ${VOCABULARY_WORDS.join(', ')}`,
        right: 'query',
        answers: JSON_TYPES,
        parameters: [...PAGING_PARAMETERS, FORMAT_HEADER],
        success: { status: 200, description: 'A page of elements', schema: ELEMENTS },
        refusals: [400],
        handle: list,
      },
    },
  },
  {
    ...shared,
    path: '/vocabularies/{type}/{id}',
    operations: {
      GET: {
        summary: 'One element, now or as it was; id is a URN or a Digital Link',
        right: 'query',
        answers: JSON_TYPES,
        parameters: [AS_OF, FORMAT_HEADER],
        success: { status: 200, description: 'The element; ETag is its version', schema: ELEMENT },
        refusals: [400, 404],
        handle: one,
      },
      PUT: {
        summary: 'Replaces an element whole, or makes it; what it was stays as a version',
        right: 'capture',
        answers: JSON_TYPES,
        parameters: [IF_MATCH, IF_NONE_MATCH, FORMAT_HEADER],
        body: { description: 'Its attributes and children', types: JSON_TYPES, schema: BODY },
        success: { status: 200, description: 'Replaced; 201 where it is new', schema: ELEMENT },
        refusals: [412],
        handle: put,
      },
      DELETE: {
        summary: 'Removes an element; its versions stay, the deletion is one of them',
        right: 'capture',
        answers: JSON_TYPES,
        parameters: [IF_MATCH],
        success: { status: 204, description: 'Removed' },
        refusals: [400, 404, 412],
        handle: remove,
      },
    },
  },
  {
    ...shared,
    path: '/vocabularies/{type}/{id}/versions',
    operations: {
      GET: {
        summary: 'Every version that an element has had, the newest first, deletions too',
        right: 'query',
        answers: JSON_TYPES,
        parameters: [...PAGING_PARAMETERS, FORMAT_HEADER],
        success: { status: 200, description: 'A page of versions', schema: ELEMENTS },
        refusals: [400, 404],
        handle: history,
      },
    },
  },
];
