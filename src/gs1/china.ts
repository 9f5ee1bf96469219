import { type Id, valueOf } from './id.ts';

/**
 * Codes that China uses beside GS1's: the unified social credit code of organisations (GB 32100-2015), the organisation
 * code inside it (GB 11714), the drug traceability code, and the prefixes of GS1 China.
 */

/** No I, O, Z, S, V: they look like 1, 0, 2, 5, U. A character's value is its place. */
const USCC_ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY';
const USCC_CHARS = 18;
const USCC_MODULUS = 31;
/** Powers of 3 modulo 31. */
const USCC_WEIGHTS = Array.from({ length: USCC_CHARS - 1 }, (_, i) => 3 ** i % USCC_MODULUS);

const ORGANISATION_ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const ORGANISATION_WEIGHTS = [3, 7, 9, 10, 5, 8, 4, 2];
const ORGANISATION_MODULUS = 11;

/** Registration authority, then its categories of organisations (GB 32100-2015 tables 1 and 2 with amendment 1). */
const AUTHORITIES: Record<string, [authority: string, categories: Record<string, string>]> = {
  1: ['机构编制', { 1: '机关', 2: '事业单位', 3: '编办直接管理机构编制的群众团体', 9: '其他' }],
  2: ['外交', { 1: '外国常驻新闻机构', 9: '其他' }],
  3: [
    '司法行政',
    { 1: '律师执业机构', 2: '公证处', 3: '基层法律服务所', 4: '司法鉴定机构', 5: '仲裁委员会', 9: '其他' },
  ],
  4: ['文化', { 1: '外国在华文化中心', 9: '其他' }],
  5: ['民政', { 1: '社会团体', 2: '民办非企业单位', 3: '基金会', 9: '其他' }],
  6: ['旅游', { 1: '外国旅游部门常驻代表机构', 2: '港澳台地区旅游部门常驻内地(大陆)代表机构', 9: '其他' }],
  7: ['宗教', { 1: '宗教活动场所', 2: '宗教院校', 9: '其他' }],
  8: ['工会', { 1: '基层工会', 9: '其他' }],
  9: ['工商', { 1: '企业', 2: '个体工商户', 3: '农民专业合作社', 9: '其他' }],
  A: ['中央军委改革和编制办公室', { 1: '军队事业单位', 9: '其他' }],
  N: ['农业', { 1: '组级集体经济组织', 2: '村级集体经济组织', 3: '乡镇级集体经济组织', 9: '其他' }],
  Y: ['其他', { 1: '其他' }],
};

const sumOf = (text: string, alphabet: string, weights: readonly number[]): number =>
  weights.reduce((sum, weight, i) => sum + alphabet.indexOf(text[i]!) * weight, 0);

function usccCheckCharacter(code: string): string {
  const rest = sumOf(code, USCC_ALPHABET, USCC_WEIGHTS) % USCC_MODULUS;
  return USCC_ALPHABET[(USCC_MODULUS - rest) % USCC_MODULUS]!;
}

/** Whether nine characters are an organisation code with its check character: 10 is X, 11 is 0 (GB 11714). */
export function isOrganisationCode(text: string): boolean {
  if (!/^[0-9A-Z]{8}[0-9X]$/.test(text)) return false;
  const check =
    ORGANISATION_MODULUS - (sumOf(text, ORGANISATION_ALPHABET, ORGANISATION_WEIGHTS) % ORGANISATION_MODULUS);
  return text[8] === (check === 10 ? 'X' : String(check % ORGANISATION_MODULUS));
}

/** One thing that is wrong with a code; `position` counts characters from 0. */
interface UsccFault {
  readonly code: 'LENGTH' | 'CHARACTER' | 'ORGANISATION_CODE' | 'CHECK_CHARACTER';
  readonly message: string;
  readonly position: number;
}

/** What a unified social credit code says. The parts are there where length and characters are right. */
export interface Uscc {
  readonly code: string;
  readonly valid: boolean;
  readonly faults: readonly UsccFault[];
  /** Registration authority and category of the organisation, named where the standard names them. */
  readonly authority?: { readonly code: string; readonly name?: string };
  readonly category?: { readonly code: string; readonly name?: string };
  /** Administrative division of the authority, six digits (GB/T 2260). */
  readonly division?: string;
  readonly organisationCode?: string;
}

