import { LOT_COLUMNS, type LotColumnName, type LotLanguage } from './column.ts';
import type { HeaderFault } from './header.ts';
import type { LotProblem } from './row.ts';

interface Words {
  message: string;
  /** What to write instead; empty where nobody can know. */
  suggestion: string;
}

const words = (
  en: [message: string, suggestion: string],
  zh: [message: string, suggestion: string],
): Record<LotLanguage, Words> => ({
  en: { message: en[0], suggestion: en[1] },
  zh: { message: zh[0], suggestion: zh[1] },
});

/** Fault → its words; `{name}` is filled in from the problem's values. */
const PROBLEMS: Readonly<Record<string, Record<LotLanguage, Words>>> = {
  missing: words(['It is empty.', 'Fill it in.'], ['此单元格为空。', '请填写。']),
  exponent: words(
    [
      'A spreadsheet has shortened the number and digits are lost.',
      'Format the column as text and enter all digits again.',
    ],
    ['电子表格已将数字改为科学计数法,部分数字丢失。', '请将此列设为文本格式,重新输入全部数字。'],
  ),
  'gtin-digits': words(
    ['It is no GTIN: 8, 12, 13 or 14 digits are.', 'Copy the digits below the bar code.'],
    ['不是有效的商品条码:应为8、12、13或14位数字。', '请抄写条形码下方的数字。'],
  ),
  zeros: words(
    [
      'Digits are missing; zeros in front may have been dropped.',
      'If it is meant, write {meant}, in a column of text.',
    ],
    ['位数不足,前面的0可能被去掉。', '如确为此码,请以文本格式填写 {meant}。'],
  ),
  'check-digit': words(
    [
      'The last digit is not the check digit.',
      'Compare with the bar code; with these digits in front it would be {right}.',
    ],
    ['校验码(最后一位)不正确。', '请核对条形码;若前面数字无误,应为 {right}。'],
  ),
  number: words(
    ['It is no number.', 'Write digits, with a point before decimals: 1250.5.'],
    ['不是数字。', '请写数字,小数用点:1250.5。'],
  ),
  'number-ambiguous': words(
    ['The comma may stand for thousands or for decimals.', 'Write {first} or {second}.'],
    ['逗号可能是千分位,也可能是小数点。', '请写 {first} 或 {second}。'],
  ),
  zero: words(
    ['The quantity is zero.', 'Remove the row, or write what was made.'],
    ['数量为0。', '请删除此行或填写实际数量。'],
  ),
  unit: words(
    ['The unit is not known.', 'Write kg, g, t, l, ml, m, pcs, or a UN/ECE code such as KGM.'],
    ['无法识别此单位。', '请写kg、公斤、克、吨、升、毫升、米、个、件,或UN/ECE代码如KGM。'],
  ),
  'two-units': words(
    ['Quantity and unit name different units.', 'Leave one of them out.'],
    ['数量与单位两列的单位不一致。', '请只保留其中一个。'],
  ),
  pieces: words(
    ['A number of pieces is whole.', 'Name the unit, or write a whole number.'],
    ['件数必须为整数。', '请填写单位,或改为整数。'],
  ),
  date: words(['It is no date.', 'Write it as 2026-03-01.'], ['不是有效日期。', '请写作 2026-03-01。']),
  'date-range': words(
    ['The year is before 1950 or after 2150.', 'Write it as 2026-03-01.'],
    ['年份早于1950或晚于2150。', '请写作 2026-03-01。'],
  ),
  'date-ambiguous': words(
    ['Day and month cannot be told apart.', 'Write {first} or {second}.'],
    ['无法区分日和月。', '请写 {first} 或 {second}。'],
  ),
  'date-serial': words(
    ['A spreadsheet has written a day as a number.', 'If it is meant, write {date}.'],
    ['电子表格将日期写成了数字。', '如确为此日,请写 {date}。'],
  ),
  'before-production': words(
    ['It is before the production date, {production}.', 'Correct one of the two days.'],
    ['早于生产日期 {production}。', '请更正其中一个日期。'],
  ),
  'time-missing': words(
    ['There is neither a time nor a production date.', 'Fill in one of the two.'],
    ['时间和生产日期均为空。', '请至少填写其中一个。'],
  ),
  'lot-missing': words(
    ['There is neither a lot nor a serial.', 'Fill in one of the two.'],
    ['批号和序列号均为空。', '请至少填写其中一个。'],
  ),
  characters: words(
    ['It cannot be a lot or serial: {message}', 'Use 1 to 20 letters, digits or marks such as - . / _'],
    ['不能用作批号或序列号:{message}', '请使用1至20个字母、数字或 - . / _ 等符号。'],
  ),
  width: words(
    ['It has full-width characters.', 'If it is meant, write {meant}.'],
    ['含有全角字符。', '如确为此号,请写 {meant}。'],
  ),
  rounded: words(
    [
      'A spreadsheet keeps 15 digits of a number; the others are lost.',
      'Format the column as text and enter it again.',
    ],
    ['电子表格只保留15位数字,其余已丢失。', '请将此列设为文本格式后重新输入。'],
  ),
  'serial-range': words(
    [
      'The range has no count: text in front and number of digits must agree, the first must not be above the last.',
      'Write it as A0001..A0100.',
    ],
    ['区间无效:前面的文字和位数须一致,起始号不得大于结束号。', '请写作 A0001..A0100。'],
  ),
  'serial-hyphen': words(
    ['A serial may have a hyphen, so that this may be one serial or a range.', 'For a range write {meant}.'],
    ['序列号可含连字符,无法判断是一个序列号还是区间。', '如为区间,请写 {meant}。'],
  ),
  'serials-max': words(
    ['The row stands for more than {max} serials.', 'Divide it into several rows.'],
    ['一行超过{max}个序列号。', '请分成多行。'],
  ),
  'serial-pair': words(
    ['A range needs its first and its last serial.', 'Fill in both.'],
    ['区间须有起始和结束序列号。', '请两个都填写。'],
  ),
  'serial-twice': words(['A serial is there twice.', 'Leave one out.'], ['有重复的序列号。', '请删除重复的。']),
  'serial-count': words(
    ['The quantity is not the number of serials, {count}.', 'Write {count} pieces, or leave the quantity out.'],
    ['数量与序列号个数({count})不符。', '请写{count}件,或不填数量。'],
  ),
  gln: words(
    [
      'It is no location number: 13 digits with check digit are, or an SGLN.',
      'Ask GS1 or the owner of the place for its GLN.',
    ],
    ['不是有效的位置码:应为含校验码的13位数字或SGLN。', '请向场所所有者或物品编码中心查询位置码。'],
  ),
  party: words(
    [
      'It names no party: 13 digits with check digit do, a PGLN, or a unified social credit code.',
      'Check it against the business licence.',
    ],
    ['不是有效的企业标识:应为13位位置码、PGLN或统一社会信用代码。', '请与营业执照核对。'],
  ),
  input: words(
    ['This input cannot be read: {part}', 'Write GTIN/lot, such as 09521141123454/M0301=450 l.'],
    ['无法识别此投入批次:{part}', '请写作 GTIN/批号,例如 09521141123454/M0301=450 l。'],
  ),
  'input-twice': words(
    ['This input is there twice: {part}', 'Add the amounts up.'],
    ['投入批次重复:{part}', '请合并数量。'],
  ),
  'inputs-max': words(
    ['There are more than {max} inputs.', 'Divide the row.'],
    ['投入批次超过{max}个。', '请分成多行。'],
  ),
  stray: words(
    ['Column {position} has no header.', 'Remove the cell, or name the column.'],
    ['第{position}列没有列名。', '请删除此单元格或填写列名。'],
  ),
  'cell-long': words(
    ['The cell has more than {max} characters.', 'Shorten it.'],
    ['单元格超过{max}个字符。', '请缩短。'],
  ),
  formula: words(
    ['The formula of the cell has failed.', 'Write its value instead.'],
    ['单元格公式出错。', '请直接填写数值。'],
  ),
  event: words(['The event of the row is refused: {message}', ''], ['此行的事件被拒绝:{message}', '']),
};

