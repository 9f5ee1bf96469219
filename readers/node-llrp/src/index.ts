export {
  accessesOf,
  accessSpecs,
  addAccessSpec,
  deleteAccessSpec,
  disableAccessSpec,
  enableAccessSpec,
  eraseMemory,
  killTag,
  lockTag,
  operate,
  type OperateOptions,
  type OperationResult,
  permalockBlocks,
  readMemory,
  readTid,
  readUserMemory,
  type TagAccess,
  writeMemory,
} from './access.ts';
export {
  accessSpec,
  type AccessSpecOptions,
  type Bank,
  type Dialect,
  EVERY_TAG,
  type LockField,
  type LockPrivilege,
  type Operation,
  type TagPattern,
  tagsWithEpc,
} from './accessspec.ts';
export { readCapabilities, type ReaderFacts, readerFacts } from './capabilities.ts';
export { connect, type ConnectOptions, LLRP_PORT, LLRP_TLS_PORT } from './client.ts';
export {
  type ConfigurationSnapshot,
  type Restored,
  restoreConfiguration,
  snapshotConfiguration,
} from './configuration.ts';
export { decode, NESTING_MAX } from './decode.ts';
export { encode } from './encode.ts';
export { LlrpError, type LlrpErrorCode } from './error.ts';
export { type ReaderEvent, readerEvents } from './events.ts';
export { FrameSplitter, type Header, HEADER_BYTES, headerOf, MESSAGE_BYTES_MAX } from './frame.ts';
export { enableGpi, type GpiState, gpiStates, gpoStates, pulseGpo, type PulseOptions, setGpo } from './gpio.ts';
export { listen, type Listener, type ListenHandlers, type ListenOptions } from './listen.ts';
export {
  type BitVector,
  child,
  children,
  type FieldValue,
  type Message,
  numberOf,
  type Parameter,
  textOf,
} from './message.ts';
export { createColumns, epcOf, HAS, type TagColumns, tidOf } from './report-columns.ts';
export {
  fixedChannels,
  type HopTable,
  hopTables,
  type PowerStep,
  powerSteps,
  powerStepFor,
  transmitter,
  type TransmitOptions,
} from './region.ts';
export { phaseOf, type SeenAt, type TagRead, tagRead, tagReads, type TagReadsOptions } from './reads.ts';
export { readReport, RO_ACCESS_REPORT } from './reports.ts';
export {
  CONTENT,
  type Content,
  eventNotifications,
  holdUntilEnabled,
  type InventoryOptions,
  inventoryROSpec,
  keepaliveSpec,
} from './rospec.ts';
export {
  type CloseReason,
  DEADLINES,
  type Deadlines,
  type Handlers,
  type LlrpClient,
  type ReportListener,
  type Request,
} from './session.ts';
export { failureOf, LlrpStatusError } from './status.ts';
export { enableImpinjExtensions, type ImpinjContent, impinjContent, zebraContent } from './vendor.ts';
export type { Vendor } from './emulator/capabilities.ts';
export {
  type Certificates,
  type Emulator,
  type EmulatorOptions,
  startEmulator,
  type Truth,
} from './emulator/emulator.ts';
export { type FaultName, type FaultNumbers, FAULTS, type FaultScript } from './emulator/faults.ts';
export type { Group } from './emulator/groups.ts';
export { parseScenario } from './emulator/scenario-form.ts';
export type { Population } from './emulator/population.ts';
export type { Passage, Passing, Scenario, Standing } from './emulator/scenario.ts';