function formFault(code: string): UsccFault | undefined {
  if (code.length !== USCC_CHARS)
    return {
      code: 'LENGTH',
      message: `A unified social credit code has ${USCC_CHARS} characters, not ${code.length}.`,
      position: Math.min(code.length, USCC_CHARS),
    };
  const bad = Array.from(code).findIndex((c, i) => (i >= 2 && i < 8 ? !/\d/.test(c) : !USCC_ALPHABET.includes(c)));
  if (bad < 0) return undefined;
  return { code: 'CHARACTER', message: `${JSON.stringify(code[bad])} may not stand there.`, position: bad };
}

function checkFaults(code: string): UsccFault[] {
  const faults: UsccFault[] = [];
  if (!isOrganisationCode(code.slice(8, 17)))
    faults.push({
      code: 'ORGANISATION_CODE',
      message: `The organisation code ${code.slice(8, 17)} has a wrong check character (GB 11714).`,
      position: 16,
    });
  const check = usccCheckCharacter(code);
  if (code[17] !== check)
    faults.push({
      code: 'CHECK_CHARACTER',
      message: `The last character is ${code[17]}, not the check character (GB 32100).`,
      position: 17,
    });
  return faults;
}

const named = (code: string, name: string | undefined): { code: string; name?: string } =>
  name === undefined ? { code } : { code, name };

/**
 * Reads a unified social credit code exactly as it stands: capitals, no blanks. Faults are data, since wrong codes are in
 * use: who registers is refused, what is imported is kept and flagged.
 */
export function readUscc(code: string): Uscc {
  const fault = formFault(code);
  if (fault) return { code, valid: false, faults: [fault] };
  const faults = checkFaults(code);
  const authority = AUTHORITIES[code[0]!];
  return {
    code,
    valid: faults.length === 0,
    faults,
    authority: named(code[0]!, authority?.[0]),
    category: named(code[1]!, authority?.[1][code[1]!]),
    division: code.slice(2, 8),
    organisationCode: code.slice(8, 17),
  };
}

/** The top-level domain that nobody can own (RFC 6761): names of codes that have no URI of their own. */
const PRIVATE = 'https://china.invalid/';
const DRUG = `${PRIVATE}drug-code/`;
const USCC = `${PRIVATE}uscc/`;

/** Drug traceability code: product 7, serial 9, check 4 digits; the first is 8. How the check is made is not published. */
const DRUG_CODE = /^8\d{19}$/;
export const isDrugCode = (text: string): boolean => DRUG_CODE.test(text);

/** The identity of one package of a drug. */
export const idOfDrugCode = (code: string): Id => ({ kind: 'DRUG', ais: [], uri: DRUG + code });

/** The identity of an organisation. */
export const idOfUscc = (code: string): Id => ({ kind: 'USCC', ais: [], uri: USCC + code });

/** Reads the URIs that stand for these codes; undefined for other ones and for codes that are none. */
export function idOfChineseUri(uri: string): Id | undefined {
  if (uri.startsWith(DRUG))
    return isDrugCode(uri.slice(DRUG.length)) ? idOfDrugCode(uri.slice(DRUG.length)) : undefined;
  if (!uri.startsWith(USCC)) return undefined;
  return readUscc(uri.slice(USCC.length)).valid ? idOfUscc(uri.slice(USCC.length)) : undefined;
}

/** GS1 prefixes of GS1 China: 690 to 699. */
const GS1_CHINA = /^69\d/;
/** AIs of keys and how many characters stand before their GS1 prefix. */
const BEFORE_PREFIX: [ai: string, characters: number][] = [
  ['01', 1],
  ['00', 1],
  ['8006', 1],
  ['8003', 1],
  ...['414', '417', '253', '255', '402', '8017', '8018', '8004', '8010', '401', '8013'].map((ai): [string, number] => [
    ai,
    0,
  ]),
];

/** Whether the key's company prefix is one that GS1 China gives out. It says nothing of where a thing was made. */
export const isOfGs1China = (id: Id): boolean =>
  BEFORE_PREFIX.some(([ai, from]) => GS1_CHINA.test(valueOf(id, ai)?.slice(from) ?? ''));
