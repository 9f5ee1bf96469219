// Messages of the SOAP query interface (EPCIS 1.2 section 11.2, 2.0 section 11.1): a request's XML as data, answers as text.
import { AppError } from '../error.ts';
import { LIMITS } from './limits.ts';
import { type XmlElement, readXml } from './xml-stream.ts';
import { DECLARATION } from './xml-write.ts';
import { type Attributes, xmlLeaf, xmlParent } from './xml-text.ts';
import { NAMESPACES, type XmlVersion } from './xsd-table.ts';

/** SOAP itself: 1.1 as the WSDL says, 1.2 for clients that know nothing else. */
export type SoapVersion = '1.1' | '1.2';
const ENVELOPES: Record<SoapVersion, string> = {
  '1.1': 'http://schemas.xmlsoap.org/soap/envelope/',
  '1.2': 'http://www.w3.org/2003/05/soap-envelope',
};
const VERSIONS: readonly XmlVersion[] = ['1.2', '2.0'];
const ELEMENTS_MAX = 20_000;

export interface SoapRequest {
  soap: SoapVersion;
  /** Of EPCIS, by the namespace of the message. */
  version: XmlVersion;
  /** Poll, Subscribe, … */
  operation: string;
  message: XmlElement;
}

const refuse = (message: string): never => {
  throw new AppError('invalid', message, { rule: 'ValidationException' });
};

/** The document as a tree. AppError `invalid` for what is no XML, declares entities, is too deep or has too many elements. */
async function treeOf(text: string): Promise<XmlElement> {
  const stack: XmlElement[] = [];
  let root: XmlElement | undefined;
  let count = 0;
  const reading = readXml(
    (async function* () {
      yield text;
    })(),
    {
      open: (element) => {
        if (++count > ELEMENTS_MAX) refuse(`The message has more than ${ELEMENTS_MAX} elements.`);
        stack.at(-1)?.children.push(element);
        root ??= element;
        stack.push(element);
      },
      text: (part) => {
        const element = stack.at(-1);
        if (element) element.text += part;
      },
      close: () => void stack.pop(),
    },
  );
  for await (const _ of reading);
  return root ?? refuse('The message is empty.');
}

/** Reads an envelope with one message of EPCIS. Throws AppError `invalid` that says what is wrong, and where for bad XML. */
export async function readSoap(text: string): Promise<SoapRequest> {
  const root = await treeOf(text.replace(/^\uFEFF/, ''));
  const soap = (Object.keys(ENVELOPES) as SoapVersion[]).find((one) => root.uri === ENVELOPES[one]);
  if (root.local !== 'Envelope' || !soap) return refuse('The message is no SOAP envelope.');
  const must = root.children
    .filter(({ name }) => name === `{${root.uri}}Header`)
    .flatMap((header) => header.children)
    .find(({ attributes }) =>
      attributes.some(
        ({ uri, local, value }) => uri === root.uri && local === 'mustUnderstand' && /^(1|true)$/.test(value),
      ),
    );
  if (must) refuse(`The header ${must.name} must be understood, and is not.`);
  const body = root.children.find(({ name }) => name === `{${root.uri}}Body`);
  const message = body?.children[0];
  if (!message || body.children.length !== 1) return refuse('The body of the envelope must hold one message.');
  const version = VERSIONS.find((one) => message.uri === NAMESPACES[one].epcisq);
  if (!version) return refuse(`The message ${message.name.slice(0, 200)} is none of EPCIS 1.2 or 2.0.`);
  return { soap, version, operation: message.local, message };
}

/** The one element of this name within another; GS1's own elements stand in no namespace, some clients put them in one. */
export const childOf = (element: XmlElement | undefined, name: string): XmlElement | undefined =>
  element?.children.find(({ local }) => local === name);

/** Its text without the white space around it; undefined where there is none. */
export const textIn = (element: XmlElement | undefined, name: string): string | undefined =>
  childOf(element, name)?.text.trim();

/** `params/param`, each a name and a value: an ArrayOfString, a plain value, or nothing (VoidHolder), which means true. */
export function soapParameters(message: XmlElement): Record<string, string[]> {
  const parameters: Record<string, string[]> = {};
  for (const param of childOf(message, 'params')?.children ?? []) {
    const name = textIn(param, 'name') ?? '';
    const value = childOf(param, 'value');
    if (name === '' || !value) refuse('A param needs a name and a value.');
    if (Object.hasOwn(parameters, name)) {
      throw new AppError('invalid', `The parameter ${name} is given twice.`, { rule: 'QueryParameterException' });
    }
    const list = value!.children.map(({ text }) => text.trim());
    const single = value!.text.trim();
    const values = list.length > 0 ? list : [single === '' ? 'true' : single];
    if (values.some((text) => text.length > LIMITS.stringLengthMax)) refuse(`${name} has too long a value.`);
    Object.defineProperty(parameters, name, { value: values, enumerable: true });
  }
  return parameters;
}

