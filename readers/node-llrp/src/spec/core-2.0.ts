import type { DefinitionText } from './definition.ts';

/** What LLRP 2.0 (header version 3) adds to 1.1 or defines anew. */
export const CORE_2_0: DefinitionText = {
  since: 3,
  parameters: `
  19 C1G2XPCW1 | XPC_W1 u16
  20 C1G2XPCW2 | XPC_W2 u16
  238 TagReportContentSelector | EnableROSpecID u1, EnableSpecIndex u1, EnableInventoryParameterSpecID u1,
    EnableAntennaID u1, EnableChannelIndex u1, EnablePeakRSSI u1, EnableFirstSeenTimestamp u1,
    EnableLastSeenTimestamp u1, EnableTagSeenCount u1, EnableAccessSpecID u1, EnableCryptoResponse u1, reserved 5 |
    AirProtocolEPCMemorySelector*
  240 TagReportData | - | EPCParameter, ROSpecID?, SpecIndex?, InventoryParameterSpecID?, AntennaID?, PeakRSSI?,
    ChannelIndex?, FirstSeenTimestampUTC?, FirstSeenTimestampUptime?, LastSeenTimestampUTC?,
    LastSeenTimestampUptime?, TagSeenCount?, AirProtocolTagData*, AccessSpecID?, AccessCommandOpSpecResult*,
    CryptoResponse?, Custom*
  290 CryptoResponse | RespBitLen u16, Message u1v
  327 C1G2LLRPCapabilities | CanSupportBlockErase u1, CanSupportBlockWrite u1, CanSupportBlockPermalock u1,
    CanSupportTagRecommissioning u1, CanSupportUMIMethod2 u1, CanSupportXPC u1, reserved 2,
    MaxNumSelectFiltersPerQuery u16, CanSupportUntraceable u1, CanSupportChallenge u1, CanSupportAuthenticate u1,
    CanSupportAuthComm u1, CanSupportSecureComm u1, CanSupportKeyUpdate u1, CanSupportTagPrivilege u1,
    CanSupportReadBuffer u1, CanSupportExtendedPowerOnPeriod u1, reserved 7
  330 C1G2InventoryCommand | TagInventoryStateAware u1, reserved 7 | C1G2Filter*, C1G2RFControl?,
    C1G2SingulationControl?, C1G2Challenge*, Custom*
  331 C1G2Filter | T u2 C1G2TruncateAction, reserved 6 | C1G2TagInventoryMask,
    C1G2TagInventoryStateAwareFilterAction?, C1G2TagInventoryStateUnawareFilterAction?, ExtendOnTime?
  364 C1G2UntraceableOpSpecResult | Result u8, OpSpecID u16
  366 C1G2Challenge | reserved 6, L u1, E u1, CSI u8, MsgLen u16, Message u1v, ExtendOnTime u32
  367 C1G2Authenticate | OpSpecID u16, AccessPassword u32, S u1, L u1, reserved 6, CSI u8, MsgLen u16, Message u1v
  368 C1G2AuthComm | OpSpecID u16, AccessPassword u32, L u1, reserved 7, MsgLen u16, Message u1v
  369 C1G2SecureComm | OpSpecID u16, AccessPassword u32, S u1, L u1, reserved 6, MsgLen u16, Message u1v
  370 C1G2ReadBuffer | OpSpecID u16, AccessPassword u32, WordPtr u16, NumBits u16
  372 C1G2KeyUpdate | OpSpecID u16, AccessPassword u32, S u1, L u1, reserved 6, KeyID u16, MsgLen u16, Message u1v
  373 C1G2TagPrivilege | OpSpecID u16, AccessPassword u32, S u1, L u1, A u1, T u1, reserved 4, KeyID u16,
    Privilege u16
  374 C1G2AuthenticateOpSpecResult | Result u8, OpSpecID u16, RespBitLen u16, Response u1v
  375 C1G2AuthCommOpSpecResult | Result u8, OpSpecID u16, RespBitLen u16, Response u1v
  376 C1G2SecureCommOpSpecResult | Result u8, OpSpecID u16, RespBitLen u16, Response u1v
  377 C1G2ReadBufferOpSpecResult | Result u8, OpSpecID u16, RespBitLen u16, Response u1v
  378 C1G2KeyUpdateOpSpecResult | Result u8, OpSpecID u16, RespBitLen u16, Response u1v
  379 C1G2TagPrivilegeOpSpecResult | Result u8, OpSpecID u16, reserved 7, T u1, KeyID u16, Privilege u16
  380 C1G2Untraceable | OpSpecID u16, AccessPassword u32, U u1, reserved 1, EPCBit5 u1, EPCBit4 u1, EPCBit3 u1,
    EPCBit2 u1, EPCBit1 u1, EPCBit0 u1, TID u2, User u1, Range u2, reserved 3
  381 ExtendOnTime | Time u32
`,
  choices: `
  AirProtocolTagData | C1G2_PC, C1G2_CRC, C1G2XPCW1, C1G2XPCW2
  AccessCommandOpSpec | C1G2Read, C1G2Write, C1G2Kill, C1G2Recommission, C1G2Lock, C1G2BlockErase, C1G2BlockWrite,
    C1G2BlockPermalock, C1G2GetBlockPermalockStatus, C1G2Untraceable, C1G2Authenticate, C1G2AuthComm,
    C1G2SecureComm, C1G2ReadBuffer, C1G2KeyUpdate, C1G2TagPrivilege, ClientRequestOpSpec, Custom
  AccessCommandOpSpecResult | C1G2ReadOpSpecResult, C1G2WriteOpSpecResult, C1G2KillOpSpecResult,
    C1G2RecommissionOpSpecResult, C1G2LockOpSpecResult, C1G2BlockEraseOpSpecResult, C1G2BlockWriteOpSpecResult,
    C1G2BlockPermalockOpSpecResult, C1G2GetBlockPermalockStatusOpSpecResult, C1G2UntraceableOpSpecResult,
    C1G2AuthenticateOpSpecResult, C1G2AuthCommOpSpecResult, C1G2SecureCommOpSpecResult, C1G2ReadBufferOpSpecResult,
    C1G2KeyUpdateOpSpecResult, C1G2TagPrivilegeOpSpecResult, ClientRequestOpSpecResult, Custom
  C1G2OpSpec | C1G2Read, C1G2Write, C1G2Kill, C1G2Recommission, C1G2Lock, C1G2BlockErase, C1G2BlockWrite,
    C1G2BlockPermalock, C1G2GetBlockPermalockStatus, C1G2Untraceable, C1G2Authenticate, C1G2AuthComm,
    C1G2SecureComm, C1G2ReadBuffer, C1G2KeyUpdate, C1G2TagPrivilege
  AirProtocolOpSpec | C1G2Read, C1G2Write, C1G2Kill, C1G2Recommission, C1G2Lock, C1G2BlockErase, C1G2BlockWrite,
    C1G2BlockPermalock, C1G2GetBlockPermalockStatus, C1G2Untraceable, C1G2Authenticate, C1G2AuthComm,
    C1G2SecureComm, C1G2ReadBuffer, C1G2KeyUpdate, C1G2TagPrivilege
`,
};
