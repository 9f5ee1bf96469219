import type { Parameter } from './message.ts';
import type { LlrpClient } from './session.ts';

/** IANA private enterprise numbers. */
export const IMPINJ_PEN = 25882;
export const ZEBRA_PEN = 161;

/**
 * Impinj's readers give and take Impinj's parameters only after this, once a connection.
 * Throws LlrpStatusError M_UnsupportedMessage from the reader of another make.
 */
export async function enableImpinjExtensions(client: LlrpClient): Promise<void> {
  await client.request({ message: 'IMPINJ_ENABLE_EXTENSIONS' });
}

export interface ImpinjContent {
  rssi?: boolean;
  phase?: boolean;
  doppler?: boolean;
  tid?: boolean;
  txPower?: boolean;
  xpc?: boolean;
}

const mode = (on: boolean | undefined): string => (on === true ? 'Enabled' : 'Disabled');

/** ImpinjTagReportContentSelector; what newer firmware alone knows is named only where it is wanted. */
export const impinjContent = (on: ImpinjContent): Parameter => ({
  parameter: 'ImpinjTagReportContentSelector',
  parameters: [
    { parameter: 'ImpinjEnableSerializedTID', SerializedTIDMode: mode(on.tid) },
    { parameter: 'ImpinjEnableRFPhaseAngle', RFPhaseAngleMode: mode(on.phase) },
    { parameter: 'ImpinjEnablePeakRSSI', PeakRSSIMode: mode(on.rssi) },
    { parameter: 'ImpinjEnableRFDopplerFrequency', RFDopplerFrequencyMode: mode(on.doppler) },
    ...(on.txPower ? [{ parameter: 'ImpinjEnableTxPower', TxPowerReportingMode: 1 }] : []),
    ...(on.xpc ? [{ parameter: 'ImpinjEnableXPCWords', XPCWordsMode: mode(true) }] : []),
  ],
});

/** MotoTagReportContentSelector, Zebra's: a tag's phase, and where the reader knows it its zone and place. */
export const zebraContent = (on: { phase?: boolean; zone?: boolean; gps?: boolean }): Parameter => ({
  parameter: 'MotoTagReportContentSelector',
  EnableZoneID: on.zone ?? false,
  EnableZoneName: on.zone ?? false,
  EnableAntennaPhysicalPortConfig: false,
  EnablePhase: on.phase ?? false,
  EnableGPS: on.gps ?? false,
  EnableMLTReport: false,
});
