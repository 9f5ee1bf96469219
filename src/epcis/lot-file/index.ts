/** Files of a maker's lots: CSV and XLSX rows → EPCIS events and problems. Other rooms import from here only. */
export { LOT_COLUMN_NAMES, LOT_LANGUAGES, type LotLanguage } from './column.ts';
export { CSV_ENCODINGS } from './csv.ts';
export { readMoment } from './date.ts';
export { type LotHeader, readHeader, REASON_HEADERS } from './header.ts';
export { LOT_LIMITS } from './limits.ts';
export { openLotTable } from './open.ts';
export { type HeaderOf, reasonOf, tellHeaderFault, tellProblem, type ToldProblem } from './problem.ts';
export { type LotProblem, type LotReading, readRow } from './row.ts';
export { type FileRow, type LotForm, type LotSource, sourceOf } from './source.ts';
export { LOT_FORMS, lotTemplate } from './template.ts';
export { csvBytes, type SheetCell, xlsxBytes } from './write.ts';
export { offsetAtOf, offsetText, zoneOf } from './zone.ts';
