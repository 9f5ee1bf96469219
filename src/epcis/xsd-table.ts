/*
 * What GS1's XML schemas (EPCIS 1.2 and 2.0, and the Standard Business Document Header) allow in each element, as rows of
 * our own. A row is a list of words, in the order in which the schema wants the elements:
 *
 *   name:Type   one element          name?:Type  at most one       name*:Type  any number      name+:Type  one or more
 *   (a:A|b:B)   one of them, with the same marks; `:Type` may be left out where it is the element's own name
 *   name?<other:Type                 only behind `other`
 *   #other* #local+ #any*            elements of other namespaces, of none, of all; their content is looked at where known
 *   @name:type @name!:type @*        an attribute, one that is needed, any attributes besides
 *   =type                            text and no elements
 *   mixed                            text between the elements
 *
 * Types that begin with a small letter are simple (xsd-type.ts). Elements have no namespace but those with a prefix.
 */

export type TypeTable = Readonly<Record<string, string>>;

const EVENT_TAIL = 'extension?:Other #other*';
const STEP = 'action:action bizStep?:uri disposition?:uri';
const PLACES = 'readPoint?:ReadPoint bizLocation?:BusinessLocation';
const PARTIES = 'sourceList?:SourceList destinationList?:DestinationList';

/** Types that both versions have alike. */
const SHARED: TypeTable = {
  Any: 'mixed #any* @*',
  Local: '#local+ @*',
  LocalPlain: '#local+',
  Other: '#other+ @*',
  EPCISDocument: '@schemaVersion!:decimal @creationDate!:dateTime @* EPCISHeader? EPCISBody extension?:Local #other*',
  EPCISHeaderExtension: '@* EPCISMasterData? extension?:Local',
  EPCISMasterData: 'VocabularyList extension?:LocalPlain',
  VocabularyList: 'Vocabulary*',
  Vocabulary: '@type!:uri @* VocabularyElementList? extension?:Local #other*',
  VocabularyElementList: 'VocabularyElement+',
  VocabularyElement: '@id!:uri @* attribute*:Attribute children?:IDList extension?:Local #other*',
  Attribute: '@id!:uri @* mixed #any*',
  IDList: '@* id*:uri',
  EPCISBody: '@* EventList? extension?:Local #other*',
  EPCList: 'epc*:string',
  QuantityElement: 'epcClass:uri quantity?:nillableDecimal uom?<quantity:string',
  QuantityList: 'quantityElement*:QuantityElement',
  ReadPoint: 'id:uri extension?:Local #other*',
  BusinessLocation: 'id:uri extension?:Local #other*',
  BusinessTransaction: '=uri @type:uri',
  BusinessTransactionList: 'bizTransaction+:BusinessTransaction',
  SourceDest: '=uri @type!:uri',
  SourceList: 'source+:SourceDest',
  DestinationList: 'destination+:SourceDest',
  ILMD: '@* extension?:Local #other*',
  CorrectiveEventIDs: 'correctiveEventID*:uri',
  EPCISQueryDocument:
    '@schemaVersion!:decimal @creationDate!:dateTime @* EPCISHeader? EPCISBody:EPCISQueryBody extension?:Local #other*',
  EPCISQueryBody: `(epcisq:GetQueryNames:EmptyParms|epcisq:GetQueryNamesResult:ArrayOfString|epcisq:Subscribe|epcisq:SubscribeResult:EmptyParms|epcisq:Unsubscribe|epcisq:UnsubscribeResult:EmptyParms|epcisq:GetSubscriptionIDs|epcisq:GetSubscriptionIDsResult:ArrayOfString|epcisq:Poll|epcisq:GetStandardVersion:EmptyParms|epcisq:GetStandardVersionResult:string|epcisq:GetVendorVersion:EmptyParms|epcisq:GetVendorVersionResult:string|epcisq:DuplicateNameException:QueryException|epcisq:InvalidURIException:QueryException|epcisq:NoSuchNameException:QueryException|epcisq:NoSuchSubscriptionException:QueryException|epcisq:DuplicateSubscriptionException:QueryException|epcisq:QueryParameterException:QueryException|epcisq:QueryTooLargeException|epcisq:QueryTooComplexException:QueryException|epcisq:SubscriptionControlsException:QueryException|epcisq:SubscribeNotPermittedException:QueryException|epcisq:SecurityException:QueryException|epcisq:ValidationException:QueryException|epcisq:ImplementationException|epcisq:QueryResults)`,
  EmptyParms: '',
  ArrayOfString: 'string*:string',
  Subscribe: 'queryName:string params:QueryParams dest:uri controls:SubscriptionControls subscriptionID:string',
  Unsubscribe: 'subscriptionID:string',
  GetSubscriptionIDs: 'queryName:string',
  Poll: 'queryName:string params:QueryParams',
  QuerySchedule:
    'second?:string minute?:string hour?:string dayOfMonth?:string month?:string dayOfWeek?:string extension?:Local #other*',
  QueryParams: 'param*:QueryParam',
  QueryParam: 'name:string value:Any',
  QueryResults: 'queryName:string subscriptionID?:string resultsBody:QueryResultsBody extension?:Local #other*',
  QueryResultsBody: '(EventList|VocabularyList)',
  QueryException: 'reason:string',
  QueryTooLargeException: 'reason:string queryName?:string subscriptionID?:string',
  ImplementationException: 'reason:string severity:severity queryName?:string subscriptionID?:string',
};

