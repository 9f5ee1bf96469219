import { html } from 'hono/html';
import { type Frame, type Html, layout } from './layout.ts';

type Fields = Record<string, unknown>;

interface Parameter {
  name: string;
  in: string;
  description?: string;
  required?: boolean;
  schema?: Fields;
}

interface Media {
  content?: Record<string, { schema?: Fields }>;
  description?: string;
}

interface Operation {
  tags?: string[];
  summary?: string;
  security?: unknown[];
  parameters?: Parameter[];
  requestBody?: Media;
  responses: Record<string, Media>;
}

/** What the page shows of an OpenAPI 3.1 document. */
export interface OpenApi {
  info: { title: string; version: string; description?: string };
  paths: Record<string, Record<string, Operation>>;
  components: Record<string, Record<string, Fields>>;
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The part of the document that `value` refers to, or itself. */
function resolved<T>(document: OpenApi, value: T): T {
  const reference = isFields(value) ? value['$ref'] : undefined;
  const [, kind = '', name = ''] = /^#\/components\/([^/]+)\/(.+)$/.exec(String(reference)) ?? [];
  return typeof reference === 'string' ? ((document.components[kind]?.[name] ?? {}) as T) : value;
}

/** Objects inside one another that are shown; deeper ones are three points. */
const SHOWN_DEPTH = 4;

/** A value of this shape: the schema's own example, else one that is made of it. */
function exampleOf(document: OpenApi, given: unknown, depth = 0): unknown {
  const schema = resolved(document, given);
  if (!isFields(schema)) return '…';
  const [first] = [schema['examples'], schema['enum']].flatMap((list) =>
    Array.isArray(list) ? (list as unknown[]) : [],
  );
  if (first !== undefined) return first;
  if (schema['default'] !== undefined) return schema['default'];
  const union = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(union)) return exampleOf(document, union[0], depth);
  if (depth >= SHOWN_DEPTH) return '…';
  if (schema['items'] !== undefined) return [exampleOf(document, schema['items'], depth + 1)];
  if (!isFields(schema['properties'])) return plainExample(schema);
  const entries = Object.entries(schema['properties']).map(([name, part]) => [
    name,
    exampleOf(document, part, depth + 1),
  ]);
  return Object.fromEntries(entries) as unknown;
}

const FORMATS: Record<string, string> = { 'date-time': '2026-03-01T08:30:00Z', binary: '(bytes)' };
const PLAIN: Record<string, unknown> = {
  string: 'text',
  integer: 1,
  number: 1.5,
  boolean: true,
  object: {},
  array: [],
};

const plainExample = (schema: Fields): unknown =>
  FORMATS[String(schema['format'])] ?? PLAIN[String(schema['type'])] ?? {};

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value, null, 2));

/** The type of a parameter in a word or two. */
function typeOf(schema: Fields = {}): string {
  const { type = '', format, enum: values, default: otherwise } = schema;
  const list = Array.isArray(values) ? values.map(String).join(' | ') : [type, format].filter(Boolean).join(', ');
  return otherwise === undefined ? list : `${list} = ${textOf(otherwise)}`;
}

/** A command that can be pasted into a shell. */
function commandOf(method: string, path: string, { security = [], requestBody }: Operation): string {
  const [type] = Object.keys(requestBody?.content ?? {});
  const lines = [
    `curl -X ${method.toUpperCase()} "$URL${path}"`,
    ...(security.length > 0 ? ['-H "Authorization: Bearer $KEY"'] : []),
    ...(type === undefined ? [] : [`-H "Content-Type: ${type}"`, '--data-binary @FILE']),
  ];
  return lines.join(' \\\n  ');
}

const anchorOf = (method: string, path: string): string =>
  `${method}${path.replaceAll(/[^A-Za-z0-9]+/g, '-')}`.replace(/-$/, '');

function frameOf(label: string, table: Html): Html {
  return html`<div class="frame" tabindex="0" role="group" aria-label="${label}">${table}</div>`;
}

