/** What one file of lots may be. A file at a limit is read, one beyond is refused with the limit's name. */
export const LOT_LIMITS = {
  /** As it is sent. */
  bytesMax: 512 * 1024 * 1024,
  /** Rows behind the header: what one sheet of Excel holds. */
  rowsMax: 1_048_575,
  columnsMax: 200,
  /** UTF-16 units of one cell. */
  cellCharactersMax: 5_000,
  /** UTF-16 units of one row of a CSV file. */
  rowCharactersMax: 1024 * 1024,
  /** Serials that one row may stand for. */
  serialsPerRowMax: 10_000,
  /** Input lots of one row. */
  inputsPerRowMax: 200,
  /** Parts of an XLSX file. */
  zipEntriesMax: 1_000,
  /** Bytes of one sheet, unpacked. */
  sheetBytesMax: 2 * 1024 * 1024 * 1024,
  /** Bytes of the texts that cells of an XLSX file share, unpacked; they are held in memory. */
  sharedTextBytesMax: 64 * 1024 * 1024,
  sharedTextsMax: 8 * 1024 * 1024,
  /** How many bytes one packed byte of an XLSX file may stand for, beyond the first megabytes. Sheets reach 30. */
  unpackedRatioMax: 250,
  /** Problems that are told of one row. */
  problemsPerRowMax: 20,
} as const;
