import { parseDocument } from './document.ts';

type Fields = Record<string, unknown>;

/**
 * The same document with each event replaced; everything around the events stays as it is, member for member.
 * Throws as `parseDocument` does.
 */
export function mapEvents(json: unknown, map: (event: unknown) => unknown): unknown {
  const { eventsPath, events } = parseDocument(json);
  return eventsPath === '' ? map(json) : replaced(json as Fields, eventsPath.slice(1).split('/'), events.map(map));
}

function replaced(holder: Fields, [name = '', ...rest]: readonly string[], list: unknown[]): Fields {
  return { ...holder, [name]: rest.length === 0 ? list : replaced(holder[name] as Fields, rest, list) };
}