function parameterTable({ say }: Frame, of: string, parameters: readonly Parameter[]): Html {
  const title = say('api.parameters');
  const table = html`<table>
    <thead>
      <tr>
        <th scope="col">${say('api.name')}</th>
        <th scope="col">${say('api.where')}</th>
        <th scope="col">${say('api.type')}</th>
        <th scope="col">${say('api.meaning')}</th>
      </tr>
    </thead>
    <tbody>
      ${parameters.map(
        ({ name, in: where, description = '', required, schema }) =>
          html`<tr>
            <td class="mono">${name}${required ? ' *' : ''}</td>
            <td>${where}</td>
            <td class="mono">${typeOf(schema)}</td>
            <td>${description}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
  return html`<h3>${title}</h3>
    ${frameOf(`${title}: ${of}`, table)}`;
}

/** Media types and an example; nothing where there is no content. */
function mediaOf({ say }: Frame, document: OpenApi, of: string, { content = {} }: Media): Html | string {
  const [first] = Object.values(content);
  if (!first) return '';
  const isText = Object.keys(content).some((type) => type.includes('json'));
  const example = first.schema && isText ? textOf(exampleOf(document, first.schema)) : '';
  return html`<p class="mono">${Object.keys(content).join(', ')}</p>
    ${
      example === ''
        ? ''
        : html`<pre tabindex="0" role="group" aria-label="${say('api.example')}: ${of}"><code>${example}</code></pre>`
    }`;
}

function operationPart(frame: Frame, document: OpenApi, method: string, path: string, operation: Operation): Html {
  const { say } = frame;
  const of = `${method.toUpperCase()} ${path}`;
  const parameters = (operation.parameters ?? []).map((parameter) => resolved(document, parameter));
  const answers = Object.entries(operation.responses).map(
    ([status, answer]) => [status, resolved(document, answer)] as const,
  );
  const good = answers.filter(([status]) => status < '300');
  return html`<details class="operation" id="${anchorOf(method, path)}">
    <summary><strong class="mono">${of}</strong> ${operation.summary ?? ''}</summary>
    <p class="quiet">${say((operation.security ?? []).length > 0 ? 'api.key' : 'api.open')}</p>
    ${parameters.length > 0 ? parameterTable(frame, of, parameters) : ''}
    ${
      operation.requestBody
        ? html`<h3>${say('api.body')}</h3>
            <p>${operation.requestBody.description ?? ''}</p>
            ${mediaOf(frame, document, `${of}, ${say('api.body')}`, operation.requestBody)}`
        : ''
    }
    <h3>${say('api.answers')}</h3>
    <ul>
      ${answers.map(([status, { description = '' }]) => html`<li><strong class="mono">${status}</strong> ${description}</li>`)}
    </ul>
    ${good.map(([status, answer]) => mediaOf(frame, document, `${of}, ${status}`, answer))}
    <h3>${say('api.command')}</h3>
    <pre
      tabindex="0"
      role="group"
      aria-label="${say('api.command')}: ${of}"
    ><code>${commandOf(method, path, operation)}</code></pre>
  </details>`;
}

/** Operations by their tag, in the document's order. */
function byTag({ paths }: OpenApi): Map<string, [method: string, path: string, operation: Operation][]> {
  const tags = new Map<string, [string, string, Operation][]>();
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const [tag = ''] = operation.tags ?? [];
      tags.set(tag, [...(tags.get(tag) ?? []), [method, path, operation]]);
    }
  }
  return tags;
}

const sectionId = (tag: string): string => `tag-${tag.replaceAll(/\W+/g, '-')}`;

/** The REST interface to read: made of the same document that /api/openapi.json serves, nothing from elsewhere. */
export function apiPage(frame: Frame, document: OpenApi): Html {
  const { say } = frame;
  const tags = byTag(document);
  const title = say('api.title');
  const body = html`<h1>${title} ${document.info.version}</h1>
    <p>${say('api.intro')} <a href="/api/openapi.json">openapi.json</a></p>
    <nav aria-label="${say('api.contents')}">
      <ul>
        ${[...tags].map(([tag, operations]) => html`<li><a href="#${sectionId(tag)}">${tag}</a> (${operations.length})</li>`)}
      </ul>
    </nav>
    ${[...tags].map(
      ([tag, operations]) =>
        html`<section class="card" aria-labelledby="${sectionId(tag)}">
          <h2 id="${sectionId(tag)}">${tag}</h2>
          ${operations.map(([method, path, operation]) => operationPart(frame, document, method, path, operation))}
        </section>`,
    )}`;
  return layout(frame, { title: `${say('app.name')}: ${title}`, search: '', body });
}
