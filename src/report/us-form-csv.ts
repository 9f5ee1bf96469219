// The forms of the United States as CSV: the firm's report line by line, the enforcement report as one record.
import type { UsForm } from '../rules/index.ts';
import { type ReportLanguage, type Table, tableCsv } from './table.ts';

const TITLE = { en: 'Form', zh: '表单' };

const linesOf = ({ form, fields }: UsForm): Table => ({
  name: form,
  title: TITLE,
  columns: [
    { name: 'name', title: { en: 'Name', zh: '字段名' }, type: 'text' },
    { name: 'field', title: { en: 'Field', zh: '项目' }, type: 'text' },
    { name: 'value', title: { en: 'Value', zh: '内容' }, type: 'text' },
  ],
  rows: fields.map(({ name, title, value }) => [name, title, value]),
});

/** Its columns are named as the public record names them, in every language. */
const recordOf = ({ form, fields }: UsForm): Table => ({
  name: form,
  title: TITLE,
  columns: fields.map(({ name }) => ({ name, title: { en: name, zh: name }, type: 'text' })),
  rows: [fields.map(({ value }) => value)],
});

export const usFormCsv = (form: UsForm, language: ReportLanguage): AsyncGenerator<Uint8Array> =>
  tableCsv(form.form === 'enforcement' ? recordOf(form) : linesOf(form), { columns: [], values: [] }, language);
