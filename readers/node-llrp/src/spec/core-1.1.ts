import type { DefinitionText } from './definition.ts';

/** What LLRP 1.1 (header version 2) adds to 1.0.1 or defines anew. */
export const CORE_1_1: DefinitionText = {
  since: 2,
  messages: `
  46 GET_SUPPORTED_VERSION | -
  47 SET_PROTOCOL_VERSION | ProtocolVersion u8
  56 GET_SUPPORTED_VERSION_RESPONSE | CurrentVersion u8, SupportedVersion u8 | LLRPStatus
  57 SET_PROTOCOL_VERSION_RESPONSE | - | LLRPStatus
`,
  parameters: `
  137 GeneralDeviceCapabilities | MaxNumberOfAntennaSupported u16, CanSetAntennaProperties u1,
    HasUTCClockCapability u1, reserved 14, DeviceManufacturerName u32, ModelName u32, ReaderFirmwareVersion utf8v |
    ReceiveSensitivityTableEntry+, PerAntennaReceiveSensitivityRange*, GPIOCapabilities, PerAntennaAirProtocol+,
    MaximumReceiveSensitivity?
  144 UHFBandCapabilities | - | TransmitPowerLevelTableEntry+, FrequencyInformation, AirProtocolUHFRFModeTable+,
    RFSurveyFrequencyCapabilities?
  246 ReaderEventNotificationData | - | Timestamp, HoppingEvent?, GPIEvent?, ROSpecEvent?,
    ReportBufferLevelWarningEvent?, ReportBufferOverflowErrorEvent?, ReaderExceptionEvent?, RFSurveyEvent?,
    AISpecEvent?, AntennaEvent?, ConnectionAttemptEvent?, ConnectionCloseEvent?, SpecLoopEvent?, Custom*
  327 C1G2LLRPCapabilities | CanSupportBlockErase u1, CanSupportBlockWrite u1, CanSupportBlockPermalock u1,
    CanSupportTagRecommissioning u1, CanSupportUMIMethod2 u1, CanSupportXPC u1, reserved 2,
    MaxNumSelectFiltersPerQuery u16
  337 C1G2TagInventoryStateAwareSingulationAction | I u1 C1G2TagInventoryStateAwareI,
    S u1 C1G2TagInventoryStateAwareS, SAll u1, reserved 5
  355 LoopSpec | LoopCount u32
  356 SpecLoopEvent | ROSpecID u32, LoopCount u32
  357 C1G2Recommission | OpSpecID u16, KillPassword u32, reserved 5, ThreeSB u1, TwoSB u1, LSB u1
  358 C1G2BlockPermalock | OpSpecID u16, AccessPassword u32, MB u2, reserved 6, BlockPointer u16, BlockMask u16v
  359 C1G2GetBlockPermalockStatus | OpSpecID u16, AccessPassword u32, MB u2, reserved 6, BlockPointer u16,
    BlockRange u16
  360 C1G2RecommissionOpSpecResult | Result u8 C1G2RecommissionResultType, OpSpecID u16
  361 C1G2BlockPermalockOpSpecResult | Result u8 C1G2BlockPermalockResultType, OpSpecID u16
  362 C1G2GetBlockPermalockStatusOpSpecResult | Result u8 C1G2GetBlockPermalockStatusResultType, OpSpecID u16,
    PermalockStatus u16v
  363 MaximumReceiveSensitivity | MaximumSensitivityValue s16
  365 RFSurveyFrequencyCapabilities | MinimumFrequency u32, MaximumFrequency u32
`,
  choices: `
  SpecParameter | AISpec, RFSurveySpec, LoopSpec, Custom
  AccessCommandOpSpec | C1G2Read, C1G2Write, C1G2Kill, C1G2Recommission, C1G2Lock, C1G2BlockErase, C1G2BlockWrite,
    C1G2BlockPermalock, C1G2GetBlockPermalockStatus, ClientRequestOpSpec, Custom
  AccessCommandOpSpecResult | C1G2ReadOpSpecResult, C1G2WriteOpSpecResult, C1G2KillOpSpecResult,
    C1G2RecommissionOpSpecResult, C1G2LockOpSpecResult, C1G2BlockEraseOpSpecResult, C1G2BlockWriteOpSpecResult,
    C1G2BlockPermalockOpSpecResult, C1G2GetBlockPermalockStatusOpSpecResult, ClientRequestOpSpecResult, Custom
  C1G2OpSpec | C1G2Read, C1G2Write, C1G2Kill, C1G2Recommission, C1G2Lock, C1G2BlockErase, C1G2BlockWrite,
    C1G2BlockPermalock, C1G2GetBlockPermalockStatus
  AirProtocolOpSpec | C1G2Read, C1G2Write, C1G2Kill, C1G2Recommission, C1G2Lock, C1G2BlockErase, C1G2BlockWrite,
    C1G2BlockPermalock, C1G2GetBlockPermalockStatus
`,
  enumerations: `
  ROReportTriggerType | None 0, Upon_N_Tags_Or_End_Of_AISpec 1,
    Upon_N_Tags_Or_End_Of_AISpec_Or_End_Of_RFSurveySpec 1, Upon_N_Tags_Or_End_Of_ROSpec 2,
    Upon_N_Seconds_Or_End_Of_AISpec_Or_End_Of_RFSurveySpec 3, Upon_N_Seconds_Or_End_Of_ROSpec 4,
    Upon_N_Milliseconds_Or_End_Of_AISpec_Or_End_Of_RFSurveySpec 5, Upon_N_Milliseconds_Or_End_Of_ROSpec 6
  TagObservationTriggerType | Upon_Seeing_N_Tags_Or_Timeout 0,
    Upon_Seeing_No_More_New_Tags_For_Tms_Or_Timeout 1, N_Attempts_To_See_All_Tags_In_FOV_Or_Timeout 2,
    Upon_Seeing_N_Unique_Tags_Or_Timeout 3, Upon_Seeing_No_More_New_Unique_Tags_For_Tms_Or_Timeout 4
  NotificationEventType | Upon_Hopping_To_Next_Channel 0, GPI_Event 1, ROSpec_Event 2,
    Report_Buffer_Fill_Warning 3, Reader_Exception_Event 4, RFSurvey_Event 5, AISpec_Event 6,
    AISpec_Event_With_Details 7, Antenna_Event 8, SpecLoop_Event 9
  C1G2ReadResultType | Success 0, Nonspecific_Tag_Error 1, No_Response_From_Tag 2, Nonspecific_Reader_Error 3,
    Tag_Memory_Overrun_Error 4, Tag_Memory_Locked_Error 5, Incorrect_Password_Error 6
  C1G2WriteResultType | Success 0, Tag_Memory_Overrun_Error 1, Tag_Memory_Locked_Error 2, Insufficient_Power 3,
    Nonspecific_Tag_Error 4, No_Response_From_Tag 5, Nonspecific_Reader_Error 6, Incorrect_Password_Error 7
  C1G2KillResultType | Success 0, Zero_Kill_Password_Error 1, Insufficient_Power 2, Nonspecific_Tag_Error 3,
    No_Response_From_Tag 4, Nonspecific_Reader_Error 5, Incorrect_Password_Error 6
  C1G2LockResultType | Success 0, Insufficient_Power 1, Nonspecific_Tag_Error 2, No_Response_From_Tag 3,
    Nonspecific_Reader_Error 4, Incorrect_Password_Error 5, Tag_Memory_Overrun_Error 6, Tag_Memory_Locked_Error 7
  C1G2BlockEraseResultType | Success 0, Tag_Memory_Overrun_Error 1, Tag_Memory_Locked_Error 2,
    Insufficient_Power 3, Nonspecific_Tag_Error 4, No_Response_From_Tag 5, Nonspecific_Reader_Error 6,
    Incorrect_Password_Error 7
  C1G2BlockWriteResultType | Success 0, Tag_Memory_Overrun_Error 1, Tag_Memory_Locked_Error 2,
    Insufficient_Power 3, Nonspecific_Tag_Error 4, No_Response_From_Tag 5, Nonspecific_Reader_Error 6,
    Incorrect_Password_Error 7
  C1G2RecommissionResultType | Success 0, Zero_Kill_Password_Error 1,
    Insufficient_Power_To_Perform_Recommission_Operation 2, Nonspecific_Tag_Error 3, No_Response_From_Tag 4,
    Nonspecific_Reader_Error 5, Incorrect_Password_Error 6
  C1G2BlockPermalockResultType | Success 0, Insufficient_Power_To_Perform_Block_Permalock_Operation 1,
    Nonspecific_Tag_Error 2, No_Response_From_Tag 3, Nonspecific_Reader_Error 4, Incorrect_Password_Error 5,
    Tag_Memory_Overrun_Error 6
  C1G2GetBlockPermalockStatusResultType | Success 0, Nonspecific_Tag_Error 1, No_Response_From_Tag 2,
    Nonspecific_Reader_Error 3, Incorrect_Password_Error 4, Tag_Memory_Overrun_Error 5
  StatusCode | M_Success 0, M_ParameterError 100, M_FieldError 101, M_UnexpectedParameter 102,
    M_MissingParameter 103, M_DuplicateParameter 104, M_OverflowParameter 105, M_OverflowField 106,
    M_UnknownParameter 107, M_UnknownField 108, M_UnsupportedMessage 109, M_UnsupportedVersion 110,
    M_UnsupportedParameter 111, M_UnexpectedMessage 112, P_ParameterError 200, P_FieldError 201,
    P_UnexpectedParameter 202, P_MissingParameter 203, P_DuplicateParameter 204, P_OverflowParameter 205,
    P_OverflowField 206, P_UnknownParameter 207, P_UnknownField 208, P_UnsupportedParameter 209, A_Invalid 300,
    A_OutOfRange 301, R_DeviceError 401
`,
};
