import { readFileSync } from 'node:fs';
import { AppError, messageOf } from '../src/error.ts';
import type { ReaderConfig } from './config.ts';

const PEM_START = '-----BEGIN';

/** PEM texts, already read from their files. */
export interface Certificates {
  ca?: string;
  cert?: string;
  key?: string;
  serverName?: string;
}
export type Tls = boolean | Certificates;

/** PEM text as it is, or read from the file that is named. Throws AppError('invalid'). */
function pem(text: string | undefined, option: string): string | undefined {
  if (text === undefined || text.startsWith(PEM_START)) return text;
  try {
    return readFileSync(text, 'utf8');
  } catch (error) {
    throw new AppError('invalid', `${option}: ${messageOf(error)}`);
  }
}

type TlsFiles = Exclude<ReaderConfig['tls'], boolean>;

/** The PEM texts of a reader's TLS options. Throws AppError('invalid') for a file that is not there. */
export function certificatesOf(name: string, tls: TlsFiles): Certificates {
  const texts = (['ca', 'cert', 'key'] as const).map((part) => [part, pem(tls[part], `reader "${name}", tls.${part}`)]);
  const given = texts.filter(([, text]) => text !== undefined);
  return {
    ...(Object.fromEntries(given) as Certificates),
    ...(tls.serverName === undefined ? {} : { serverName: tls.serverName }),
  };
}

/** The TLS options of an LLRP reader with the PEM texts in place. */
export const tlsOf = ({ tls, name }: ReaderConfig): Tls => (typeof tls === 'boolean' ? tls : certificatesOf(name, tls));