/** Why a header row is no header of lots. */
const HEADERS: Readonly<Record<HeaderFault['code'], Record<LotLanguage, string>>> = {
  'no-gtin': {
    en: 'The first row has no column for the GTIN. Begin the file with a row of headers, as in the template, or say by "mapping" which header means what.',
    zh: '第一行没有“商品条码(GTIN)”列。请按模板在第一行写列名,或用mapping参数说明各列含义。',
  },
  'two-columns': {
    en: 'Two headers mean the column {column}: {headers}. Say by "mapping" which one is meant.',
    zh: '有两个列名都表示{column}:{headers}。请用mapping参数说明使用哪一个。',
  },
  'no-such-header': {
    en: 'The mapping of {column} names the header "{header}", which the first row does not have.',
    zh: 'mapping中{column}对应的列名“{header}”在第一行不存在。',
  },
  'no-such-column': {
    en: 'The mapping names a column "{column}", which does not exist.',
    zh: 'mapping中的列“{column}”不存在。',
  },
};

const fill = (text: string, values: Readonly<Record<string, string | number>>): string =>
  text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));

/** A problem in words. `column` is the header of the file, else that of the template. */
export interface ToldProblem {
  row: number;
  column?: string;
  value?: string;
  code: string;
  message: string;
  suggestion?: string;
}

/** What a file itself calls a column; undefined where it does not. */
export type HeaderOf = (column: LotColumnName) => string | undefined;

export function tellProblem(
  row: number,
  { column, value, code, values = {} }: LotProblem,
  language: LotLanguage,
  headerOf: HeaderOf = () => undefined,
): ToldProblem {
  const { message, suggestion } = (PROBLEMS[code] ?? PROBLEMS['event']!)[language];
  return {
    row,
    ...(column !== undefined && { column: headerOf(column) ?? LOT_COLUMNS[column].header[language] }),
    ...(value !== undefined && { value }),
    code,
    message: fill(message, values),
    ...(suggestion !== '' && { suggestion: fill(suggestion, values) }),
  };
}

/** The reason of a row in one cell: each problem with its column. */
export const reasonOf = (problems: readonly LotProblem[], language: LotLanguage, headerOf?: HeaderOf): string =>
  problems
    .map((problem) => {
      const { column, message, suggestion = '' } = tellProblem(0, problem, language, headerOf);
      return `${column === undefined ? '' : `${column}: `}${message} ${suggestion}`.trim();
    })
    .join(' | ');

export function tellHeaderFault(fault: HeaderFault, language: LotLanguage): string {
  const { code, ...values } = fault;
  const shown = 'headers' in values ? { ...values, headers: values.headers.join(', ') } : { ...values };
  return fill(HEADERS[code][language], shown);
}
