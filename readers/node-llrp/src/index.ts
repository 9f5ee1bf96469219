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
export {
  type CloseReason,
  connect,
  type ConnectOptions,
  DEADLINES,
  type Deadlines,
  type Handlers,
  LLRP_PORT,
  LLRP_TLS_PORT,
  type LlrpClient,
  type ReportListener,
  type Request,
} from './client.ts';
export { decode, NESTING_MAX } from './decode.ts';
export { encode } from './encode.ts';
export { LlrpError, type LlrpErrorCode } from './error.ts';
export { FrameSplitter, type Header, HEADER_BYTES, headerOf, MESSAGE_BYTES_MAX } from './frame.ts';
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
export { readReport, RO_ACCESS_REPORT } from './reports.ts';
export {
  CONTENT,
  type Content,
  eventNotifications,
  holdUntilEnabled,
  impinjContent,
  type InventoryOptions,
  inventoryROSpec,
  keepaliveSpec,
} from './rospec.ts';
export { failureOf, LlrpStatusError } from './status.ts';
export type { Vendor } from './emulator/capabilities.ts';
export { type Emulator, type EmulatorOptions, startEmulator, type Truth } from './emulator/emulator.ts';
export { type FaultName, type FaultNumbers, FAULTS, type FaultScript } from './emulator/faults.ts';
export { parseScenario } from './emulator/scenario-form.ts';
export type { Population } from './emulator/population.ts';
export type { Passage, Passing, Scenario, Standing } from './emulator/scenario.ts';