const HEAD_20 =
  '@* eventTime:stamp recordTime?:stamp eventTimeZoneOffset:string eventID?:uri errorDeclaration?:ErrorDeclaration certificationInfo?:uri baseExtension?:Other';
const TAIL_20 = `${PARTIES} sensorElementList?:SensorElementList persistentDisposition?:PersistentDisposition`;
const TRANSACTIONS = 'bizTransactionList?:BusinessTransactionList';

export const TYPES_20: TypeTable = {
  ...SHARED,
  EPCISHeader: '@* sbdh:StandardBusinessDocumentHeader? extension?:EPCISHeaderExtension',
  EventList: '@* (ObjectEvent|AggregationEvent|TransformationEvent|TransactionEvent|AssociationEvent|extension:Other)*',
  ErrorDeclaration:
    '@* (declarationTime:stamp|reason:uri|correctiveEventIDs:CorrectiveEventIDs|extension:Local|#other)*',
  PersistentDisposition: 'unset*:uri set*:uri',
  SensorMetadata:
    '=string @time:stamp @deviceID:uri @deviceMetadata:uri @rawData:uri @startTime:stamp @endTime:stamp @bizRules:uri @dataProcessingMethod:uri @*',
  SensorReport: `=string @type:uri @value:double @component:uri @stringValue:string @booleanValue:boolean
    @hexBinaryValue:hexBinary @uriValue:uri @uom:string @minValue:double @maxValue:double @sDev:double
    @chemicalSubstance:uri @microorganism:uri @deviceID:uri @deviceMetadata:uri @rawData:uri @time:stamp @meanValue:double
    @percRank:double @percValue:double @dataProcessingMethod:uri @coordinateReferenceSystem:uri @exception:uri @*`,
  SensorElement: 'sensorMetadata?:SensorMetadata sensorReport+:SensorReport extension?:Local #other*',
  SensorElementList: 'sensorElement+:SensorElement extension?:Local',
  ObjectEvent: `${HEAD_20} epcList?:EPCList ${STEP} ${PLACES} ${TRANSACTIONS} quantityList?:QuantityList ${TAIL_20} ilmd?:ILMD ${EVENT_TAIL}`,
  AggregationEvent: `${HEAD_20} parentID?:uri childEPCs?:EPCList ${STEP} ${PLACES} ${TRANSACTIONS} childQuantityList?:QuantityList ${TAIL_20} ${EVENT_TAIL}`,
  TransactionEvent: `${HEAD_20} bizTransactionList:BusinessTransactionList parentID?:uri epcList?:EPCList ${STEP} ${PLACES} quantityList?:QuantityList ${TAIL_20} ${EVENT_TAIL}`,
  TransformationEvent: `${HEAD_20} inputEPCList?:EPCList inputQuantityList?:QuantityList outputEPCList?:EPCList outputQuantityList?:QuantityList transformationID?:uri bizStep?:uri disposition?:uri ${PLACES} ${TRANSACTIONS} ${TAIL_20} ilmd?:ILMD ${EVENT_TAIL}`,
  AssociationEvent: `${HEAD_20} parentID:uri childEPCs?:EPCList childQuantityList?:QuantityList ${STEP} ${PLACES} ${TRANSACTIONS} ${TAIL_20} ${EVENT_TAIL}`,
  SubscriptionControls:
    'schedule?:QuerySchedule trigger?:uri initialRecordTime?:stamp reportIfEmpty:boolean extension?:Local #other*',
  EPCISCaptureJob:
    '@running!:boolean @success!:boolean @captureID!:string @* captureErrorBehaviour:captureErrorBehaviour createdAt?:stamp finishedAt?:stamp (errors:ErrorList|errorFile:uri)? #other*',
  ErrorList: 'error+:Problem',
  Problem: 'type:uri title:string status?:int detail?:string instance?:uri #other*',
};

const HEAD_12 =
  '@* eventTime:dateTime recordTime?:dateTime eventTimeZoneOffset:string baseExtension?:EPCISEventExtension';

