import type { DefinitionText } from './definition.ts';

/** Impinj's vendor extension: numbers are message and parameter subtypes. */
export const IMPINJ: DefinitionText = {
  vendor: 25882,
  messages: `
  21 IMPINJ_ENABLE_EXTENSIONS | reserved 32 | Custom*
  22 IMPINJ_ENABLE_EXTENSIONS_RESPONSE | - | LLRPStatus, Custom*
  23 IMPINJ_SAVE_SETTINGS | SaveConfiguration u1, reserved 7 | Custom*
  24 IMPINJ_SAVE_SETTINGS_RESPONSE | - | LLRPStatus, Custom*
`,
  parameters: `
  21 ImpinjRequestedData | RequestedData u32 ImpinjRequestedDataType | Custom*
  22 ImpinjSubRegulatoryRegion | RegulatoryRegion u16 ImpinjRegulatoryRegion | Custom*
  23 ImpinjInventorySearchMode | InventorySearchMode u16 ImpinjInventorySearchType | Custom*
  26 ImpinjFixedFrequencyList | FixedFrequencyMode u16 ImpinjFixedFrequencyMode, reserved 16, ChannelList u16v |
    Custom*
  27 ImpinjReducedPowerFrequencyList | ReducedPowerMode u16 ImpinjReducedPowerMode, reserved 16, ChannelList u16v |
    Custom*
  28 ImpinjLowDutyCycle | LowDutyCycleMode u16 ImpinjLowDutyCycleMode, EmptyFieldTimeout u16,
    FieldPingInterval u16 | Custom*
  29 ImpinjDetailedVersion | ModelName utf8v, SerialNumber utf8v, SoftwareVersion utf8v, FirmwareVersion utf8v,
    FPGAVersion utf8v, PCBAVersion utf8v | ImpinjHubVersions?, ImpinjArrayVersion*, ImpinjBLEVersion?, Custom*
  30 ImpinjFrequencyCapabilities | FrequencyList u32v | Custom*
  36 ImpinjGPIDebounceConfiguration | GPIPortNum u16, GPIDebounceTimerMSec u32 | Custom*
  37 ImpinjReaderTemperature | Temperature s16 | Custom*
  38 ImpinjLinkMonitorConfiguration | LinkMonitorMode u16 ImpinjLinkMonitorMode, LinkDownThreshold u16 | Custom*
  39 ImpinjReportBufferConfiguration | ReportBufferMode u16 ImpinjReportBufferMode | Custom*
  40 ImpinjAccessSpecConfiguration | - | ImpinjBlockWriteWordCount?, ImpinjOpSpecRetryCount?,
    ImpinjAccessSpecOrdering?, Custom*
  41 ImpinjBlockWriteWordCount | WordCount u16 | Custom*
  42 ImpinjBlockPermalock | OpSpecID u16, AccessPassword u32, MB u2, reserved 6, BlockPointer u16, BlockMask u16v |
    Custom*
  43 ImpinjBlockPermalockOpSpecResult | Result u8 ImpinjBlockPermalockResultType, OpSpecID u16 | Custom*
  44 ImpinjGetBlockPermalockStatus | OpSpecID u16, AccessPassword u32, MB u2, reserved 6, BlockPointer u16,
    BlockRange u16 | Custom*
  45 ImpinjGetBlockPermalockStatusOpSpecResult | Result u8 ImpinjGetBlockPermalockStatusResultType, OpSpecID u16,
    PermalockStatus u16v | Custom*
  46 ImpinjSetQTConfig | OpSpecID u16, AccessPassword u32, DataProfile u8, AccessRange u8, Persistence u8,
    reserved 32 | Custom*
  47 ImpinjSetQTConfigOpSpecResult | Result u8 ImpinjSetQTConfigResultType, OpSpecID u16 | Custom*
  48 ImpinjGetQTConfig | OpSpecID u16, AccessPassword u32 | Custom*
  49 ImpinjGetQTConfigOpSpecResult | Result u8 ImpinjGetQTConfigResultType, OpSpecID u16, DataProfile u8,
    AccessRange u8, reserved 32 | Custom*
  50 ImpinjTagReportContentSelector | - | ImpinjEnableSerializedTID?, ImpinjEnableRFPhaseAngle?,
    ImpinjEnablePeakRSSI?, ImpinjEnableGPSCoordinates?, ImpinjEnableOptimizedRead?,
    ImpinjEnableRFDopplerFrequency?, ImpinjEnableTxPower?, ImpinjEnableXPCWords?, ImpinjEnableCRHandle?,
    ImpinjEnableID?, ImpinjEnableEnhancedIntegra?, ImpinjEnableEndpointICVerification?, Custom*
  51 ImpinjEnableSerializedTID | SerializedTIDMode u16 ImpinjSerializedTIDMode | Custom*
  52 ImpinjEnableRFPhaseAngle | RFPhaseAngleMode u16 ImpinjRFPhaseAngleMode | Custom*
  53 ImpinjEnablePeakRSSI | PeakRSSIMode u16 ImpinjPeakRSSIMode | Custom*
  54 ImpinjEnableGPSCoordinates | GPSCoordinatesMode u16 ImpinjGPSCoordinatesMode | Custom*
  55 ImpinjSerializedTID | TID u16v | ImpinjTIDParity?, Custom*
  56 ImpinjRFPhaseAngle | PhaseAngle u16 | Custom*
  57 ImpinjPeakRSSI | RSSI s16 | Custom*
  58 ImpinjGPSCoordinates | Latitude s32, Longitude s32 | Custom*
  59 ImpinjLoopSpec | LoopCount u32 | Custom*
  60 ImpinjGPSNMEASentences | - | ImpinjGGASentence?, ImpinjRMCSentence?, Custom*
  61 ImpinjGGASentence | GGASentence utf8v | Custom*
  62 ImpinjRMCSentence | RMCSentence utf8v | Custom*
  63 ImpinjOpSpecRetryCount | RetryCount u16 | Custom*
  64 ImpinjAdvancedGPOConfiguration | GPOPortNum u16, GPOMode u16, GPOPulseDurationMSec u32 | Custom*
  65 ImpinjEnableOptimizedRead | OptimizedReadMode u16 ImpinjOptimizedReadMode | C1G2Read*, Custom*
  66 ImpinjAccessSpecOrdering | OrderingMode u16 ImpinjAccessSpecOrderingMode | Custom*
  67 ImpinjEnableRFDopplerFrequency | RFDopplerFrequencyMode u16 ImpinjRFDopplerFrequencyMode | Custom*
  68 ImpinjRFDopplerFrequency | DopplerFrequency s16 | Custom*
  69 ImpinjInventoryConfiguration | EnableAntDwellTimeLimit u1, EnableSelectGapClose u1, reserved 6 | Custom*
  72 ImpinjEnableTxPower | TxPowerReportingMode u16 | Custom*
  73 ImpinjTxPower | TxPower u16 | Custom*
  74 ImpinjEnableXPCWords | XPCWordsMode u16 ImpinjXPCWordsMode | Custom*
  75 ImpinjXPCWords | XPCWords u16v | Custom*
  1520 ImpinjArrayVersion | SerialNumber utf8v, FirmwareVersion utf8v, PCBAVersion utf8v | Custom*
  1521 ImpinjxArrayCapabilities | MaxNumSectors u32, SupportsLISpecs u1, SupportsTISpecs u1, SupportsTSISpecs u1,
    SupportsDISpecs u1, SupportsESSpecs u1, reserved 3 | ImpinjxArrayDirectionCapabilities?, Custom*
  1522 ImpinjTiltConfiguration | XAxis s32, YAxis s32, ZAxis s32 | Custom*
  1523 ImpinjBeaconConfiguration | BeaconState u1, reserved 7, BeaconDurationSeconds u64 | Custom*
  1524 ImpinjAntennaConfiguration | - | ImpinjAntennaEventHysteresis?, ImpinjAntennaEventConfiguration?, Custom*
  1526 ImpinjAntennaEventHysteresis | AntennaEventConnected u64, AntennaEventDisconnected u64 | Custom*
  1537 ImpinjHubVersions | - | ImpinjArrayVersion+, Custom*
  1538 ImpinjHubConfiguration | HubID u16, Connected u16, Fault u16 | Custom*
  1539 ImpinjDiagnosticReport | Metric u32v
  1540 ImpinjPlacementConfiguration | HeightCm u16, FacilityXLocationCm s32, FacilityYLocationCm s32,
    OrientationDegrees s16 | Custom*
  1541 ImpinjLISpec | - | ImpinjLocationConfig?, ImpinjC1G2LocationConfig?, ImpinjLocationReporting?, Custom*
  1542 ImpinjLocationConfig | ComputeWindowSeconds u16, TagAgeIntervalSeconds u16, UpdateIntervalSeconds u16 |
    ImpinjDisabledAntennas?, ImpinjLocationAlgorithmControl?, Custom*
  1543 ImpinjC1G2LocationConfig | ModeIndex u16, Session u2, reserved 6 | C1G2Filter*, ImpinjTransmitPower?,
    Custom*
  1544 ImpinjLocationReporting | EnableUpdateReport u1, EnableEntryReport u1, EnableExitReport u1,
    EnableDiagnosticReport u1, reserved 4 | Custom*
  1545 ImpinjLocationReportData | LastSeenTimestampUTC u64, LocXCentimeters s32, LocYCentimeters s32, Type u8 |
    ImpinjLocationConfidence, Custom*
  1552 ImpinjExtendedTagInformation | - | EPCData+, ImpinjLocationReportData?, ImpinjDirectionReportData?, Custom*
  1553 ImpinjLocationConfidence | ReadCount u16, ConfidenceData u32v | Custom*
  1554 ImpinjIntelligentAntennaManagement | ManagementEnabled u1, reserved 7 | Custom*
  1561 ImpinjTransmitPower | TransmitPower u16 | Custom*
  1562 ImpinjPolarizationControl | PolarizationControlEnabled u1, reserved 7 | Custom*
  1563 ImpinjAntennaCapabilities | - | ImpinjAntennaPolarizationCapability*, Custom*
  1564 ImpinjAntennaPolarizationCapability | Type u8, AntennaIDOffset u16 | Custom*
  1565 ImpinjDisabledAntennas | AntennaIDs u16v | Custom*
  1566 ImpinjTIDParity | ParityError u1, reserved 7 | Custom*
  1567 ImpinjDISpec | - | ImpinjDirectionSectors, ImpinjDirectionConfig?, ImpinjC1G2DirectionConfig?,
    ImpinjDirectionReporting?, Custom*
  1568 ImpinjDirectionSectors | EnabledSectorIDs u16v | Custom*
  1569 ImpinjDirectionConfig | TagAgeIntervalSeconds u16, UpdateIntervalSeconds u16, FieldOfView u8 |
    ImpinjDirectionUserTagPopulationLimit?, Custom*
  1570 ImpinjDirectionUserTagPopulationLimit | UserTagPopulationLimit u16
  1571 ImpinjC1G2DirectionConfig | RFMode u8 | ImpinjTransmitPower?, C1G2Filter*, Custom*
  1572 ImpinjDirectionReporting | EnableUpdateReport u1, EnableEntryReport u1, EnableExitReport u1,
    EnableDiagnosticReport u1, reserved 4, DiagnosticReportLevel u8 | Custom*
  1573 ImpinjDirectionReportData | Type u8, TagPopulationStatus u8, FirstSeenSectorID u8,
    FirstSeenTimestampUTC u64, LastSeenSectorID u8, LastSeenTimestampUTC u64 | ImpinjDirectionDiagnosticData?,
    Custom*
  1574 ImpinjDirectionDiagnosticData | Metric u32v
  1575 ImpinjxArrayDirectionCapabilities | SystemTagPopulationLimitHighSensitivity u16,
    SystemTagPopulationLimitHighPerformance u16 | Custom*
  1576 ImpinjAntennaEventConfiguration | EnableAntennaAttemptNotification u1, reserved 7 | Custom*
  1577 ImpinjAntennaAttemptEvent | AntennaID u16 | Custom*
  1578 ImpinjMarginRead | OpSpecID u16, AccessPassword u32, MB u2, reserved 6, BitPointer u16, BitLength u8,
    Mask u16v | Custom*
  1579 ImpinjMarginReadOpSpecResult | Result u8 ImpinjMarginReadResultType, OpSpecID u16 | Custom*
  1580 ImpinjBLEVersion | FirmwareVersion utf8v | Custom*
  1581 ImpinjLocationAlgorithmControl | ControlData u32v | Custom*
  1582 ImpinjRFPowerSweep | EnableRFPowerSweep u1, reserved 7, MinimumPowerLevel u16, PowerLevelStepSize u16 |
    Custom*
  1583 ImpinjTruncatedReplyConfiguration | Gen2v2TagsOnly u1, reserved 7, EPCLength u8, Pointer u16, TagMask u1v |
    Custom*
  1584 ImpinjAuthenticate | OpSpecID u16, AccessPassword u32, SendRep u1, IncRepLen u1, reserved 6, CSI u8,
    Message u1v | Custom*
  1585 ImpinjAuthenticateOpSpecResult | Result u8 ImpinjAuthenticateResultType, OpSpecID u16, Response u1v |
    Custom*
  1586 ImpinjTagFilterVerificationConfiguration | TagFilterVerificationMode u8 ImpinjTagFilterVerificationMode |
    Custom*
  1587 ImpinjEnableTagPopulationEstimationAlgorithm |
    TagPopulationEstimationMode u8 ImpinjTagPopulationEstimationMode | Custom*
  1589 ImpinjEnableCRHandle | CRHandleMode u8 ImpinjCRHandleMode | Custom*
  1590 ImpinjCRHandle | CRHandle u32 | Custom*
  1591 ImpinjEnableEnhancedIntegra | EnhancedIntegraMode u2 ImpinjEnhancedIntegraMode, reserved 6 | Custom*
  1592 ImpinjEnhancedIntegraReport | Result u8, OpSpecID u16 | Custom*
  1593 ImpinjEndpointICVerificationConfig | EndpointICVerificationMode u8 ImpinjEndpointICVerificationMode |
    Custom*
  1594 ImpinjEnableEndpointICVerification |
    EndpointICVerificationReportMode u8 ImpinjEndpointICVerificationReportMode | Custom*
  1595 ImpinjEndpointICVerificationReport | EndpointICVerificationOn u8, EndpointICIdentifier u8 | Custom*
  1596 ImpinjGen2XInventoryConfig | CR u8, ID u8, Protection u8 | Custom*
  1597 ImpinjGen2XTagSelectionConfig | AppID u1v | Custom*
  1598 ImpinjGen2XTagSelectionEpcLength | EpcLengthInBits u16, TBit u1, reserved 7 | Custom*
  1606 ImpinjEnableID | IDMode u8 ImpinjIDMode | Custom*
  1607 ImpinjID | ID u1v | Custom*
  1608 ImpinjRampUpPowerBoost | RampUpPowerBoostMode u8 ImpinjRampUpPowerBoostMode
`,
  enumerations: `
  ImpinjAccessSpecOrderingMode | FIFO 0, Ascending 1
  ImpinjAuthenticateResultType | Success 0, Insufficient_Power 1, Not_Supported_Error 2, Nonspecific_Tag_Error 3,
    Nonspecific_Reader_Error 4, No_Response_From_Tag 5
  ImpinjBlockPermalockResultType | Success 0, Insufficient_Power 1, Nonspecific_Tag_Error 2,
    No_Response_From_Tag 3, Nonspecific_Reader_Error 4, Incorrect_Password_Error 5, Tag_Memory_Overrun_Error 6
  ImpinjCRHandleMode | Disabled 0, Enabled 1
  ImpinjEndpointICVerificationMode | Disabled 0, Enabled 1
  ImpinjEndpointICVerificationReportMode | Disabled 0, Enabled 1
  ImpinjEnhancedIntegraMode | Disabled 0, Enabled 1
  ImpinjFixedFrequencyMode | Disabled 0, Auto_Select 1, Channel_List 2
  ImpinjGPSCoordinatesMode | Disabled 0, Enabled 1
  ImpinjGetBlockPermalockStatusResultType | Success 0, Nonspecific_Tag_Error 1, No_Response_From_Tag 2,
    Nonspecific_Reader_Error 3, Incorrect_Password_Error 4, Tag_Memory_Overrun_Error 5
  ImpinjGetQTConfigResultType | Success 0, Nonspecific_Tag_Error 1, No_Response_From_Tag 2,
    Nonspecific_Reader_Error 3, Incorrect_Password_Error 4
  ImpinjIDMode | Disabled 0, Enabled 1
  ImpinjInventorySearchType | Reader_Selected 0, Single_Target 1, Dual_Target 2, Single_Target_With_Suppression 3,
    No_Target 4, Single_Target_BtoA 5, Dual_Target_with_BtoASelect 6
  ImpinjLinkMonitorMode | Disabled 0, Enabled 1
  ImpinjLowDutyCycleMode | Disabled 0, Enabled 1
  ImpinjMarginReadResultType | Success 0, Failure 1, Insufficient_Power 2, Nonspecific_Tag_Error 3,
    No_Response_From_Tag 4, Nonspecific_Reader_Error 5, Incorrect_Password_Error 6, Tag_Memory_Overrun_Error 7,
    Tag_Memory_Locked_Error 8
  ImpinjOptimizedReadMode | Disabled 0, Enabled 1
  ImpinjPeakRSSIMode | Disabled 0, Enabled 1
  ImpinjRFDopplerFrequencyMode | Disabled 0, Enabled 1
  ImpinjRFPhaseAngleMode | Disabled 0, Enabled 1
  ImpinjRampUpPowerBoostMode | Auto 0, Off 1, On 2
  ImpinjReducedPowerMode | Disabled 0, Enabled 1
  ImpinjRegulatoryRegion | FCC_Part_15_247 0, ETSI_EN_300_220 1, ETSI_EN_302_208_With_LBT 2,
    Hong_Kong_920_925_MHz 3, Taiwan_922_928_MHz 4, ETSI_EN_302_208_v1_2_1 7, Korea_917_921_MHz 8,
    Malaysia_919_923_MHz 9, China_920_925_MHz 10, South_Africa_915_919_MHz 12, Brazil_902_907_and_915_928_MHz 13,
    Thailand_920_925_MHz 14, Singapore_920_925_MHz 15, Australia_920_926_MHz 16, Uruguay_916_928_MHz 18,
    Vietnam_918_923_MHz 19, Israel_915_917_MHz 20, Philippines_918_920_MHz 21, Vietnam_920_923_MHz 22,
    Indonesia_920_923_MHz 23, New_Zealand_921p5_928_MHz 24, Japan_916_921_MHz_Without_LBT 25,
    Latin_America_902_928_MHz 26, Peru_916_928_MHz 27, Bangladesh_925_927_MHz 28, ETSI_915_921_MHz 29,
    Paraguay_918_928_MHz 31, Morocco 32, Chile 33, Colombia 34, South_Africa_915_919_MHz_Alternate 35, Venezuela 36
  ImpinjReportBufferMode | Normal 0, Low_Latency 1
  ImpinjRequestedDataType | All_Capabilities 1000, Impinj_Detailed_Version 1001,
    Impinj_Frequency_Capabilities 1002, Impinj_xArray_Capabilities 1003, Impinj_Antenna_Capabilities 1004,
    All_Configuration 2000, Impinj_Sub_Regulatory_Region 2001, Impinj_GPI_Debounce_Configuration 2003,
    Impinj_Reader_Temperature 2004, Impinj_Link_Monitor_Configuration 2005,
    Impinj_Report_Buffer_Configuration 2006, Impinj_Access_Spec_Configuration 2007, Impinj_GPS_NMEA_Sentences 2008,
    Impinj_Advanced_GPO_Configuration 2009, Impinj_Tilt_Configuration 2010, Impinj_Beacon_Configuration 2011,
    Impinj_Antenna_Configuration 2012, Impinj_Location_Configuration 2013, Impinj_Transition_Configuration 2014,
    Impinj_Hub_Configuration 2015, Impinj_PolarizationControl_Configuration 2017,
    Impinj_Direction_Configuration 2018
  ImpinjSerializedTIDMode | Disabled 0, Enabled 1
  ImpinjSetQTConfigResultType | Success 0, Insufficient_Power 1, Nonspecific_Tag_Error 2, No_Response_From_Tag 3,
    Nonspecific_Reader_Error 4, Incorrect_Password_Error 5
  ImpinjTagFilterVerificationMode | Disabled 0, Active 1, Passive 2
  ImpinjTagPopulationEstimationMode | Disabled 0, Enabled 1
  ImpinjXPCWordsMode | Disabled 0, Enabled 1
`,
};
