import { parse, toLink, toUrn } from '../gs1/index.ts';
import type { EpcisEvent } from './event.ts';
import { mapAt } from './normalize.ts';

/** How identifiers are to be written: EPC URNs, GS1 Digital Links, or as captured (`GS1-EPC-Format`). */
export type IdentifierForm = 'urn' | 'link' | 'keep';
export const FORM_OF = { Always_GS1_Digital_Link: 'link', Always_EPC_URN: 'urn', Never_Translates: 'keep' } as const;
/** A value of `GS1-EPC-Format`. */
export type EpcFormat = keyof typeof FORM_OF;

/** Company prefix length of a Digital Link, from a prefix list or a URN seen before; undefined where unknown. */
export type GcpLengthOf = (link: string) => number | undefined;

/** Every place of an event that holds an identifier (epcis.md section 2). */
const PLACES = [
  'epcList.*',
  'childEPCs.*',
  'parentID',
  'inputEPCList.*',
  'outputEPCList.*',
  'quantityList.*.epcClass',
  'childQuantityList.*.epcClass',
  'inputQuantityList.*.epcClass',
  'outputQuantityList.*.epcClass',
  'readPoint.id',
  'bizLocation.id',
  'sourceList.*.source',
  'destinationList.*.destination',
  'sensorElementList.*.sensorMetadata.deviceID',
  'sensorElementList.*.sensorReport.*.deviceID',
].map((path) => path.split('.'));

const unknownLength: GcpLengthOf = () => undefined;

/**
 * One identifier in the wanted form. What is no GS1 identifier, is malformed, or would need a company prefix length that
 * nobody knows stays as it is.
 */
export function translateUri(uri: string, form: IdentifierForm, gcpLengthOf: GcpLengthOf = unknownLength): string {
  const link = uri.startsWith('http');
  if (form === 'keep' || link === (form === 'link') || !(link || uri.startsWith('urn:epc:'))) return uri;
  try {
    if (form === 'link') return toLink(parse(uri)) ?? uri;
    const gcpLength = gcpLengthOf(uri);
    return gcpLength === undefined ? uri : (toUrn(parse(uri, { gcpLength })) ?? uri);
  } catch {
    return uri; // an identifier that gs1 refuses is kept as captured; validation is elsewhere
  }
}

/** A form, or what becomes of each identifier. */
type Translation = IdentifierForm | ((uri: string) => string);

const mapOf = (to: Translation, gcpLengthOf: GcpLengthOf): ((uri: string) => string) =>
  typeof to === 'function' ? to : (uri) => translateUri(uri, to, gcpLengthOf);

function translate(value: unknown, places: readonly (readonly string[])[], map: (uri: string) => string): unknown {
  let translated = value;
  for (const path of places) translated = mapAt(translated, path, map);
  return translated;
}

/** The event with the identifiers of all places translated; the same object where nothing changes. */
export function translateEvent(
  event: EpcisEvent,
  to: Translation,
  gcpLengthOf: GcpLengthOf = unknownLength,
): EpcisEvent {
  return to === 'keep' ? event : (translate(event, PLACES, mapOf(to, gcpLengthOf)) as EpcisEvent);
}

/** Where a document names identifiers in its master data. */
const AROUND_PLACES = ['epcisHeader.epcisMasterData', 'epcisBody.queryResults.resultsBody'].flatMap((holder) =>
  ['id', 'children.*'].map((place) => `${holder}.vocabularyList.*.vocabularyElementList.*.${place}`.split('.')),
);

/** The same for what stands around a document's events. */
export function translateAround(
  around: Record<string, unknown>,
  to: Translation,
  gcpLengthOf: GcpLengthOf = unknownLength,
): Record<string, unknown> {
  if (to === 'keep') return around;
  return translate(around, AROUND_PLACES, mapOf(to, gcpLengthOf)) as Record<string, unknown>;
}
