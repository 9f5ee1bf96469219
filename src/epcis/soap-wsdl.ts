// The WSDL of our SOAP interface, with the types of its messages; events and master data in results are left open.
import { SOAP_EXCEPTIONS, type SoapException } from './soap.ts';
import { DECLARATION } from './xml-write.ts';
import { type Attributes, xmlParent } from './xml-text.ts';
import { NAMESPACES, type XmlVersion } from './xsd-table.ts';

/** Name, type (xsd: or one below, q:) and how often: once unless it says so. */
type Member = readonly [name: string, type: string, occurs?: '?' | '*'];

const TYPES: Record<string, readonly Member[]> = {
  Nothing: [],
  ArrayOfString: [['string', 'xsd:string', '*']],
  VoidHolder: [],
  QueryParam: [
    ['name', 'xsd:string'],
    ['value', 'xsd:anyType'],
  ],
  QueryParams: [['param', 'q:QueryParam', '*']],
  QuerySchedule: ['second', 'minute', 'hour', 'dayOfMonth', 'month', 'dayOfWeek'].map((name): Member => [
    name,
    'xsd:string',
    '?',
  ]),
  SubscriptionControls: [
    ['schedule', 'q:QuerySchedule', '?'],
    ['trigger', 'xsd:anyURI', '?'],
    ['initialRecordTime', 'xsd:dateTime', '?'],
    ['reportIfEmpty', 'xsd:boolean'],
  ],
  Subscribe: [
    ['queryName', 'xsd:string'],
    ['params', 'q:QueryParams'],
    ['dest', 'xsd:anyURI'],
    ['controls', 'q:SubscriptionControls'],
    ['subscriptionID', 'xsd:string'],
  ],
  Unsubscribe: [['subscriptionID', 'xsd:string']],
  GetSubscriptionIDs: [['queryName', 'xsd:string']],
  Poll: [
    ['queryName', 'xsd:string'],
    ['params', 'q:QueryParams'],
  ],
  QueryResults: [
    ['queryName', 'xsd:string'],
    ['subscriptionID', 'xsd:string', '?'],
    ['resultsBody', 'xsd:anyType'],
  ],
  Exception: [
    ['reason', 'xsd:string'],
    ['severity', 'xsd:string', '?'],
    ['queryName', 'xsd:string', '?'],
    ['subscriptionID', 'xsd:string', '?'],
  ],
};

interface Operation {
  name: string;
  input: string;
  output: readonly [element: string, type: string];
  faults: readonly SoapException[];
}

const ALWAYS: readonly SoapException[] = ['SecurityException', 'ValidationException', 'ImplementationException'];
const OF_QUERIES: readonly SoapException[] = [
  'NoSuchNameException',
  'QueryParameterException',
  'QueryTooComplexException',
];

const OPERATIONS: readonly Operation[] = [
  { name: 'getQueryNames', input: 'q:Nothing', output: ['GetQueryNamesResult', 'q:ArrayOfString'], faults: [] },
  {
    name: 'subscribe',
    input: 'q:Subscribe',
    output: ['SubscribeResult', 'q:VoidHolder'],
    faults: [
      ...OF_QUERIES,
      'InvalidURIException',
      'DuplicateSubscriptionException',
      'SubscriptionControlsException',
      'SubscribeNotPermittedException',
    ],
  },
  {
    name: 'unsubscribe',
    input: 'q:Unsubscribe',
    output: ['UnsubscribeResult', 'q:VoidHolder'],
    faults: ['NoSuchSubscriptionException'],
  },
  {
    name: 'getSubscriptionIDs',
    input: 'q:GetSubscriptionIDs',
    output: ['GetSubscriptionIDsResult', 'q:ArrayOfString'],
    faults: ['NoSuchNameException'],
  },
  {
    name: 'poll',
    input: 'q:Poll',
    output: ['QueryResults', 'q:QueryResults'],
    faults: [...OF_QUERIES, 'QueryTooLargeException'],
  },
  { name: 'getStandardVersion', input: 'q:Nothing', output: ['GetStandardVersionResult', 'xsd:string'], faults: [] },
  { name: 'getVendorVersion', input: 'q:Nothing', output: ['GetVendorVersionResult', 'xsd:string'], faults: [] },
];

