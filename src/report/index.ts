/** Answers that people file: as data, tables and pages; other rooms import from here only. */
export { recallPagePolicy, recallReportPage } from './recall-page.ts';
export { isUnchanged, type RecallReport, recallReport, type RecallReportInput } from './recall-report.ts';
export { RECALL_TABLES, recallReportCsv, recallReportXlsx } from './recall-tables.ts';
export type { ReportLanguage } from './table.ts';
export { usFormCsv } from './us-form-csv.ts';