export const TYPES_12: TypeTable = {
  ...SHARED,
  EPCISHeader: '@* sbdh:StandardBusinessDocumentHeader extension?:EPCISHeaderExtension #other*',
  EventList: '@* (ObjectEvent|AggregationEvent|QuantityEvent|TransactionEvent|extension:EPCISEventListExtension)*',
  EPCISEventListExtension: '(TransformationEvent|extension:Local)',
  ErrorDeclaration:
    '@* declarationTime:dateTime reason?:uri correctiveEventIDs?:CorrectiveEventIDs extension?:Local #other*',
  EPCISEventExtension: '@* eventID?:uri errorDeclaration?:ErrorDeclaration extension?:Local',
  ObjectEvent: `${HEAD_12} epcList:EPCList ${STEP} ${PLACES} ${TRANSACTIONS} extension?:ObjectEventExtension #other*`,
  ObjectEventExtension: `@* quantityList?:QuantityList ${PARTIES} ilmd?:ILMD extension?:Local`,
  AggregationEvent: `${HEAD_12} parentID?:uri childEPCs:EPCList ${STEP} ${PLACES} ${TRANSACTIONS} extension?:AggregationEventExtension #other*`,
  AggregationEventExtension: `@* childQuantityList?:QuantityList ${PARTIES} extension?:Local`,
  QuantityEvent: `${HEAD_12} epcClass:uri quantity:int bizStep?:uri disposition?:uri ${PLACES} ${TRANSACTIONS} extension?:Local #other*`,
  TransactionEvent: `${HEAD_12} bizTransactionList:BusinessTransactionList parentID?:uri epcList:EPCList ${STEP} ${PLACES} extension?:TransactionEventExtension #other*`,
  TransactionEventExtension: `@* quantityList?:QuantityList ${PARTIES} extension?:Local`,
  TransformationEvent: `${HEAD_12} inputEPCList?:EPCList inputQuantityList?:QuantityList outputEPCList?:EPCList outputQuantityList?:QuantityList transformationID?:uri bizStep?:uri disposition?:uri ${PLACES} ${TRANSACTIONS} ${PARTIES} ilmd?:ILMD extension?:Local #other*`,
  SubscriptionControls:
    'schedule?:QuerySchedule trigger?:uri initialRecordTime?:dateTime reportIfEmpty:boolean extension?:Local #other*',
};

/** The Standard Business Document Header 1.3, the same for both; each of its elements has its namespace. */
export const TYPES_SBDH: TypeTable = {
  StandardBusinessDocumentHeader:
    'HeaderVersion:string Sender+:Partner Receiver+:Partner DocumentIdentification Manifest? BusinessScope?',
  StandardBusinessDocument: 'StandardBusinessDocumentHeader? #other',
  DocumentIdentification:
    'Standard:string TypeVersion:string InstanceIdentifier:string Type:string MultipleType?:boolean CreationDateAndTime:dateTime',
  Partner: 'Identifier:PartnerIdentification ContactInformation*',
  PartnerIdentification: '=string @Authority:string',
  ContactInformation:
    'Contact:string EmailAddress?:string FaxNumber?:string TelephoneNumber?:string ContactTypeIdentifier?:string',
  Manifest: 'NumberOfItems:integer ManifestItem+',
  ManifestItem: 'MimeTypeQualifierCode:string UniformResourceIdentifier:uri Description?:string LanguageCode?:string',
  BusinessScope: 'Scope*',
  Scope: 'Type:string InstanceIdentifier:string Identifier?:string (CorrelationInformation|BusinessService)*',
  CorrelationInformation:
    'RequestingDocumentCreationDateTime?:dateTime RequestingDocumentInstanceIdentifier?:string ExpectedResponseDateTime?:dateTime',
  BusinessService: 'BusinessServiceName?:string ServiceTransaction?',
  ServiceTransaction: `@TypeOfServiceTransaction:serviceTransaction @IsNonRepudiationRequired:string
    @IsAuthenticationRequired:string @IsNonRepudiationOfReceiptRequired:string @IsIntegrityCheckRequired:string
    @IsApplicationErrorResponseRequested:string @TimeToAcknowledgeReceipt:string @TimeToAcknowledgeAcceptance:string
    @TimeToPerform:string @Recurrence:string`,
};

/** Elements that may be the root, or stand where a wildcard looks at what is known; prefix, name and type. */
export const ROOTS_20 = [
  'epcis:EPCISDocument:EPCISDocument',
  'epcis:EPCISCaptureJob:EPCISCaptureJob',
  'epcis:EPCISException:Problem',
  'epcisq:EPCISQueryDocument:EPCISQueryDocument',
  'epcisq:EPCISException:QueryException',
  'epcisq:VoidHolder:EmptyParms',
];
export const ROOTS_12 = [
  'epcis:EPCISDocument:EPCISDocument',
  'epcisq:EPCISQueryDocument:EPCISQueryDocument',
  'epcisq:EPCISException:QueryException',
  'epcisq:VoidHolder:EmptyParms',
];
export const ROOTS_SBDH = [
  'StandardBusinessDocumentHeader',
  'StandardBusinessDocument',
  'CorrelationInformation',
  'BusinessService',
];

export const SBDH = 'http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader';
/** Namespaces of the two versions. */
export const NAMESPACES = {
  '1.2': { epcis: 'urn:epcglobal:epcis:xsd:1', epcisq: 'urn:epcglobal:epcis-query:xsd:1', sbdh: SBDH },
  '2.0': { epcis: 'urn:epcglobal:epcis:xsd:2', epcisq: 'urn:epcglobal:epcis-query:xsd:2', sbdh: SBDH },
} as const;

export type XmlVersion = keyof typeof NAMESPACES;