const tag = (name: string, attributes: Record<string, string>, children: readonly string[] = []): string =>
  xmlParent(name, Object.entries(attributes), children, '');

const OCCURS = { '?': { minOccurs: '0' }, '*': { minOccurs: '0', maxOccurs: 'unbounded' } };
const elementNameOf = ({ name }: Operation): string => name.slice(0, 1).toUpperCase() + name.slice(1);

function schema(namespace: string): string {
  const types = Object.entries(TYPES).map(([name, members]) => {
    const elements = members.map(([member, type, occurs]) =>
      tag('xsd:element', { name: member, type, ...(occurs && OCCURS[occurs]) }),
    );
    return tag('xsd:complexType', { name }, [tag('xsd:sequence', {}, elements)]);
  });
  const elements = [
    ...OPERATIONS.flatMap((one) => [[elementNameOf(one), one.input], [...one.output]]),
    ...SOAP_EXCEPTIONS.map((name) => [name, 'q:Exception']),
  ].map(([name = '', type = '']) => tag('xsd:element', { name, type }));
  return tag('xsd:schema', { targetNamespace: namespace }, [...types, ...elements]);
}

const message = (name: string, element: string): string =>
  tag('wsdl:message', { name }, [tag('wsdl:part', { name: 'parms', element: `q:${element}` })]);

function portOperation(one: Operation): string {
  const faults = [...one.faults, ...ALWAYS].map((name) =>
    tag('wsdl:fault', { name: `${name}Fault`, message: `impl:${name}Response` }),
  );
  return tag('wsdl:operation', { name: one.name }, [
    tag('wsdl:input', { message: `impl:${one.name}Request` }),
    tag('wsdl:output', { message: `impl:${one.name}Response` }),
    ...faults,
  ]);
}

const LITERAL = { use: 'literal' };

function boundOperation(one: Operation): string {
  const faults = [...one.faults, ...ALWAYS].map((name) =>
    tag('wsdl:fault', { name: `${name}Fault` }, [tag('soap:fault', { name: `${name}Fault`, ...LITERAL })]),
  );
  return tag('wsdl:operation', { name: one.name }, [
    tag('soap:operation', { soapAction: '' }),
    tag('wsdl:input', {}, [tag('soap:body', LITERAL)]),
    tag('wsdl:output', {}, [tag('soap:body', LITERAL)]),
    ...faults,
  ]);
}

/** The WSDL 1.1 of one version of EPCIS; `location` is the URL that is POSTed to. */
export function soapWsdl(version: XmlVersion, location: string): string {
  const own = `urn:epcglobal:epcis:wsdl:${version === '1.2' ? 1 : 2}`;
  const namespace = NAMESPACES[version].epcisq;
  const attributes: Attributes = [
    ['targetNamespace', own],
    ['xmlns:impl', own],
    ['xmlns:q', namespace],
    ['xmlns:soap', 'http://schemas.xmlsoap.org/wsdl/soap/'],
    ['xmlns:wsdl', 'http://schemas.xmlsoap.org/wsdl/'],
    ['xmlns:xsd', 'http://www.w3.org/2001/XMLSchema'],
  ];
  const messages = [
    ...OPERATIONS.flatMap((one) => [
      message(`${one.name}Request`, elementNameOf(one)),
      message(`${one.name}Response`, one.output[0]),
    ]),
    ...SOAP_EXCEPTIONS.map((name) => message(`${name}Response`, name)),
  ];
  const transport = { style: 'document', transport: 'http://schemas.xmlsoap.org/soap/http' };
  const port = tag('wsdl:port', { name: 'EPCglobalEPCISServicePort', binding: 'impl:EPCISServiceBinding' }, [
    tag('soap:address', { location }),
  ]);
  const content = [
    tag('wsdl:types', {}, [schema(namespace)]),
    ...messages,
    tag('wsdl:portType', { name: 'EPCISServicePortType' }, OPERATIONS.map(portOperation)),
    tag('wsdl:binding', { name: 'EPCISServiceBinding', type: 'impl:EPCISServicePortType' }, [
      tag('soap:binding', transport),
      ...OPERATIONS.map(boundOperation),
    ]),
    tag('wsdl:service', { name: 'EPCglobalEPCISService' }, [port]),
  ];
  return `${DECLARATION}${xmlParent('wsdl:definitions', attributes, content, '')}\n`;
}