/** An element of the query namespace of a version; `xmlns` are further declarations. */
export function epcisElement(
  version: XmlVersion,
  name: string,
  content: string | readonly string[],
  xmlns: Attributes = [],
): string {
  const attributes: Attributes = [['xmlns:epcisq', NAMESPACES[version].epcisq], ...xmlns];
  const full = `epcisq:${name}`;
  return typeof content === 'string'
    ? xmlLeaf(full, attributes, content, '')
    : xmlParent(full, attributes, content, '');
}

export const strings = (list: readonly string[]): string[] => list.map((text) => xmlLeaf('string', [], text, ''));

/** Of an EPCISQueryDocument only its QueryResults, with the namespaces that its root declared. */
export function queryResultsOf(version: XmlVersion, document: string): string {
  const root = /<epcisq:EPCISQueryDocument([^>]*)>/.exec(document)?.[1] ?? '';
  const declared = [...root.matchAll(/ xmlns:(?!epcisq=)[^=]+="[^"]*"/g)].map(([text]) => text).join('');
  const from = document.indexOf('<epcisq:QueryResults>');
  const to = document.lastIndexOf('</EPCISBody>');
  const results = document.slice(from + '<epcisq:QueryResults>'.length, to).trimEnd();
  return `<epcisq:QueryResults xmlns:epcisq="${NAMESPACES[version].epcisq}"${declared}>${results}`;
}

export const soapEnvelope = (soap: SoapVersion, content: string): string =>
  `${DECLARATION}<soap:Envelope xmlns:soap="${ENVELOPES[soap]}"><soap:Body>\n${content}\n</soap:Body></soap:Envelope>\n`;

/** What may be wrong, as the WSDL names it. */
export const SOAP_EXCEPTIONS = [
  'NoSuchNameException',
  'InvalidURIException',
  'NoSuchSubscriptionException',
  'DuplicateSubscriptionException',
  'QueryParameterException',
  'QueryTooLargeException',
  'QueryTooComplexException',
  'SubscriptionControlsException',
  'SubscribeNotPermittedException',
  'SecurityException',
  'ValidationException',
  'ImplementationException',
] as const;
export type SoapException = (typeof SOAP_EXCEPTIONS)[number];

/** Whose fault: the client's, unless it is ours. */
const OURS = new Set<SoapException>(['ImplementationException', 'QueryTooComplexException']);

interface Exception {
  name: SoapException;
  reason: string;
  queryName?: string;
  subscriptionID?: string;
}

/** A reason may quote what was sent; characters that XML has no way to write become ?. */
const legible = (text: string): string => text.replace(/[^\t\n\r -\uD7FF\uE000-\uFFFD]/g, '?');

const leaves = (fields: Record<string, string | undefined>): string[] =>
  Object.entries(fields).flatMap(([name, text]) => (text === undefined ? [] : [xmlLeaf(name, [], text, '')]));

const NAMES_QUERY = new Set<SoapException>(['ImplementationException', 'QueryTooLargeException']);

function exceptionElement(version: XmlVersion, { name, reason, queryName, subscriptionID }: Exception): string {
  const fields = {
    reason: legible(reason),
    ...(name === 'ImplementationException' && { severity: 'ERROR' }),
    ...(NAMES_QUERY.has(name) && { queryName, subscriptionID }),
  };
  return epcisElement(version, name, leaves(fields));
}

export function soapFault(soap: SoapVersion, version: XmlVersion, exception: Exception): string {
  const detail = exceptionElement(version, exception);
  const reason = legible(exception.reason);
  const ours = OURS.has(exception.name);
  const content =
    soap === '1.1'
      ? `<faultcode>soap:${ours ? 'Server' : 'Client'}</faultcode>${xmlLeaf('faultstring', [], reason, '')}<detail>${detail}</detail>`
      : `<soap:Code><soap:Value>soap:${ours ? 'Receiver' : 'Sender'}</soap:Value></soap:Code><soap:Reason>${xmlLeaf('soap:Text', [['xml:lang', 'en']], reason, '')}</soap:Reason><soap:Detail>${detail}</soap:Detail>`;
  return soapEnvelope(soap, `<soap:Fault>${content}</soap:Fault>`);
}

/** What a subscriber over SOAP is told when its query fails: an EPCISQueryDocument with the exception. */
export const exceptionDocument = (version: XmlVersion, exception: Exception, creationDate: string): string =>
  `${DECLARATION}<epcisq:EPCISQueryDocument xmlns:epcisq="${NAMESPACES[version].epcisq}" schemaVersion="${version}" creationDate="${creationDate}"><EPCISBody>${exceptionElement(version, exception)}</EPCISBody></epcisq:EPCISQueryDocument>\n`;
